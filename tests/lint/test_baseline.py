"""Fingerprints and baselines: what is known stays known when lines move, and what is new is told."""

from __future__ import annotations

import json

import pytest

from builder.errors import UsageError
from certify import baseline
from tests.texts import HEAD

STEP = "steps:\n  - run: export LD_LIBRARY_PATH=/a\n  - run: export LD_LIBRARY_PATH=/a\n"


def test_it_survives_new_lines_and_other_spaces_but_not_other_text(repo, run):
    path = repo("recipe.yaml", HEAD + STEP)
    known = frozenset(run(select=("ENV",)).marks)
    assert len(known) == 2          # equal lines are told apart by their number
    path.write_text("# new\n\n" + HEAD + STEP.replace("- run:", "-   run:"))
    outcome = run(select=("ENV",), known=known)
    assert outcome.findings == [] and not outcome.failed
    assert [one.in_source for one in outcome.silenced] == [False, False]
    path.write_text(HEAD + STEP + "  - run: export LD_LIBRARY_PATH=/a\n")
    assert len(run(select=("ENV",), known=known).findings) == 1
    path.write_text(HEAD + STEP.replace("/a", "/b"))
    assert len(run(select=("ENV",), known=known).findings) == 2


def test_it_is_the_same_from_every_folder_of_the_repository(repo, run, tmp_path, monkeypatch):
    repo("a/recipe.yaml", HEAD + STEP)
    (tmp_path / ".git").mkdir()
    from_above = run(select=("ENV",)).marks
    monkeypatch.chdir(tmp_path / "a")
    assert run(select=("ENV",)).marks == from_above


def test_it_is_written_for_people_and_read_again(repo, run, tmp_path):
    repo("recipe.yaml", HEAD + STEP)
    outcome = run(select=("ENV",))
    file = tmp_path / "known.json"
    file.write_text(baseline.text(dict(zip(outcome.marks, outcome.findings, strict=True)), outcome.relative))
    assert baseline.read(file) == frozenset(outcome.marks)
    assert "ENV102 recipe.yaml: LD_LIBRARY_PATH" in file.read_text()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 2, "findings": {}}', '{"version": 1, "findings": []}'])
def test_what_is_no_baseline_is_refused(tmp_path, text):
    (tmp_path / "known.json").write_text(text)
    with pytest.raises(UsageError, match=r"known\.json"):
        baseline.read(tmp_path / "known.json")
    with pytest.raises(UsageError, match="no such baseline"):
        baseline.read(tmp_path / "none.json")


def test_the_format(repo, run):
    repo("recipe.yaml", HEAD + STEP)
    outcome = run(select=("ENV",))
    shown = json.loads(baseline.text(dict(zip(outcome.marks, outcome.findings, strict=True)), outcome.relative))
    assert shown["version"] == 1 and list(shown["findings"]) == sorted(outcome.marks)
