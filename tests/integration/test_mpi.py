"""An image with a stage, and one that stands upon it: MPI programs find each other under the conditions of the site."""

from __future__ import annotations

import subprocess

import pytest
from conftest import REPOSITORY


@pytest.fixture(scope="module")
def shipped(make_certify):
    certify = make_certify()
    certify("ship", REPOSITORY / "recipes" / "heat", check=0)       # its parent comes with it
    return certify


def test_the_parent_is_shipped_first(shipped):
    assert {one["name"] for one in shipped.json("store", "ls")} == {"mpi4py", "heat"}


def test_ranks_of_an_ordinary_user_know_each_other(shipped):
    done = shipped("run", "heat", "--isolated", "--", "mpiexec", "-n", "2", "heat", user=20001)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("heat 1.000000\n")      # UCX may tell before that it finds no network card


def test_the_stage_leaves_nothing_but_what_was_copied(shipped):
    [image] = shipped.folder.glob("out/mpi4py/*/image.squashfs")
    names = subprocess.run(["unsquashfs", "-l", str(image)], capture_output=True, text=True, check=True).stdout
    assert "squashfs-root/opt/mpi/bin/ring\n" in names
    assert "/usr/bin/gcc" not in names
    assert "squashfs-root/src" not in names


def test_the_child_has_all_of_its_parent(shipped):
    def names(recipe):
        [image] = shipped.folder.glob(f"out/{recipe}/*/image.squashfs")
        listed = subprocess.run(["unsquashfs", "-l", str(image)], capture_output=True, text=True, check=True)
        return set(listed.stdout.split("\n"))

    assert names("mpi4py") <= names("heat")
