"""Configurations, baselines and profiles that are huge, endless, deep or no text: an error in words, at no great cost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from builder.errors import Error, UsageError
from certify import baseline, site
from certify.bounded import text_of
from certify.lint import settings
from certify.lint.outcome import Outcome
from certify.report.text import render
from tests.effort import counted
from tests.texts import FAULT, HEAD

ALICE = 61001


def sparse(path: Path) -> Path:
    """A file of ten gigabytes that takes no room."""
    path.touch()
    os.truncate(path, 10 << 30)
    return path


@pytest.mark.parametrize("name", ["certify.toml", "pyproject.toml"])
def test_a_huge_configuration_is_refused(repo, run, name, tmp_path):
    repo("recipe.yaml", HEAD)
    sparse(tmp_path / name)
    with pytest.raises(UsageError, match=rf"{name}: larger than 262,144 bytes"):
        run()


@pytest.mark.parametrize("text", ["a" + ".a" * 100_000 + " = 1", "[" + "a." * 50_000 + "a]", "x = {a" + ".b" * 50_000 + " = 1}"])
def test_keys_with_thousands_of_dots_are_not_parsed(repo, run, text, monkeypatch):
    import tomllib

    monkeypatch.setattr(tomllib, "loads", lambda _: pytest.fail("parsed"))
    repo("recipe.yaml", HEAD)
    repo("certify.toml", "a = 1\n" + text)
    with pytest.raises(UsageError, match="a line with more than 200 dots"):
        run()


def test_a_common_configuration_is_read(repo, run):
    repo("recipe.yaml", HEAD + FAULT)
    repo("pyproject.toml", f"# {'.' * settings.MAX_DOTS}\n" + "# long\n" * 30_000
         + '[tool.certify.lint]\nselect = ["ENV"]\nignore = ["ENV101"]\n')
    assert run().findings == []


@pytest.mark.parametrize("make", [sparse, lambda path: path.symlink_to("/dev/zero"), lambda path: path.write_bytes(b"\xff\0"),
                                  lambda path: path.write_text("[" * 100_000), lambda path: path.write_text("9" * 5000),
                                  Path.touch], ids=["huge", "endless", "no text", "deep", "digits", "empty"])
def test_neither_a_baseline_nor_a_profile(tmp_path, make):
    make(tmp_path / "x.json")
    with pytest.raises(UsageError, match=r"x\.json: not a baseline: "):
        baseline.read(tmp_path / "x.json")
    with pytest.raises(Error, match=r"^site profile .*x\.json: "):
        site.load(str(tmp_path / "x.json"))


def test_as_many_bytes_as_may_be_are_read(tmp_path):
    (tmp_path / "x").write_bytes(b"\xef\xbb\xbfabc")
    assert text_of(tmp_path / "x", 6) == "abc"
    with pytest.raises(ValueError, match="larger than 5 bytes"):
        text_of(tmp_path / "x", 5)


def test_a_long_line_with_many_findings_is_shown_without_measuring_it_each_time(repo, run):
    def effort(count: int) -> int:
        repo("recipe.yaml", HEAD + "steps:\n  - run: '" + "mkdir /home/x; " * count + "'\n")
        outcome: Outcome = run()
        found = outcome.findings
        return counted(lambda: render(found, colour=False, sources=outcome.sources)) // len(found)

    assert effort(1000) < 120


def test_the_path_of_a_file_is_found_once_for_all_of_its_findings(repo):
    repo("recipe.yaml", HEAD)
    outcome = Outcome()
    assert outcome.relative("recipe.yaml") == "recipe.yaml"
    assert counted(lambda: [outcome.relative("recipe.yaml") for _ in range(1000)]) < 2100


@pytest.mark.integration
@pytest.mark.parametrize("options", [(), ("--isolated",)], ids=["as editors call it", "with an option"])
def test_a_file_that_is_not_ours_to_read_stops_no_other(open_folder, options):
    for name, text in (("open", HEAD + FAULT), ("shut", HEAD)):
        (open_folder / name).mkdir()
        (open_folder / name / "recipe.yaml").write_text(text)
    (open_folder / "shut/recipe.yaml").chmod(0)
    program = (sys.executable, "-c", "from certify.cli.main import entry; entry()", "lint")
    argv = [*program, *options, "shut/recipe.yaml", "open/recipe.yaml"]
    done = subprocess.run(argv, user=ALICE, group=ALICE, extra_groups=(), cwd=open_folder, capture_output=True, text=True,
                          env={"PATH": ""})
    assert done.returncode == 3 and "ENV101" in done.stdout
    assert "error: shut/recipe.yaml: Permission denied" in done.stderr
