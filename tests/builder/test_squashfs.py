"""Packing with the real mksquashfs, and reading single files back as nobody."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from builder import process, squashfs
from builder.errors import Fault, ToolFailed

pytestmark = pytest.mark.integration

FILES = {"a/x": b"one", "a/y": b"two", "bin/tool": b"#!/bin/sh\n", "z": b"", os.fsdecode(b"a/\xff\n"): b"odd"}


def grow(folder, backwards=False):
    """The same tree, made in one order or in the other."""
    paths = sorted(FILES, reverse=backwards)
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(FILES[path])
        (folder / path).chmod(0o755 if path == "bin/tool" else 0o644)
    (folder / "link").symlink_to("/nowhere")
    os.link(folder / "a/x", folder / "hard")
    for path in [folder, *folder.rglob("*")]:
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)
    return folder


@pytest.fixture
def tree(tmp_path):
    return grow(tmp_path / "tree")


@pytest.fixture
def image(tree, tmp_path):
    squashfs.pack(tree, tmp_path / "image.squashfs")
    return tmp_path / "image.squashfs"


def listing(image):
    lines = process.run(("unsquashfs", "-lln", str(image))).stdout.splitlines()
    return [line for line in lines if "squashfs-root" in line]


def test_two_copies_of_a_tree_are_the_same_bytes(tmp_path):
    one = grow(tmp_path / "one")
    squashfs.pack(one, tmp_path / "one.squashfs")
    before = os.umask(0o077)
    try:
        two = grow(tmp_path / "elsewhere/two", backwards=True)
        os.utime(two / "z", (1, 1))
        squashfs.pack(two, tmp_path / "two.squashfs")
    finally:
        os.umask(before)
    assert (tmp_path / "one.squashfs").read_bytes() == (tmp_path / "two.squashfs").read_bytes()
    assert (tmp_path / "two.squashfs").stat().st_mode & 0o777 == 0o644


def test_the_environment_of_the_caller_changes_nothing(tree, image, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    squashfs.pack(tree, tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == image.read_bytes()


def test_packing_onto_an_image_or_its_leavings_never_appends(tree, image, tmp_path):
    first = image.read_bytes()
    image.with_name("image.squashfs.part").write_bytes(first)
    squashfs.pack(tree, image)
    assert image.read_bytes() == first
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []


def test_all_belongs_to_root_at_one_time(tree, tmp_path):
    os.chown(tree / "a/x", 1234, 4321)
    squashfs.pack(tree, tmp_path / "image")
    assert {line.split()[1] for line in listing(tmp_path / "image")} == {"0/0"}
    assert {" ".join(line.split()[3:5]) for line in listing(tmp_path / "image")} == {"2020-01-01 00:00"}


def test_extended_attributes_are_dropped(tree, tmp_path):
    os.setxattr(tree / "a/x", "user.note", b"x" * 100)
    squashfs.pack(tree, tmp_path / "image")
    assert "Xattrs are not stored" in process.run(("unsquashfs", "-s", str(tmp_path / "image"))).stdout


@pytest.mark.parametrize("source", ["missing", "file", "link"])
def test_what_is_no_folder_is_not_packed(tree, tmp_path, source):
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tree)
    with pytest.raises(OSError, match=source):
        squashfs.pack(tmp_path / source, tmp_path / "image")
    assert not (tmp_path / "image").exists()


def test_a_failure_leaves_no_file(tree, tmp_path, monkeypatch):
    (tmp_path / "programs").mkdir()
    broken = tmp_path / "programs/mksquashfs"
    broken.write_text('#!/bin/sh\necho half > "$2"; echo "FATAL ERROR" >&2; exit 1\n')
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{broken.parent}:{os.environ['PATH']}")
    with pytest.raises(ToolFailed, match="FATAL ERROR"):
        squashfs.pack(tree, tmp_path / "image")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["programs", "tree"]


def test_a_failure_keeps_the_image_that_was_there(tree, image, tmp_path, monkeypatch):
    before = image.read_bytes()
    monkeypatch.setattr(squashfs, "_FORMAT", ("-comp", "nonsense"))
    with pytest.raises(ToolFailed):
        squashfs.pack(tree, image)
    assert image.read_bytes() == before


@pytest.mark.parametrize("path", ["/bin/tool", "bin/tool"])
def test_a_text_is_read_from_an_image(image, path):
    assert squashfs.read_text(image, path) == "#!/bin/sh\n"


def test_a_text_is_read_from_an_image_of_a_group_in_a_closed_folder(image, tmp_path):
    os.chown(image, 0, 4321)
    image.chmod(0o640)
    tmp_path.chmod(0o700)
    assert squashfs.read_text(image, "/bin/tool") == "#!/bin/sh\n"


def test_the_reader_is_nobody_without_any_capability(image, tmp_path, monkeypatch):
    (tmp_path / "programs").mkdir()
    above = (one for one in tmp_path.parents if one.name.startswith(("pytest-", "popen-")))
    for folder in (tmp_path / "programs", tmp_path, *above):
        folder.chmod(0o755)
    spy = tmp_path / "programs/unsquashfs"
    spy.write_text("#!/bin/sh\ngrep -E '^(Uid|Groups|Cap|NoNewPrivs)' /proc/self/status\n")
    spy.chmod(0o755)
    monkeypatch.setitem(process.CLEAN, "PATH", f"{spy.parent}:{process.CLEAN['PATH']}")
    said = dict(line.split(":\t", 1) for line in squashfs.read_text(image, "/x").splitlines())
    assert said["Uid"].split() == ["65534"] * 4
    assert said["Groups"].split() == []
    assert said["NoNewPrivs"] == "1"
    assert {value for name, value in said.items() if name.startswith("Cap")} == {"0" * 16}


@pytest.mark.parametrize("path", ["/missing", "/a/missing", "/z"])
def test_a_missing_or_empty_file_is_a_fault(image, path):
    with pytest.raises(Fault):
        squashfs.read_text(image, path)


def test_a_file_beyond_the_limit_is_a_fault(image):
    with pytest.raises(Fault, match="larger than 5 bytes"):
        squashfs.read_text(image, "/bin/tool", limit=5)


@pytest.mark.parametrize("data", [b"", b"no squashfs", b"hsqs" + bytes(200)])
def test_what_is_no_squashfs_is_a_fault_with_a_hint(tmp_path, data):
    (tmp_path / "image").write_bytes(data)
    with pytest.raises(Fault) as caught:
        squashfs.read_text(tmp_path / "image", "/x")
    assert caught.value.hint


def test_a_device_in_the_tree_is_packed_as_one_and_not_read(tree, tmp_path):
    os.mknod(tree / "null", stat.S_IFCHR | 0o600, os.makedev(1, 3))
    squashfs.pack(tree, tmp_path / "image")
    assert [line for line in listing(tmp_path / "image") if line.startswith("crw") and line.endswith("/null")]
    assert Path(tmp_path / "image").stat().st_size < 100_000
