"""Which files of two real trees differ, and what kinds of files they are."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from builder.rootfs import Root
from certify.difference import files, kinds
from certify.difference.model import Total


@pytest.fixture
def trees(tmp_path):
    """Two folders, and a way to put the same into both, or something into one."""
    def put(path, *contents, mode=0o644):
        for name, content in zip(("one", "other"), contents * (2 // len(contents)), strict=True):
            place = tmp_path / name / path
            if content is not None:
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(content)
                place.chmod(mode)

    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    put.look = lambda: files.look(Root(tmp_path / "one"), Root(tmp_path / "other"))
    put.folder = tmp_path
    return put


def test_changes_have_their_kinds_and_sizes(trees):
    trees("etc/same", b"s")
    trees("etc/tool.conf", b"a=1\n", b"a=22\n")
    trees("opt/lib/x.py", None, b"import os\n")
    trees("usr/share/doc/old", b"gone", None)
    trees("bin/run", b"#!/bin/sh\n", mode=0o755)
    (trees.folder / "other/bin/run").chmod(0o700)
    (trees.folder / "one/link").symlink_to("a")
    (trees.folder / "other/link").symlink_to("b")
    found = trees.look()
    assert [tuple(one) for one in found.changes] == [
        ("/bin/run", "changed", "program", 10, 10, "mode: 0755 and 0700"),
        ("/etc/tool.conf", "changed", "configuration", 4, 5, "content"),
        ("/link", "changed", "link", 0, 0, "link: a and b"),
        ("/opt", "added", "folder", None, 0, ""), ("/opt/lib", "added", "folder", None, 0, ""),
        ("/opt/lib/x.py", "added", "python", None, 10, ""),
        ("/usr", "removed", "folder", 0, None, ""), ("/usr/share", "removed", "folder", 0, None, ""),
        ("/usr/share/doc", "removed", "folder", 0, None, ""), ("/usr/share/doc/old", "removed", "documentation", 4, None, "")]
    assert found.totals["configuration"] == Total(changed=1, before=5, after=6)
    assert found.totals["python"] == Total(added=1, after=10)
    assert found.totals["folder"] == Total(added=2, removed=3)
    assert found.count == 10


def test_a_file_that_became_a_folder_is_told_with_what_is_in_it(trees):
    trees("a", b"file", None)
    trees("a/b", None, b"below")
    assert [(one.path, one.how, one.why) for one in trees.look().changes] == [
        ("/a", "changed", "type: a file and a folder"), ("/a/b", "added", "")]


def test_hard_links_take_their_room_once(trees):
    trees("data", b"x" * 1000)
    os.link(trees.folder / "other/data", trees.folder / "other/again")
    found = trees.look()
    assert found.totals["data"] == Total(added=1, before=1000, after=1000)


def test_of_many_changes_the_largest_are_told_and_all_are_counted(trees, monkeypatch):
    monkeypatch.setattr(files, "MOST", 3)
    for index in range(10):
        trees(f"f{index}", None, b"x" * (index * 7 % 10))
    found = trees.look()
    assert sorted(one.after for one in found.changes) == [7, 8, 9]
    assert [one.path for one in found.changes] == sorted(one.path for one in found.changes)
    assert found.count == 10


def test_hostile_names_and_special_files(trees):
    trees(os.fsdecode(b"a\xff\nb"), None, b"x")
    os.mkfifo(trees.folder / "other/fifo")
    (trees.folder / "other/loop").symlink_to("loop")
    (trees.folder / "other/out").symlink_to("/etc/passwd")
    assert {one.path: one.kind for one in trees.look().changes} == {
        os.fsdecode(b"/a\xff\nb"): "data", "/fifo": "device", "/loop": "link", "/out": "link"}


def test_the_inner_side_tells_all_that_the_outer_side_reads(trees):
    trees("a", b"1", b"2")
    trees(os.fsdecode(b"\xff"), None, b"2")
    one, other = Root(trees.folder / "one"), Root(trees.folder / "other")
    *told, end = files.events(one, other)
    assert [files.FileChange(*event["change"]) for event in told] == list(trees.look().changes)
    assert end == {"event": "end", "totals": trees.look().totals}


def kind(path, mode=0o644, head=b""):
    return kinds.kind(path, os.stat_result((stat.S_IFREG | mode, *[0] * 9)), lambda: head)


@pytest.mark.parametrize(("path", "mode", "head", "expected"), [
    ("/usr/lib/libx.so.1.2", 0o644, b"\x7fELF", "library"), ("/x/m.cpython-311-x86_64-gnu.so", 0o644, b"\x7fELF", "library"),
    ("/usr/lib/libx.a", 0o644, b"!<arch>\n", "library"), ("/bin/x", 0o755, b"\x7fELF", "program"),
    ("/bin/x", 0o755, b"#!/bin/sh", "program"), ("/x/readme", 0o755, b"text", "data"), ("/x/a.py", 0o755, b"#!/x", "program"),
    ("/x/a.py", 0o644, b"", "python"), ("/x/libx.so", 0o644, b"GROUP (", "data"), ("/etc/x", 0o644, b"", "configuration"),
    ("/usr/share/man/x.so.notes", 0o644, b"", "documentation"), ("/x/a.so\n", 0o644, b"\x7fELF", "data"),
])
def test_kinds_by_name_mode_and_first_bytes(path, mode, head, expected):
    assert kind(path, mode, head) == expected


def test_only_files_that_may_be_binaries_are_opened():
    def never():
        raise AssertionError

    for path in ("/x/a.py", "/x/data.bin", "/etc/passwd"):
        kinds.kind(path, os.stat_result((stat.S_IFREG | 0o644, *[0] * 9)), never)


def test_the_programs_of_this_machine_are_what_they_are():
    shell = Path("/bin/sh").resolve()
    library = next(Path("/usr/lib").glob("*-linux-gnu/libc.so.6"), None) or next(Path("/usr/lib64").glob("libc.so.6"))
    assert kind(str(shell), 0o755, shell.read_bytes()[:kinds.HEAD]) == "program"
    assert kind(str(library), 0o755, library.read_bytes()[:kinds.HEAD]) == "library"


@pytest.mark.integration
def test_two_squashfs_files_are_compared(trees, tmp_path):
    trees("etc/a", b"1", b"22")
    trees("usr/b", None, b"new")
    images = []
    for name in ("one", "other"):
        subprocess.run(["mksquashfs", tmp_path / name, tmp_path / f"{name}.squashfs", "-quiet", "-no-progress"], check=True)
        images.append(os.open(tmp_path / f"{name}.squashfs", os.O_RDONLY))
    try:
        assert files.read(images[0], images[1]) == trees.look()
        assert files.read(images[1], images[1]).count == 0
    finally:
        for handle in images:
            os.close(handle)
