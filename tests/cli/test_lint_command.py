"""certify lint as people and editors call it: options, exit codes, standard input, mending."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios

import pytest

from tests.cli.conftest import KEPT
from tests.texts import FAULT, HEAD

ONLY = ("--select", "ENV,SCH")


def test_exit_codes(certify, recipe, tmp_path):
    recipe(folder="clean")
    recipe(FAULT, folder="bad")
    certify("lint", "clean")
    certify("lint", "bad", check=1)
    certify("lint", "bad", "--exit-zero")
    certify("lint", "bad", "--fail-on", "never")
    certify("lint", "bad", "--ignore", "ENV101", *ONLY)
    certify("lint", "nowhere", "bad", check=3)
    certify("lint", "bad", "--select", "ENV9", check=2)
    certify("lint", "bad", "--format", "xml", check=2)
    certify("lint", "bad", "--profile", "best", check=2)
    certify("lint", "bad", "--output", "sarif", check=2)
    (tmp_path / "notes.txt").write_text("")
    certify("lint", "notes.txt", check=2)
    recipe("env: {A: b}  # certify: ignore[ENV101] -- x\n", folder="warned")
    certify("lint", "warned", *ONLY)
    certify("lint", "warned", "--fail-on", "warning", *ONLY, check=1)
    certify("lint", "warned", "--fail-on", "info", *ONLY, check=1)


def test_without_a_path_this_folder_is_judged(certify, recipe):
    recipe(FAULT)
    assert "r/recipe.yaml:9:" in certify("lint", check=1).stdout


def test_what_is_mistyped_gets_a_hint(certify, recipe):
    recipe()
    assert "shifter" in certify("lint", ".", "--site", "moon", check=3).stderr
    assert certify("lint", "nowhere", check=3).stdout == ""
    assert "did you mean ENV101?" in certify("lint", "r", "--ignore", "ENV1O1", check=2).stderr


def test_several_reports_at_once(certify, recipe, tmp_path):
    recipe(FAULT)
    done = certify("lint", "r", *ONLY, "--format", "concise", "--output", "sarif=a.sarif", "--output", "junit=b.xml", check=1)
    assert done.stdout == "r/recipe.yaml:9:24: ENV101 LD_LIBRARY_PATH is set in the image's environment\n"
    assert json.loads((tmp_path / "a.sarif").read_text())["runs"][0]["results"][0]["ruleId"] == "ENV101"
    assert (tmp_path / "b.xml").read_text().startswith("<?xml")
    certify("lint", "r", "--output", "sarif=no/where", check=3)


def test_github_by_itself_in_its_actions(certify, recipe):
    recipe(FAULT)
    assert certify("lint", "r", GITHUB_ACTIONS="true", check=1).stdout.startswith("::error ")
    assert not certify("lint", "r", "--format", "full", GITHUB_ACTIONS="true", check=1).stdout.startswith("::")


def test_colour_as_the_reader_wishes(certify, recipe):
    recipe(FAULT)
    assert "\x1b[" not in certify("lint", check=1).stdout
    assert "\x1b[" in certify("lint", check=1, FORCE_COLOR="1").stdout
    assert "\x1b[" not in certify("lint", check=1, FORCE_COLOR="1", NO_COLOR="1").stdout


@pytest.mark.parametrize(("env", "painted"), [({"TERM": "xterm"}, True), ({"TERM": "dumb"}, False),
                                              ({"TERM": "xterm", "NO_COLOR": "1"}, False)])
def test_on_a_terminal_there_is_colour_where_it_can_be(recipe, tmp_path, env, painted):
    recipe(FAULT + "steps: [{run: 'export LD_LIBRARY_PATH=/opt/a/very/long/path && " + "make " * 60 + "'}]\n")
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
    done = subprocess.run([sys.executable, "-c", "from certify.cli.main import entry; entry()", "lint", *ONLY], cwd=tmp_path,
                          env={**KEPT, **env}, stdout=theirs, check=False)
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):      # how a terminal ends
        while piece := os.read(ours, 65536):
            shown += piece
    os.close(ours)
    assert done.returncode == 1
    assert (b"\x1b[1;31mENV101\x1b[0m" in shown) is painted is (b"\x1b" in shown)
    assert max(len(re.sub(rb"\x1b\[[0-9;]*m", b"", line)) for line in shown.splitlines()) <= 60


def test_no_line_is_longer_than_the_terminal(certify, recipe):
    recipe(FAULT + "steps: [{run: 'export LD_LIBRARY_PATH=/opt/a/very/long/path && " + "make " * 60 + "'}]\n")
    assert max(map(len, certify("lint", check=1, COLUMNS="80").stdout.splitlines())) <= 80


def test_standard_input(certify):
    done = certify("lint", "-", "--stdin-filename", "x/Dockerfile", *ONLY, "--format", "concise", check=1,
                   stdin="FROM debian:12\nENV LD_LIBRARY_PATH=/x\n")
    assert done.stdout.startswith("x/Dockerfile:2:")
    assert "recipe.yaml:9:" in certify("lint", "-", check=1, stdin=HEAD + FAULT).stdout
    assert "x.yaml:9:" in certify("lint", "--stdin-filename", "x.yaml", check=1, stdin=HEAD + FAULT).stdout
    assert "SCH001" in certify("lint", "-", check=1, stdin=b"\xff\0").stdout


def test_statistics(certify, recipe):
    recipe(FAULT)
    assert certify("lint", "--statistics", *ONLY, check=1).stdout == "     1  ENV101  ldpath-env\n"


def test_baseline(certify, recipe, tmp_path):
    recipe(FAULT)
    certify("lint", "--write-baseline", "known.json")
    assert "no findings" in certify("lint", "--baseline", "known.json").stdout
    recipe(FAULT + "workdir: /home/x\n")
    assert "PTH202" in certify("lint", "--baseline", "known.json", check=1).stdout
    certify("lint", "--baseline", "none.json", check=2)


def test_configuration_and_isolated(certify, recipe, tmp_path):
    recipe(FAULT)
    (tmp_path / "pyproject.toml").write_text("[tool.certify.lint]\nignore = ['ENV']\n")
    certify("lint")
    certify("lint", "--isolated", check=1)
    (tmp_path / "pyproject.toml").write_text("[tool.certify.lint]\nignore = 'ENV'\n")
    certify("lint", check=2)
    certify("lint", "--isolated", check=1)


def test_a_site_of_ones_own_from_the_configuration(certify, recipe, tmp_path):
    recipe("workdir: /projects/x\n")
    site = json.loads(certify("site", "show").stdout)
    site["site_mounts"].append("/projects")
    (tmp_path / "site.json").write_text(json.dumps(site))
    (tmp_path / "certify.toml").write_text("[lint]\nsite = 'site.json'\nselect = ['PTH202']\n")
    assert "PTH202" in certify("lint", "r", check=1).stdout
    certify("lint", "r", "--site", "shifter")


def test_diff_shows_and_fix_writes(certify, recipe, tmp_path):
    recipe("env: {A: b}   # certify: ignore[ENV101] -- x\n")
    file = tmp_path / "r/recipe.yaml"
    before = file.read_bytes()
    shown = certify("lint", "--diff", check=1).stdout
    assert "-env: {A: b}   # certify: ignore[ENV101] -- x\n+env: {A: b}\n" in shown
    assert file.read_bytes() == before
    certify("lint", "--fix")
    assert file.read_text() == HEAD + "env: {A: b}\n"
    assert certify("lint", "--diff").stdout == ""


def test_fix_of_standard_input_goes_to_standard_output(certify):
    done = certify("lint", "-", "--fix", stdin=HEAD.replace('"1.0"', "1.10"))
    assert done.stdout == HEAD.replace('"1.0"', '"1.10"')
    assert "no findings" in done.stderr


def test_a_file_that_cannot_be_written_is_no_traceback(certify, recipe, tmp_path):
    recipe(FAULT)
    (tmp_path / "dir.json").mkdir()
    certify("lint", "--write-baseline", "dir.json", check=3)


def test_what_a_clean_recipe_must_not_load(certify, recipe, tmp_path):
    recipe()
    probe = ("import sys; sys.argv = ['certify', 'lint', '.']\nfrom certify.cli.main import entry\n"
             "try: entry()\nexcept SystemExit as end: print(end.code, sorted(sys.modules))")
    done = subprocess.run([sys.executable, "-c", probe], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "no findings\n0 [" in done.stdout
    for name in ("rich", "jinja2", "pydantic", "jsonschema", "tree_sitter", "xml", "tomllib", "cryptography", "securesystemslib",
                 "certify.suppress", "certify.baseline", "certify.containerfile", "certify.checks.registry"):
        assert f"'{name}'" not in done.stdout, name


@pytest.mark.parametrize("hostile", ["\x1b[2J", "::error::x", "##[add-mask]x", "\u202e"])
def test_quoted_text_from_a_containerfile_is_harmless_in_actions(certify, tmp_path, hostile):
    (tmp_path / "Dockerfile").write_text(f"FROM debian:12\nRUN export \\\n{hostile}LD_LIBRARY_PATH=/x; export LD_LIBRARY_PATH=/y"
                                         f"  # certify: ignore[PTH201] -- {hostile}\n", encoding="utf-8")
    for words in (("--format", "full"), ("--format", "concise"), ("--diff",)):
        done = certify("lint", *words, GITHUB_ACTIONS="true", check=1)
        assert not [line for line in done.stdout.splitlines() if line.lstrip().startswith("::") or "##[" in line]
        assert "\x1b" not in done.stdout and "\u202e" not in done.stdout
