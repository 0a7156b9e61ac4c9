"""The finish as a shell script: it leaves what normalise.py leaves."""

from __future__ import annotations

import os
import subprocess

import pytest

from builder import finish, normalise
from builder.rootfs import Root, tree_digest
from tests.builder.test_normalise import GONE, KEPT, PLANTS, fill


def run_script(root):
    return subprocess.run(["sh", "-e", "-c", finish.script(str(root.folder))], capture_output=True, text=True)


def by_shell(root):
    done = run_script(root)
    assert done.returncode == 0, done.stderr
    for folder in normalise.MACHINE:        # in a container the machine's own are there
        subprocess.run(["find", f"{root.folder}{folder}", "-mindepth", "1", "-delete"], capture_output=True)
    normalise.names(root)       # done by COPY in a Containerfile


def both(tmp_path, plant):
    """The digests of two trees with the same in them: after the builder's finish, and after the shell's."""
    found = []
    for name, work in (("python", normalise.normalise), ("shell", by_shell)):
        root = Root(tmp_path / name)
        root.folder.mkdir()
        plant(root.folder)
        work(root)
        normalise.place(root, "/.certify/image.json", "{}")
        found.append(tree_digest(root))
    return found


def test_the_shell_removes_what_the_builder_removes(tmp_path):
    one, other = both(tmp_path, lambda folder: fill(folder, [*GONE, *KEPT, "etc/machine-id", "etc/hosts"]))
    assert one == other


NAMES = ["-rf", "a\nb", os.fsdecode(b"\xff"), " ", "$(touch x)", "*", "[a]", "..x", ".x", "lock x", "\\"]


@pytest.mark.parametrize("name", NAMES)
def test_names_of_any_kind_are_the_same_to_the_shell(tmp_path, name):
    def plant(folder):
        for top in ("tmp", "run", "home", "etc/ssh", "var/lib/dpkg"):
            (folder / top / name / ".cache").mkdir(parents=True)
    one, other = both(tmp_path, plant)
    assert one == other


@pytest.mark.parametrize("planted", PLANTS)
def test_the_shell_follows_no_link(tmp_path, planted):
    outside = tmp_path / "outside"
    fill(outside, [*GONE, *KEPT])
    before = tree_digest(Root(outside))

    def plant(folder):
        link = folder / planted
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(outside / planted)
    one, other = both(tmp_path, plant)
    assert tree_digest(Root(outside)) == before
    assert one == other


@pytest.mark.parametrize("path", ["etc/ssh/backup_key", "etc/ssl/private/server.key"])
def test_the_shell_refuses_private_keys(root, path):
    fill(root.folder, [path])
    done = run_script(root)
    assert done.returncode == 1
    assert f"/{path}: a private key" in done.stderr
