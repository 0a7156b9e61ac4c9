"""PIN506: a recipe and the lock beside it."""

from __future__ import annotations

import sys

import pytest

from builder.lock import ImageLock, Inputs, Lock, StageLock


def locked(*platforms, base="debian bookworm", apt=()):
    stage = StageLock(name="", inputs=Inputs(base=base, apt=apt))
    return Lock(images={f"example:1.0 {platform}": ImageLock(stages=(stage,)) for platform in platforms or ("linux/amd64",)})


@pytest.fixture
def said(lint, tmp_path):
    """What the rule says of a recipe beside a lock, with the line it points to."""

    def judge(text, snippet="packages: {apt: [gcc]}\n"):
        if text is not None:
            (tmp_path / "recipe.lock").write_text(text)
        findings = [finding for finding in lint(snippet) if finding.code == "PIN506"]
        return [(finding.message, finding.span.line) for finding in findings]

    return judge


def test_a_recipe_without_a_lock_is_not_asked_for_one_and_nothing_is_loaded(said, monkeypatch):
    monkeypatch.setitem(sys.modules, "builder.lock", None)      # an import would fail
    assert said(None) == []


def test_a_lock_that_fits_is_quiet(said):
    assert said(locked(apt=("gcc",)).to_json()) == []


def test_what_has_changed_is_one_finding_at_its_place(said):
    made = locked(base="debian trixie").to_json()
    assert said(made) == [("recipe.lock does not fit: base: debian trixie -> debian bookworm; packages.apt: + gcc", 7)]
    assert said(locked().to_json()) == [("recipe.lock does not fit: packages.apt: + gcc", 9)]


def test_the_machine_of_the_reader_does_not_matter(said):
    assert said(locked("linux/s390x", apt=("gcc",)).to_json()) == []
    assert said(locked("linux/s390x", "linux/amd64").to_json()) == [("recipe.lock does not fit: packages.apt: + gcc", 9)]


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"schema": 1}', '{"schema": 1, "images": {}}', "[" * 100_000])
def test_what_is_no_lock_is_said_and_does_not_break_the_lint(said, text):
    found = said(text)
    assert len(found) == 1
    assert found[0][0].startswith("recipe.lock does not fit: ")


def test_a_link_is_not_followed(said, tmp_path):
    (tmp_path / "other").write_text(locked(apt=("gcc",)).to_json())
    (tmp_path / "recipe.lock").symlink_to("other")
    assert said(None) == [("recipe.lock does not fit: a link is not followed", 2)]


def test_what_a_lock_says_cannot_steer_a_terminal(said):
    assert "\x1b" not in str(said(locked(apt=("\x1b[2J",)).to_json()))


def test_a_containerfile_has_no_lock(said):
    assert said("{", "FROM scratch\n") == []
