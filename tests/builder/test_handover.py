"""The folder where a build is handed over, what counts as up to date, and what a build tells."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from builder import digest, inside, key, pipeline
from builder.errors import Error
from builder.plan import Action
from builder.progress import Progress, human_size
from builder.recipe.model import Access
from builder.record import Record


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


@pytest.fixture
def built(recipe, out, tools):
    """An earlier build of the recipe, as far as its folder shows it."""
    folder = pipeline.folder_of(recipe, out)
    folder.mkdir(parents=True)
    (folder / pipeline.IMAGE).write_bytes(b"image")
    made = Record(
        name=recipe.name, tag=recipe.tag, platform=key.platform(), key=key.of(recipe), recipe="", isolation="runc", size=5,
        digest=digest.of_file(folder / pipeline.IMAGE), tree="", tools={}, packages=[], wheels=[], sources=[], files=[],
        started="", seconds={})
    made.write(folder)
    return folder


def test_a_build_is_up_to_date_while_its_key_and_its_image_hold(recipe, out, built):
    assert pipeline.up_to_date(recipe, out) == Record.read(built)
    assert pipeline.up_to_date(replace(recipe, summary="Another"), out) is not None


@pytest.mark.parametrize("change", [
    lambda folder: (folder / pipeline.IMAGE).write_bytes(b"other"), lambda folder: (folder / pipeline.IMAGE).unlink(),
    lambda folder: (folder / "build.json").write_text("{"), lambda folder: (folder / "build.json").unlink(),
], ids=["other image", "no image", "broken record", "no record"])
def test_a_changed_folder_is_built_again(recipe, out, built, change):
    change(built)
    assert pipeline.up_to_date(recipe, out) is None


def test_a_changed_recipe_or_tool_is_built_again(recipe, out, built, tools):
    assert pipeline.up_to_date(replace(recipe, env={"LANG": "D"}), out) is None
    tools("tar", "2.0")
    assert pipeline.up_to_date(recipe, out) is None


@pytest.mark.parametrize(("access", "mode"), [(Access(public=True), 0o755), (Access(users=(1,)), 0o700)])
def test_the_folder_of_a_private_image_is_closed(recipe, out, access, mode):
    folder = pipeline._handover(replace(recipe, access=access), out)
    assert folder == out / "tool" / "1.0-1"
    assert folder.stat().st_mode & 0o777 == mode


def test_a_folder_that_cannot_be_made_is_an_error_with_a_way_out(recipe, out):
    out.write_text("a file")
    with pytest.raises(Error) as caught:
        pipeline._handover(recipe, out)
    assert caught.value.hint == "name another folder with --out"


def test_a_build_needs_root_and_says_so(recipe, out, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(Error, match="needs root"):
        pipeline.build(None, recipe, out=out, cache=out, progress=Progress())
    assert not out.exists()


def test_actions_are_grouped_by_stage_only_where_they_follow_each_other():
    actions = tuple(Action(kind="run", stage=stage) for stage in "aabab")
    assert [(stage, len(group)) for stage, group in inside._by_stage(actions)] == [("a", 2), ("b", 1), ("a", 1), ("b", 1)]


@pytest.mark.parametrize(("count", "said"), [
    (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (9_949, "9.9 kB"), (99_900, "100 kB"), (999_600, "1.0 MB"),
    (277_123_456, "277 MB"), (1.5e9, "1.5 GB"), (2e12, "2.0 TB")])
def test_sizes_are_told_in_decimal_units(count, said):
    assert human_size(count) == said


def test_a_stage_that_fails_is_not_told_as_done():
    progress = Progress()
    with pytest.raises(RuntimeError), progress.stage("a"):
        raise RuntimeError
    with progress.stage("b") as notes:
        notes.extend(["x", "y"])
    assert [(stage.name, stage.note) for stage in progress.stages] == [("b", "x, y")]
