"""What certify lint writes beside its findings, and what it must not lose: reports, baselines, mended files, standard input."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.cli.conftest import KEPT
from tests.texts import FAULT, HEAD

NEEDS_TWO = ('version: "1.0"', "version: 1.10")
INSTALLS = "steps:\n  - run: |\n      cp libx.so /usr/local/lib/\n  - run: |\n      export LD_LIBRARY_PATH=/x\n"


@pytest.mark.parametrize(("words", "said"), [
    (("--output", "sarif=a", "--output", "json=./a"), "a would be overwritten"),
    (("--output", "json=r/recipe.yaml"), "r/recipe.yaml would be overwritten"),
    (("--write-baseline", "r/recipe.yaml"), "r/recipe.yaml would be overwritten"),
    (("--output", "json=a", "--write-baseline", "a"), "a would be overwritten"),
    (("--output", "json=-"), "--format json"),
    (("--output", "jsn=a"), "no such format"),
])
def test_nothing_is_written_over(certify, recipe, tmp_path, words, said):
    recipe(FAULT)
    assert said in certify("lint", "r", *words, check=2).stderr
    assert (tmp_path / "r/recipe.yaml").read_text() == HEAD + FAULT


def test_the_baseline_that_is_read_is_not_overwritten_by_a_report(certify, recipe, tmp_path):
    recipe(FAULT)
    assert "1 finding is known now" in certify("lint", "r", "--select", "ENV", "--write-baseline", "known.json").stderr
    known = ("lint", "r", "--baseline", "known.json", "--select", "ENV")
    certify(*known, "--output", "json=known.json", check=2)
    certify(*known, "--output", "json=/dev/null", "--output", "sarif=/dev/null")


def test_a_baseline_is_written_whole_and_tells_what_is_gone(certify, recipe, tmp_path):
    recipe(FAULT)
    known = ("--baseline", "known.json", "--select", "ENV")
    certify("lint", "r", *known[2:], "--write-baseline", "known.json")
    certify("lint", "r", *known, "--write-baseline", "known.json")
    assert len(json.loads((tmp_path / "known.json").read_text())["findings"]) == 1
    assert certify("lint", "r", *known).stderr == ""
    recipe("")
    assert "1 of its findings is there no more" in certify("lint", "r", *known).stderr


def test_a_report_that_cannot_be_written_loses_no_other(certify, recipe, tmp_path):
    recipe(FAULT)
    done = certify("lint", "r", "--format", "concise", "--output", "json=/dev/full", "--output", "json=no/where",
                   "--output", "sarif=a.sarif", check=3)
    assert "ENV101" in done.stdout
    assert done.stderr.count("error: ") == done.stderr.count("help: ") == 2
    assert json.loads((tmp_path / "a.sarif").read_text())["version"] == "2.1.0"


def test_with_nobody_to_read_the_reports_are_written(recipe, tmp_path):
    recipe(FAULT)
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        done = subprocess.run([sys.executable, "-c", "from certify.cli.main import entry; entry()", "lint", "r", "--output",
                               "json=a.json"], cwd=tmp_path, env={**KEPT, "PATH": ""}, stdout=full, stderr=subprocess.PIPE,
                              check=False)
    assert done.returncode == 3 and b"No space left" in done.stderr and b"Traceback" not in done.stderr
    assert json.loads((tmp_path / "a.json").read_text())["results"]


def test_closed_standard_input_is_usage(tmp_path):
    command = 'exec "$0" -c "from certify.cli.main import entry; entry()" lint - <&-'
    done = subprocess.run(["/bin/sh", "-c", command, sys.executable],
                          cwd=tmp_path, env={**KEPT, "PATH": ""}, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "standard input is closed" in done.stderr and "Traceback" not in done.stderr


def test_mended_standard_input_is_told_by_its_new_lines(certify):
    done = certify("lint", "-", "--fix", "--select", "ENV,LNK,SCH", stdin=HEAD.replace(*NEEDS_TWO) + INSTALLS, check=1)
    assert "      ldconfig\n" in done.stdout
    assert "recipe.yaml:14:14: ENV102" in done.stderr
    assert "  14 |       export LD_LIBRARY_PATH=/x\n" in done.stderr


def test_standard_input_that_is_too_large_comes_back_whole(certify):
    data = "a: " + "x" * (1 << 21) + "\n"
    assert certify("lint", "-", "--fix", stdin=data, check=1).stdout == data


@pytest.mark.skipif(os.geteuid() != 0, reason="mends as an ordinary user what is root's")
def test_of_a_file_that_cannot_be_mended_the_findings_are_told(open_folder):
    (open_folder / "r").mkdir()
    (open_folder / "r/recipe.yaml").write_text(HEAD.replace(*NEEDS_TWO) + FAULT)
    probe = ("import os\nos.setgroups([]); os.setgid(20001); os.setuid(20001)\nfrom certify.cli.main import entry\nentry()")
    done = subprocess.run([sys.executable, "-c", probe, "lint", "r", "--fix", "--format", "concise"], cwd=open_folder,
                          env={**KEPT, "PATH": ""}, capture_output=True, text=True, check=False)
    assert done.returncode == 3 and "cannot be mended: Permission denied" in done.stderr
    assert "SCH005" in done.stdout and "r/recipe.yaml" in done.stdout
