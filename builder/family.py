"""Recipes that stand on other recipes: a parent lies in a folder beside its child's, under its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from builder.errors import Fault
from builder.recipe import load_all
from builder.recipe.decode import FILE_NAME
from builder.recipe.model import RecipeBase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from builder.recipe import Document, Recipe


def parents(recipe: Recipe) -> Iterator[RecipeBase]:
    """The recipes that a recipe's stages stand on, each once."""
    found = [stage.base for stage in recipe.all_stages if isinstance(stage.base, RecipeBase)]
    yield from dict.fromkeys(found)


def parent(recipe: Recipe, base: RecipeBase) -> tuple[Document, Recipe]:
    """The recipe that ``base`` names; raises Fault if there is none, or if recipes stand on each other in a circle."""
    path = recipe.folder.resolve().parent / base.name
    if not (path / FILE_NAME).is_file():
        raise Fault(f"{recipe.name}: its base, recipe {base.name}, is not at {path}", hint="recipes lie beside each other")
    document, variants = load_all(path)
    tag = base.recipe.partition(":")[2]
    fitting = [one for one in variants if tag in ("", one.tag, one.version)]
    if len(fitting) != 1:
        raise Fault(f"{recipe.name}: its base, recipe {base.recipe}, is {'none' if not fitting else 'more than one'} of "
                    + ", ".join(one.tag for one in variants), hint=f"write it as: {base.name}:<tag>")
    _refuse_circles(fitting[0], (recipe.folder.resolve(), fitting[0].folder.resolve()), set())
    return document, fitting[0]


def _refuse_circles(recipe: Recipe, seen: tuple[object, ...], fine: set[object]) -> None:
    """Go up from a recipe whose way here is ``seen``; what has been found ``fine`` is not looked at again."""
    for base in parents(recipe):
        folder = recipe.folder.resolve().parent / base.name
        if folder in seen:
            raise Fault(f"recipe {recipe.name} stands on {base.name}, which stands on it", hint="one of them needs another base")
        if folder not in fine and (folder / FILE_NAME).is_file():
            for one in load_all(folder)[1]:
                _refuse_circles(one, (*seen, folder), fine)
            fine.add(folder)
