"""Striping on Lustre: ``lfs`` makes the empty file before a byte of it is written; without it, a note and no failure."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest

from builder.errors import Error
from certify.site_import import schema
from certify.store import fsck, striping
from certify.store.striping import Striping

CONTENT = b"image one" * 1000

# Stands for lfs: writes down its arguments and what is at the path, and makes the file as lfs does.
LFS = """#!/bin/sh
for last; do :; done
echo "$@" >> {told}
if test -e "$last"; then stat -c 'there, %s bytes' "$last" >> {told}; else echo 'not there' >> {told}; fi
{then}
"""


@pytest.fixture
def lfs(tmp_path, monkeypatch):
    """Put a stand-in first on the PATH, and give what it was told."""
    tools, told = tmp_path / "tools", tmp_path / "told"
    tools.mkdir()
    tmp_path.chmod(0o755)

    def install(then=': > "$last"'):
        (tools / "lfs").write_text(LFS.format(told=told, then=then))
        (tools / "lfs").chmod(0o755)
        monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
        return told
    return install


def striped(world, count=4):
    notes: list[str] = []
    world.store = replace(world.store, lay_out=Striping(count, notes.append))
    return notes


def stored(world, content):
    return world.store.image(hashlib.sha256(content).hexdigest()).read_bytes()


def test_the_arguments():
    assert striping.argv(-1, Path("/s/tmp/x")) == ("lfs", "setstripe", "-c", "-1", "/s/tmp/x")


def test_lfs_makes_the_empty_file_before_it_is_written(world, lfs):
    told = lfs()
    notes = striped(world)
    world.publish(CONTENT)
    assert stored(world, CONTENT) == CONTENT
    command, state = told.read_text().splitlines()      # the image alone: nothing small is striped
    assert command.startswith(f"setstripe -c 4 {world.store.tmp}/")
    assert state == "not there"
    assert notes == []
    assert fsck.check(world.store, world.trust, now=world.now, deep=True).problems == ()


def test_it_is_that_very_file_that_is_stored(world, lfs):
    told = lfs(': > "$last"; stat -c %i "$last" >> ' + "$0.inode")
    striped(world)
    world.publish(CONTENT)
    inode = int((told.parent / "tools" / "lfs.inode").read_text())
    assert world.store.image(hashlib.sha256(CONTENT).hexdigest()).stat().st_ino == inode


@pytest.mark.parametrize("then", ["echo 'error: no such device: not Lustre' >&2; exit 25", ': > "$last"; echo half >&2; exit 1',
                                  "exit 1"], ids=["not lustre", "half made", "silent"])
def test_where_lfs_fails_there_is_one_note_and_the_image_is_stored(world, lfs, then):
    lfs(then)
    notes = striped(world)
    world.publish(CONTENT)
    world.publish(b"another", world.config("1.1"))
    assert stored(world, CONTENT) == CONTENT
    assert len(notes) == 1
    assert "without the 4 stripes of the site's profile" in notes[0]
    assert [one.name for one in world.store.tmp.iterdir()] == ["lock"]


@pytest.mark.parametrize("then", ['echo planted > "$last"', 'mkfifo "$last"', 'ln -s {other} "$last"', 'ln {other} "$last"'])
def test_what_is_no_empty_file_is_not_written_to(world, lfs, then):
    (world.folder / "other").touch(mode=0o755)
    lfs(then.format(other=world.folder / "other"))
    striped(world)
    if then.startswith("ln -s"):
        with pytest.raises(Error, match="Too many levels of symbolic links"):
            world.publish(CONTENT)
    else:
        world.publish(CONTENT)
        assert stored(world, CONTENT) == CONTENT
    assert CONTENT not in (tool := world.folder / "other").read_bytes()
    assert tool.stat().st_mode & 0o777 == 0o755


def test_without_lfs_there_is_one_note(world, monkeypatch):
    monkeypatch.setattr(striping.process, "which", lambda _: None)
    notes = striped(world, -1)
    world.publish(CONTENT)
    world.publish(b"another", world.config("1.1"))
    assert stored(world, CONTENT) == CONTENT
    assert notes == ["images are stored without stripes on all servers: lfs is not installed here (package lustre-client-utils)"]


@pytest.mark.parametrize(("count", "wrong"), [(-1, 0), (0, 0), (32, 0), (-2, 1), (2001, 1), ("4", 1)])
def test_the_key_of_the_profile(count, wrong):
    import json

    values = json.loads(schema.FILE.with_name("shifter.json").read_text())
    assert len(schema.check({**values, "stripe_count": count})) == wrong
