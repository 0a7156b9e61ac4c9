"""What is read of this machine, what an image's first levels hold that everybody may write, and its copies."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from builder.rootfs import Root
from certify.sandbox import copies, levels, machine
from certify.sandbox.machine import TOPOLOGY


def test_isolated_knows_the_machines_processors_alone(site):
    found = machine.read(replace(site, site_mounts=("/usr",)), {"A": "1"}, isolated=True)
    assert (found.environment, found.open, found.below_sys, found.files) == ({"A": "1"}, False, (), {})
    assert found.folders <= {TOPOLOGY}


def test_the_machine_is_read_where_it_is_shown(site, tmp_path):
    mounts = (str(tmp_path), str(tmp_path / "missing"), "/etc/passwd")
    found = machine.read(replace(site, site_mounts=mounts), {}, isolated=False)
    assert found.open
    assert str(tmp_path) in found.folders
    assert not {str(tmp_path / "missing"), "/etc/passwd"} & found.folders
    assert found.files["/etc/hosts"] == Path("/etc/hosts").read_text()


def test_of_what_is_mounted_in_sys_only_the_uppermost_is_named(site):
    found = machine.read(site, {}, isolated=False).below_sys
    table = {line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()}
    assert set(found) <= table
    assert not [(one, two) for one in found for two in found if one.startswith(two + "/")]
    assert all(any(path == one or path.startswith(one + "/") for one in found) for path in table if path.startswith("/sys/"))


@pytest.mark.parametrize(("paths", "writable"), [
    ({"drop": 0o777}, ("/etc/drop",)), ({"drop": 0o755, "drop/in": 0o1777, "drop/in/deeper": 0o777}, ("/etc/drop/in",)),
    ({"drop": 0o755, "drop/in": 0o775}, ()), ({"drop": 0o777, "drop/in": 0o777}, ("/etc/drop",))])
def test_folders_of_etc_that_everybody_may_write_are_named_once(tmp_path, paths, writable):
    for path, mode in paths.items():
        (tmp_path / "etc" / path).mkdir(parents=True)
        (tmp_path / "etc" / path).chmod(mode)
    [entry] = [one for one in levels.read(Root(tmp_path)) if one.path == "/etc/drop"]
    assert entry.writable == writable


def test_only_what_is_copied_can_be_writable(tmp_path):
    for path in ("opt/open", "etc/closed/open", "var/open"):
        (tmp_path / path).mkdir(parents=True)
        (tmp_path / path).chmod(0o777)
    for path in ("etc/file", "opt/file", "file"):
        (tmp_path / path).touch()
        (tmp_path / path).chmod(0o666)
    (tmp_path / "etc/link").symlink_to("/etc")
    found = {path for entry in levels.read(Root(tmp_path)) for path in entry.writable}
    assert found == {"/etc/closed/open", "/etc/file", "/opt/file", "/file"}


def test_the_search_in_etc_has_an_end(tmp_path, monkeypatch):
    monkeypatch.setattr(levels, "_SEARCHED", 10)
    for number in range(30):
        (tmp_path / f"etc/many/{number:02}/deeper").mkdir(parents=True)
    (tmp_path / "etc/many/00/deeper").chmod(0o777)
    (tmp_path / "etc/open").mkdir()
    (tmp_path / "etc/open").chmod(0o777)
    found = {entry.path: entry.writable for entry in levels.read(Root(tmp_path))}
    assert (found["/etc/many"], found["/etc/open"]) == ((), ("/etc/open",))


def test_a_copy_keeps_permissions_and_links_and_leaves_special_files_out(tmp_path):
    source = tmp_path / "source"
    (source / "in").mkdir(parents=True)
    (source / "in").chmod(0o3777)
    (source / "in/file").write_bytes(b"\xff\0")
    (source / "in/file").chmod(0o4666)
    (source / "in/link").symlink_to("/etc/shadow")
    (source / "in/up").symlink_to("..")
    os.mkfifo(source / "in/fifo")
    copies.copy(source, tmp_path / "deep/target")
    found = {str(one.relative_to(tmp_path / "deep/target")): stat.S_IMODE(one.lstat().st_mode)
             for one in (tmp_path / "deep/target").rglob("*") if not one.is_symlink()}
    assert found == {"in": 0o1777, "in/file": 0o666}
    assert (tmp_path / "deep/target/in/file").read_bytes() == b"\xff\0"
    assert (tmp_path / "deep/target/in/link").readlink() == Path("/etc/shadow")
    assert (tmp_path / "deep/target/in/up").is_symlink()


@pytest.mark.parametrize(("name", "value"), [("_BYTES", 100), ("_ENTRIES", 3)])
def test_a_copy_has_a_limit(tmp_path, monkeypatch, name, value):
    monkeypatch.setattr(copies, name, value)
    (tmp_path / "source").mkdir()
    for number in range(9):
        (tmp_path / f"source/{number}").write_bytes(b"x" * 60)
    copies.copy(tmp_path / "source", tmp_path / "target")
    found = list((tmp_path / "target").iterdir())
    assert {one.stat().st_size for one in found} == {60}
    assert len(found) == (1 if name == "_BYTES" else 2)
