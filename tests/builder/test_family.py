"""Recipes that stand on other recipes: which one is meant, and that no circle is ever followed."""

from __future__ import annotations

import os

import pytest

from builder import family, key
from builder.errors import Fault, RecipeError
from builder.recipe.model import RecipeBase

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


@pytest.mark.parametrize(("named", "found"), [("base", True), ("base:1-1", True), ("base:1", True), ("base:2", False), ("base:1-2", False)])
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
                                  lambda path: (path / "recipe.yaml").mkdir(parents=True)], ids=["nothing", "empty", "link", "folder"])
def test_a_missing_parent_is_told_with_the_place_where_it_should_be(beside, make):
    child = beside(child=upon("base"))
    make(child.folder.with_name("base"))
    with pytest.raises(Fault, match=r"child: its base, recipe base, is not at .*/recipes/base$"):
        parent(child)


def test_a_broken_parent_is_told_as_it_is(beside):
    with pytest.raises(RecipeError, match="base"):
        parent(beside(child=upon("base"), base="base: {debian: 1}"))


@pytest.mark.parametrize("recipes", [
    {"a": "a"}, {"a": "b", "b": "a"}, {"a": "b", "b": "c", "c": "a"}, {"a": "b", "b": "c", "c": "b"}, {"a": "b", "b": "b"}], ids=str)
def test_a_circle_is_refused_wherever_it_closes(beside, recipes):
    child = beside(**{name: upon(base) for name, base in recipes.items()})
    with pytest.raises(Fault, match="stands on .*, which stands on it"):
        parent(child)
    with pytest.raises(Fault, match="stands on .*, which stands on it"):
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
    from builder.recipe import load

    child = beside(child=upon("base"), base=DEBIAN)
    monkeypatch.chdir(child.folder)
    assert parent(load(type(child.folder)("."))[1])[1].name == "base"
    assert os.listdir(".") == ["recipe.yaml"]  # noqa: PTH208
