"""Bases that are trees of files."""

from __future__ import annotations

import os
import stat
import subprocess

import pytest

from builder.bases import tree
from builder.errors import Error, Fault
from builder.outside import Outside
from tests.bases.conftest import ESCAPES, listing
from tests.integration.oci_images import device, entry, folder, link, tar

# Trees

def contents():
    return (folder("./bin"), entry("./bin/sh", b"sh", mode=0o755), folder("./dev"), device("./dev/null", 1, 3),
            entry("./.wh.x"), entry("./home", b"h", uid=7), link("./lib", "/usr/lib"))


TREE = {"bin": "folder", "bin/sh": "sh", "dev": "folder", ".wh.x": "", "home": "h", "lib": "-> /usr/lib"}


@pytest.mark.parametrize("pack", ["cat", "gzip", "xz", "zstd"])
def test_a_tree_comes_from_a_tar(bench, pack):
    argv = [pack] if pack == "cat" else [pack, "-c"]
    packed = subprocess.run(argv, input=tar(*contents()), capture_output=True, check=True).stdout
    (bench.recipe / "tree.tar").write_bytes(packed)
    foundation = bench.tree("tree.tar")
    assert bench.seen(foundation) == TREE
    assert (bench.layers.tree(foundation.layers[0]) / "home").stat().st_uid == 7
    bench.lines.clear()
    assert bench.tree("tree.tar") == foundation
    assert bench.lines == []


def test_a_tree_comes_from_a_folder_that_the_site_names(bench):
    source = bench.top / "chos"
    subprocess.run(["mkdir", "-p", source], check=True)
    subprocess.run(["tar", "-xp", "-C", source], input=tar(*contents()), check=True)
    os.setxattr(source / "bin", "trusted.overlay.opaque", b"y")
    bench.outside = Outside(trees={"sl7": source})
    foundation = bench.tree("sl7")
    made = bench.layers.tree(foundation.layers[0])
    assert listing(made) == bench.seen(foundation) == TREE
    assert os.listxattr(made / "bin") == []
    assert (made / "home").stat().st_uid == 7
    assert bench.tree("sl7") == foundation
    os.chown(source / "home", 8, 8)
    assert bench.tree("sl7") != foundation


def test_a_folder_and_its_key_do_not_depend_on_devices_or_times(bench):
    for name in ("one", "two"):
        (bench.recipe / name).mkdir()
        (bench.recipe / name / "f").write_text("x")
    os.mknod(bench.recipe / "two/node", stat.S_IFCHR, 0)
    os.utime(bench.recipe / "two/f", (1, 1))
    assert bench.tree("one").layers == bench.tree("two").layers


@pytest.mark.parametrize("kind", ESCAPES)
def test_a_tar_of_a_tree_writes_nothing_outside(bench, neighbour, kind):
    (bench.recipe / "tree.tar").write_bytes(tar(*ESCAPES[kind](str(neighbour))))
    try:
        bench.tree("tree.tar")
    except Fault as fault:
        assert "cannot be unpacked" in fault.message
    assert listing(neighbour) == {"secret": "secret"}


def test_a_tree_that_is_empty_broken_mounted_in_or_away_is_refused(bench, neighbour):
    (bench.recipe / "empty").mkdir()
    (bench.recipe / "broken.tar").write_bytes(b"no tar")
    (bench.recipe / "away").symlink_to(neighbour)
    os.mkfifo(bench.recipe / "fifo")
    (bench.recipe / "mounted/proc").mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "none", bench.recipe / "mounted/proc"], check=True)
    try:
        for name in ("empty", "broken.tar", "away", "missing", "../neighbour", str(neighbour), "fifo", "mounted"):
            with pytest.raises(Error) as caught:
                bench.tree(name)
            assert caught.value.hint
    finally:
        subprocess.run(["umount", bench.recipe / "mounted/proc"], check=True)
    assert list(bench.layers.folder.iterdir()) == []


def test_a_tree_that_changes_while_it_is_copied_is_refused(bench, monkeypatch):
    (bench.recipe / "tree").mkdir()
    (bench.recipe / "tree/f").write_text("before")
    argv = tree.copy

    def copied(source, target):
        (source / "f").write_text("after")
        return argv(source, target)

    monkeypatch.setattr(tree, "copy", copied)
    with pytest.raises(Fault, match="changed"):
        bench.tree("tree")
    assert list(bench.layers.folder.iterdir()) == []
