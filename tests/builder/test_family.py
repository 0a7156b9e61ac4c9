"""Recipes that stand on other recipes: which one is meant, and that no circle is ever followed."""

from __future__ import annotations

import os
import time

import pytest

from builder import family, key
from builder.assembly import Assembly
from builder.bases.foundation import Foundation
from builder.errors import Fault, RecipeError
from builder.recipe import load
from builder.recipe.model import RecipeBase
from builder.supply import Materials

DEBIAN = "base: {debian: bookworm}"
MATRIX = "version: \"1.0-py{{ python }}\"\nmatrix: {python: ['11', '12']}\nbase: {debian: bookworm}"


def upon(name):
    return f"base: {{recipe: '{name}'}}"


def parent(recipe):
    return family.parent(recipe, recipe.base)


def test_a_parent_lies_beside_its_child(beside):
    child = beside(child=upon("base"), base=DEBIAN)
    document, found = parent(child)
    assert (found.name, found.folder) == ("base", child.folder.with_name("base"))
    assert str(document.path) == str(found.folder / "recipe.yaml")


@pytest.mark.parametrize(("named", "found"),
                         [("base", True), ("base:1-1", True), ("base:1", True), ("base:2", False), ("base:1-2", False)])
def test_a_tag_or_a_version_has_to_fit(beside, named, found):
    child = beside(child=upon(named), base=DEBIAN)
    if found:
        assert parent(child)[1].tag == "1-1"
    else:
        with pytest.raises(Fault, match=f"child: its base, recipe {named}, is none of 1-1") as caught:
            parent(child)
        assert caught.value.hint == "write it as: base:<tag>"


@pytest.mark.parametrize(("named", "tag"), [("base:1.0-py11-1", "1.0-py11-1"), ("base:1.0-py12", "1.0-py12-1")])
def test_of_several_variants_the_named_one_is_meant(beside, named, tag):
    assert parent(beside(child=upon(named), base=MATRIX))[1].tag == tag


def test_of_several_variants_one_has_to_be_named(beside):
    with pytest.raises(Fault, match=r"is more than one of 1\.0-py11-1, 1\.0-py12-1"):
        parent(beside(child=upon("base"), base=MATRIX))


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir(), lambda path: path.symlink_to("/nowhere"),
                                  lambda path: (path / "recipe.yaml").mkdir(parents=True)],
                                  ids=["nothing", "empty", "link", "folder"])
def test_a_missing_parent_is_told_with_the_place_where_it_should_be(beside, make):
    child = beside(child=upon("base"))
    make(child.folder.with_name("base"))
    with pytest.raises(Fault, match=r"child: its base, recipe base, is not at .*/recipes/base$"):
        parent(child)


def test_a_broken_parent_is_told_as_it_is(beside):
    with pytest.raises(RecipeError, match="base"):
        parent(beside(child=upon("base"), base="base: {debian: 1}"))


@pytest.mark.parametrize("recipes", [
    {"a": "a"}, {"a": "b", "b": "a"}, {"a": "b", "b": "c", "c": "a"}, {"a": "b", "b": "c", "c": "b"}, {"a": "b", "b": "b"}],
    ids=str)
def test_a_circle_is_refused_wherever_it_closes(beside, recipes):
    child = beside(**{name: upon(base) for name, base in recipes.items()})
    with pytest.raises(Fault, match=r"stands on .*, which stands on it"):
        parent(child)
    with pytest.raises(Fault, match=r"stands on .*, which stands on it"):
        key.of(child)


@pytest.mark.parametrize("stage", ["a", "b"])
def test_a_circle_through_a_stage_is_refused_too(beside, stage):
    child = beside(a=upon("b"), b=f"stages: {{build: {{base: {{recipe: {stage}}}}}}}\n{DEBIAN}")
    with pytest.raises(Fault, match="which stands on it"):
        parent(child)


def test_a_circle_through_a_linked_folder_is_refused(beside):
    child = beside(a=upon("b"))
    child.folder.with_name("b").symlink_to("a")
    with pytest.raises(Fault):
        parent(child)


def test_two_ways_to_one_parent_are_no_circle(beside):
    child = beside(a=f"stages: {{build: {{{upon('c')}}}}}\n{upon('b')}", b=upon("c"), c=DEBIAN)
    assert [base.name for base in family.parents(child)] == ["c", "b"]
    assert parent(child)[1].name == "b"


def test_each_parent_is_named_once(beside):
    child = beside(a=f"stages: {{one: {{{upon('c')}}}, two: {{{upon('c')}}}, three: {{{upon('c:1')}}}}}\n{upon('c')}", c=DEBIAN)
    assert list(family.parents(child)) == [RecipeBase(recipe="c"), RecipeBase(recipe="c:1")]


def test_parents_are_found_from_wherever_the_recipe_was_named(beside, monkeypatch):
    child = beside(child=upon("base"), base=DEBIAN)
    monkeypatch.chdir(child.folder)
    assert parent(load(type(child.folder)("."))[1])[1].name == "base"
    assert os.listdir(".") == ["recipe.yaml"]  # noqa: PTH208


class Stub:
    """In the place of the network: an archive's layer is the name of its suite."""

    def __init__(self, layers):
        self.layers, self.materials = layers, Materials()

    def archive(self, recipe, stage, base, lock, work, label):
        return Foundation(layers=(base.suite,)), []

    def upon(self, stage, foundation, lock, work, label):
        return [], []

    def wheels(self, recipe, stage, packages, lock, work, label):
        return None

    def note_use(self, sources):
        pass


@pytest.fixture
def chains(layers, tmp_path):
    """The chains that a recipe's build would make, by name."""
    def plan(recipe):
        work = tmp_path / f"work-{len(list(tmp_path.iterdir()))}"
        work.mkdir()
        return {chain.name: chain for chain in Assembly(Stub(layers), work, lambda chains: None).chains(recipe)}
    return plan


def steps(*texts):
    return "steps: [" + ", ".join(f"{{name: {text}, run: {text}}}" for text in texts) + "]"


def test_a_child_stands_on_all_the_layers_of_its_parent(beside, chains):
    found = chains(beside(child=f"{upon('base')}\n{steps('c')}", base=f"{DEBIAN}\n{steps('a', 'b')}"))
    assert list(found) == ["base/", ""]
    assert [layer.label for layer in found["base/"].layers] == ["base: bytecode", "base: step: a", "base: step: b"]
    assert found[""].below == found["base/"].keys
    assert found["base/"].below == ("bookworm",)
    assert [layer.label for layer in found[""].layers] == ["step: c"]


def test_two_variants_of_one_parent_are_two_trees(beside, chains):
    child = beside(child=f"stages: {{old: {{{upon('base:1.0-py11')}}}}}\n{upon('base:1.0-py12')}",
                   base=MATRIX + "\nsteps: [{name: py, run: 'echo {{ python }}'}]")
    found = chains(child)
    assert found[""].below == found["base:1.0-py12/"].keys
    assert "echo 12" in found["base:1.0-py12/"].layers[-1].actions[0].command


def test_a_stage_is_made_only_where_something_is_taken_from_it(beside, chains, kept):
    text = f"stages: {{build: {{{DEBIAN}, {steps('make')}}}}}\n{DEBIAN}\ncopy: [{{from: build, path: /a, to: /b}}]\n{steps('x')}"
    child = beside(child=text)
    before = chains(child)
    assert list(before) == ["build", ""]
    for layer in before[""].keys[1:]:
        kept(layer)
    assert list(chains(child)) == [""]


def test_layers_that_are_there_have_nothing_left_to_do_up_to_the_first_that_is_missing(beside, chains, kept):
    child = beside(child=f"{DEBIAN}\n{steps('a', 'b', 'c')}")
    keys = [layer.key for layer in chains(child)[""].layers]
    for layer in (keys[0], keys[1], keys[3]):
        kept(layer)
    assert [layer.actions and len(layer.actions) for layer in chains(child)[""].layers] == [None, None, 1, 1]


def test_a_layer_depends_on_all_below_it_and_on_nothing_above(beside, chains):
    one = beside(child=f"{DEBIAN}\n{steps('a', 'b', 'c')}")
    before = [layer.key for layer in chains(one)[""].layers]
    file = one.folder / "recipe.yaml"
    text = file.read_text()
    for change, same in ((text.replace("run: b", "run: B"), 2), (text.replace("run: c", "run: C"), 3),
                         (text + "env: {A: a}\n", 0),
                         (text.replace("bookworm", "trixie"), 0), (text.replace("summary: s", "summary: t"), 4)):
        file.write_text(change)
        now = [layer.key for layer in chains(load(one.folder)[1])[""].layers]
        assert [old == new for old, new in zip(before, now, strict=True)] == [True] * same + [False] * (4 - same)


def test_every_layer_of_a_build_counts_as_used(beside, chains, kept, layers):
    child = beside(child=f"{upon('base')}\n{steps('c')}", base=DEBIAN)
    keys = {key for chain in chains(child).values() for key in chain.keys}
    for layer in keys:
        kept(layer, days=9)
    chains(child)
    assert all((layers.folder / layer / "used").stat().st_mtime > time.time() - 3600 for layer in keys)
