"""Why an image is built again, in words: every kind of change, its place, and what is made again first."""

from __future__ import annotations

from dataclasses import replace
from itertools import zip_longest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder import explain, key, workspace
from builder.explain import Change
from builder.recipe.model import ArchiveBase, Copy, File, Source, Stage, Step, Wheels
from builder.record import Record

SHA = "a" * 64
STAGE = Stage(name="build", route=("stages", "build"), base=ArchiveBase(suite="bookworm"), steps=(Step(name="x", run="x"),))


@pytest.fixture
def cache(tmp_path):
    return workspace.prepare(tmp_path / "cache")


@pytest.fixture
def why(recipe, cache, tools):
    """Explain a recipe with some fields changed after a build of another."""
    (recipe.folder / "r.txt").write_text("a==1")

    def ask(before=None, now=None):
        inputs = key.inputs(replace(recipe, **(before or {})))
        Record(name=recipe.name, tag=recipe.tag, platform="", key="", recipe="", digest="", size=0, tree="", isolation="",
               tools={},
               packages=[], wheels=[], sources=[], files=[], bases=[], notes=[], resolved={}, environment={}, inputs=inputs,
               started="", seconds={}).write(cache / "records", f"{recipe.name}.last.json")
        return explain.why(replace(recipe, **(now or {})), cache)

    return ask


def step(*texts):
    return {"steps": tuple(Step(name=text, run=text) for text in texts)}


def test_without_an_earlier_build_all_is_made(recipe, cache, tools):
    found = explain.why(recipe, cache)
    assert (found.last, found.changes, found.start) == (None, (), "the base")


def test_a_broken_record_is_as_none(recipe, cache, why):
    why()
    (cache / "records" / f"{recipe.name}.last.json").write_text("{")
    assert explain.why(recipe, cache).last is None


def test_without_a_change_nothing_is_made(why):
    found = why()
    assert (found.last.name, found.changes, found.start) == ("tool", (), "")


@pytest.mark.parametrize(("before", "now", "place", "texts", "start"), [
    ({}, {"base": ArchiveBase(suite="trixie")}, "base.suite", ("bookworm", "trixie"), "the base"),
    ({}, {"apt": ("gcc",)}, "apt[1]", ("python3", "nothing"), "the packages"),
    ({}, {"dnf": ("gcc",)}, "dnf[0]", ("nothing", "gcc"), "the packages"),
    ({}, {"wheels": Wheels(requirements="r.txt", venv="/v")}, "wheels", ("nothing", "['/v',"), "the wheels"),
    ({}, {"sources": (Source(url="u", sha256=SHA, to="/x"),)}, "sources[0]", ("nothing", f"['{SHA[:50]}"), "the sources"),
    ({}, {"files": ()}, "files[0]", ("['/opt/tool', None, '", "nothing"), "the files"),
    ({}, {"files": (File(source="data", to="/opt/new"),)}, "files[0][0]", ("/opt/tool", "/opt/new"), "the files"),
    ({}, {"copies": (Copy(stage="build", path="/x", to="/y"),)}, "copy[0]", ("nothing", "['build', '/x', '/y']"),
     "what stages give"),
    ({}, {"stages": (STAGE,)}, "stages.build", ("nothing", "{'base'"), "the stages"),
    ({"stages": (STAGE,)}, {"stages": (replace(STAGE, apt=("gcc",)),)}, "stages.build.apt[0]", ("nothing", "gcc"), "the stages"),
    (step("a", "b"), step("a", "c"), "steps[1][0]", ("b", "c"), "step 2"),
    (step("a", "b"), step("a"), "steps[1]", ("['b', {}]", "nothing"), "step 2"),
    (step(), step("a"), "steps[0]", ("nothing", "['a', {}]"), "step 1"),
    ({}, {"steps": (Step(name="make", run="make", env={"A": "2"}),)}, "steps[0][1].A", ("1", "2"), "step 1"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_each_kind_of_change_has_its_place_and_its_words(why, before, now, place, texts, start):
    found = why(before, now)
    assert [change.place for change in found.changes] == [place]
    assert all(said.startswith(text) for said, text in zip((found.changes[0].before, found.changes[0].now), texts, strict=True))
    assert found.start == start


@pytest.mark.parametrize(("now", "places", "start"), [
    ({"entrypoint": ("sh",)}, ["image"], "the last layer alone"), ({"version": "2"}, ["image"], "the last layer alone"),
    ({"env": {"LANG": "D"}}, ["env.LANG", "image"], "the first layer"), ({"env": {}}, ["env.LANG", "image"], "the first layer"),
    ({"summary": "other"}, [], ""), ({"steps": (Step(name="other", run="make", env={"A": "1"}),)}, [], "")], ids=str)
def test_what_the_image_says_of_itself_is_only_its_last_layer(why, now, places, start):
    found = why(now=now)
    assert (sorted(change.place for change in found.changes), found.start) == (places, start)


def test_a_changed_file_is_told_by_its_digest(why, recipe):
    why()
    (recipe.folder / "data/file").write_text("other")
    found = explain.why(recipe, recipe.folder.with_name("cache"))
    assert [change.place for change in found.changes] == ["files[0][2]"]
    assert found.start == "the files"


def test_another_tool_is_told_with_both_versions(why, recipe, tools):
    why()
    tools("runc", "2.0")
    found = explain.why(recipe, recipe.folder.with_name("cache"))
    assert found.changes == (Change("tools.runc", "runc 1.0", "runc 2.0"),)
    assert found.start == "the base"


def test_of_several_changes_the_first_layer_counts(why):
    changes = {**step("a", "b", "c"), "apt": ("gcc", "python3"), "files": ()}
    found = why(step("x", "y", "z"), changes)
    assert [change.place for change in found.changes] == ["files[0]", "steps[0][0]", "steps[1][0]", "steps[2][0]"]
    assert found.start == "the files"
    assert why(step("a", "x", *"klmnopqrst"), step("a", "y", *"klmnopqrsu")).start == "step 2"


def test_a_long_text_is_cut_and_stands_on_one_line(why):
    found = why(step("a\n\n  b"), step("x " * 1000))
    assert (found.changes[0].before, len(found.changes[0].now), found.changes[0].now[-3:]) == ("a b", 60, "...")


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5),
                    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
                    max_leaves=12)


@given(JSON, JSON)
def test_there_are_changes_exactly_where_the_inputs_differ(before, now):
    assert list(explain._changes("", before, before)) == []
    found = list(explain._changes("", before, now))
    assert bool(found) is not _alike(before, now)
    swapped = explain._changes("", now, before)
    assert {(one.place, one.before, one.now) for one in found} == {(one.place, one.now, one.before) for one in swapped}


def _alike(one, two):
    """Equal, where an empty place and one with nothing in it are the same."""
    if isinstance(one, dict) and isinstance(two, dict):
        return all(_alike(one.get(name), two.get(name)) for name in one.keys() | two.keys())
    if isinstance(one, list) and isinstance(two, list):
        return all(_alike(*pair) for pair in zip_longest(one, two))
    return one == two
