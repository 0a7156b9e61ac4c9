"""The recipes of this repository give the same bytes in another clone, with other settings and nothing but downloads kept."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest
from conftest import CACHE, REPOSITORY

RECIPES = {"hello", "astro-python", "mpi4py", "heat"}


def built(folder, cache, out, recipes, *, umask="022", hostname="here", extra=None):
    """Build every recipe of a clone, under another name of the machine; sha256 by name."""
    env = {**os.environ, "CERTIFY_CACHE": str(cache), "PYTHONPATH": str(folder), **(extra or {})}
    command = (f"umask {umask} && hostname {hostname} && exec \"$@\"")
    program = (sys.executable, "-c", "from certify.cli.main import entry; entry()", "build",
               *(str(folder / "recipes" / name) for name in sorted(recipes)), "--out", str(out), "--format", "json")
    done = subprocess.run(["unshare", "--uts", "sh", "-c", command, "sh", *program], env=env, cwd=folder, capture_output=True,
                          text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    return {one["name"]: one["digest"] for one in json.loads(done.stdout)["results"]}


@pytest.fixture(scope="module")
def clones(tmp_path_factory):
    folders = [tmp_path_factory.mktemp("one") / "clone", tmp_path_factory.mktemp("quite-another-place") / "of-the-repository"]
    for folder in folders:
        for part in ("builder", "certify", "recipes"):
            shutil.copytree(REPOSITORY / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    return folders


def check(clones, tmp_path, recipes):
    first = built(clones[0], CACHE, tmp_path / "out", recipes, extra={"TZ": "UTC"})
    fresh = tmp_path / "another-cache,with-a-comma"
    fresh.mkdir(mode=0o700)
    for kept in ("debs", "wheels", "sources"):      # what was downloaded is known by its hash; nothing that was made is kept
        shutil.copytree(CACHE / kept, fresh / kept, copy_function=os.link)
    second = built(clones[1], fresh, tmp_path / "other", recipes, umask="077", hostname="elsewhere",
                   extra={"TZ": "Asia/Kathmandu", "LANG": "de_DE.UTF-8", "LC_ALL": "de_DE.UTF-8", "PYTHONHASHSEED": "77",
                          "SOURCE_DATE_EPOCH": "1"})
    assert first == second
    assert set(first) == set(recipes)


def test_two_clones_with_other_settings_and_no_layer_in_common_give_the_same_bytes(clones, tmp_path):
    check(clones, tmp_path, RECIPES - {"astro-python"})


@pytest.mark.long
def test_two_clones_give_the_same_bytes_of_a_large_stack_too(clones, tmp_path):
    check(clones, tmp_path, {"astro-python"})
