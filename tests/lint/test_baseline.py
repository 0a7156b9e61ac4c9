"""Fingerprints and baselines: what is known stays known when lines move, and what is new is told."""

from __future__ import annotations

import json
import os
from pathlib import Path

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


def test_one_made_to_hurt_is_refused(tmp_path):
    file = tmp_path / "known.json"
    file.write_text("[" * 100_000)
    with pytest.raises(UsageError, match="not a baseline"):
        baseline.read(file)


def test_a_mark_at_the_start_is_passed_over(tmp_path):
    file = tmp_path / "known.json"
    file.write_bytes(b'\xef\xbb\xbf{"version": 1, "findings": {"a": "x"}}')
    assert baseline.entries(file) == {"a": "x"}


def test_what_is_mended_is_told_to_be_gone(repo, run, tmp_path):
    repo("a: b/recipe.yaml", HEAD + STEP)
    repo("c/recipe.yaml", HEAD + STEP)
    outcome = run(select=("ENV",))
    file = tmp_path / "known.json"
    file.write_text(baseline.text(dict(zip(outcome.marks, outcome.findings, strict=True)), outcome.relative))
    known = baseline.entries(file)
    repo("a: b/recipe.yaml", HEAD)

    def gone(*paths: str, wanted: bool = True, **options) -> int:
        return len(baseline.gone(known, run(*paths, known=frozenset(known), **options), lambda _file, _code: wanted))

    assert gone(select=("ENV",)) == 2
    assert gone("c", select=("ENV",)) == 0                  # of what was not judged nothing is known
    assert gone(select=("ENV",), wanted=False) == 0         # nor of what was not asked for
    assert baseline.gone({"x": 3, "y": "", "z": "ENV102", "w": "ENV102 : c"}, run(), lambda *_: True) == []


def written(outcome) -> str:
    return baseline.text(dict(zip(outcome.marks, outcome.findings, strict=True)), outcome.known_as)


@pytest.mark.parametrize("in_git", [True, False])
@pytest.mark.parametrize("name", ["known.json", "sub/known.json"])
def test_from_every_folder_it_knows_the_same(repo, run, tmp_path, monkeypatch, in_git, name):
    repo("r/sub/recipe.yaml", HEAD + STEP)
    file = tmp_path / "r" / name
    if in_git:
        (tmp_path / "r/.git").mkdir()
    monkeypatch.chdir(file.parent)
    marks = run(select=("ENV",), beside=Path()).marks
    monkeypatch.chdir(tmp_path / "r")
    file.write_text(written(run(select=("ENV",), beside=file.parent)))
    known = baseline.read(file)
    assert known == frozenset(marks) and len(known) == 2
    for folder in ("/", "/usr", tmp_path, tmp_path / "r/sub"):
        monkeypatch.chdir(folder)
        for path in (str(tmp_path / "r"), os.path.relpath(tmp_path / "r/sub/recipe.yaml")):
            outcome = run(path, known=known, beside=Path(os.path.relpath(file.parent)), select=("ENV",))
            assert outcome.findings == [] and len(outcome.silenced) == 2
            assert baseline.gone(baseline.entries(file), outcome, lambda *_: True) == []


def test_one_from_before_is_still_valid(repo, run, tmp_path, monkeypatch):
    repo("r/recipe.yaml", HEAD + STEP)
    (tmp_path / "r/.git").mkdir()
    old = run("r", select=("ENV",))         # its paths are from the folder of the call on
    file = tmp_path / "r/known.json"
    file.write_text(baseline.text(dict(zip(old.marks, old.findings, strict=True)), old.relative))
    outcome = run("r", known=baseline.read(file), beside=file.parent, select=("ENV",))
    assert outcome.findings == [] and baseline.gone(baseline.entries(file), outcome, lambda *_: True) == []
    repo("r/recipe.yaml", HEAD)
    mended = run("r", known=baseline.read(file), beside=file.parent, select=("ENV",))
    assert len(baseline.gone(baseline.entries(file), mended, lambda *_: True)) == 2


def test_repositories_in_a_repository_are_told_apart(repo, run, tmp_path):
    for name in ("a", "b"):
        repo(f"{name}/recipe.yaml", HEAD + STEP)
        repo(f"{name}/.git", "gitdir: x\n")
    (tmp_path / ".git").mkdir()
    known = frozenset(run("a", select=("ENV",), beside=Path()).marks)
    assert [one.file for one in run(known=known, beside=Path(), select=("ENV",)).findings] == ["b/recipe.yaml"] * 2
