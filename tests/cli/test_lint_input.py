"""What certify lint takes standard input and named files for, and what it says of work done and of none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from tests.cli.conftest import KEPT
from tests.texts import FAULT, HEAD

DOCKER = "FROM debian:12\nENV LD_LIBRARY_PATH=/x\n"
UNUSED = "# certify: ignore[ENV102] -- x\n"


@pytest.mark.parametrize("text", [
    DOCKER, "\ufeff\n\n# words\n" + DOCKER, "# syntax=docker/dockerfile:1\n" + DOCKER, "#escape = `\nfRom a\n" + DOCKER,
    "ARG TAG=12\nFROM debian:${TAG}\nENV LD_LIBRARY_PATH=/x\n", "from\tdebian\r\nENV LD_LIBRARY_PATH=/x\r\n"])
def test_without_a_name_the_first_instruction_tells(certify, text):
    shown = certify("lint", "-", "--select", "ENV101", "--format", "concise", stdin=text, check=1).stdout
    assert shown.startswith("Containerfile:") and "ENV101" in shown


@pytest.mark.parametrize("text", [HEAD + FAULT, "# from here\n" + HEAD + FAULT, "from: a\n", "arg\n", "", "FROM", "a: [", "\0"])
def test_all_else_is_a_recipe(certify, text):
    assert certify("lint", "-", "--format", "concise", stdin=text, check=1).stdout.startswith("recipe.yaml:")


@pytest.mark.parametrize("name", ["foo.txt", "MyDockerfile", "x/script.sh"])
def test_a_name_that_tells_nothing_is_refused_as_that_of_a_file(certify, tmp_path, name):
    (tmp_path / "x").mkdir()
    (tmp_path / name).write_text(DOCKER)
    by_name = certify("lint", name, check=2)
    for words in (("-",), ()):
        assert certify("lint", *words, "--stdin-filename", name, stdin=DOCKER, check=2).stderr == by_name.stderr
    done = certify("lint", "--stdin-filename", name, "--fix", stdin=DOCKER, check=2)
    assert done.stdout == DOCKER and done.stderr == by_name.stderr      # an editor keeps what it is given


def test_what_is_left_out_comes_back_as_it_is(certify, tmp_path):
    (tmp_path / "certify.toml").write_text("[lint]\nexclude = ['old']\n")
    done = certify("lint", "--stdin-filename", "old/Dockerfile", "--force-exclude", "--fix", stdin=DOCKER)
    assert done.stdout == DOCKER and "nothing is judged: the configuration excludes old/Dockerfile" in done.stderr
    assert certify("lint", "--stdin-filename", "old/Dockerfile", "--force-exclude", stdin=DOCKER).stdout == ""
    assert "ENV101" in certify("lint", "--stdin-filename", "old/Dockerfile", stdin=DOCKER, check=1).stdout


@pytest.mark.parametrize("words", [(), ("--fail-on", "error")])     # the shorter way, and the longer one
def test_force_from_the_configuration(certify, recipe, tmp_path, words):
    recipe(FAULT)
    recipe(FAULT, folder="s")
    (tmp_path / "certify.toml").write_text("[lint]\nexclude = ['r']\n")
    certify("lint", "r/recipe.yaml", *words, check=1)
    (tmp_path / "certify.toml").write_text("[lint]\nexclude = ['r']\nforce-exclude = true\n")
    done = certify("lint", "r/recipe.yaml", *words)
    assert (done.stdout, done.stderr) == ("", "note: nothing is judged: the configuration excludes r/recipe.yaml\n")
    done = certify("lint", "r/recipe.yaml", "s/recipe.yaml", *words, check=1)
    assert "r/recipe.yaml" not in done.stdout + done.stderr and "s/recipe.yaml" in done.stdout


def test_fix_says_what_it_mended_and_shows_what_stays(certify, recipe, tmp_path):
    recipe(FAULT + UNUSED + UNUSED)
    done = certify("lint", "r", "--fix", "--select", "ENV,SCH", "--format", "concise", check=1)
    assert done.stderr == "note: mended 2 in r/recipe.yaml\n"
    assert done.stdout.startswith("r/recipe.yaml:9:24: ENV101")
    assert certify("lint", "r", "--fix", "--select", "ENV,SCH", "--format", "concise", check=1).stderr == ""
    assert "mended" not in certify("lint", "r", "--diff").stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="mends as an ordinary user what is root's")
def test_of_what_was_not_done_nothing_good_is_said(recipe, tmp_path, open_folder):
    recipe(UNUSED)
    shutil.copytree(tmp_path / "r", open_folder / "r")
    probe = "import os\nos.setgroups([]); os.setgid(20001); os.setuid(20001)\nfrom certify.cli.main import entry\nentry()"
    done = subprocess.run([sys.executable, "-c", probe, "lint", "r", "--fix"], cwd=open_folder, env={**KEPT, "PATH": ""},
                          capture_output=True, text=True, check=False)
    assert done.returncode == 3 and "cannot be mended" in done.stderr and "mended 1" not in done.stderr
    assert "no findings" not in done.stdout and "SCH008" in done.stdout


def test_a_baseline_is_read_from_anywhere(certify, tmp_path):
    (tmp_path / "r").mkdir()
    (tmp_path / "r/Dockerfile").write_text(DOCKER)
    certify("lint", "r/Dockerfile", "--write-baseline", "r/known.json")
    outside = [sys.executable, "-c", "from certify.cli.main import entry; entry()", "lint", str(tmp_path / "r/Dockerfile"),
               "--baseline", str(tmp_path / "r/known.json")]
    done = subprocess.run(outside, cwd="/", env=KEPT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "no findings\n", "")
