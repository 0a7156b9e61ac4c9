"""From a document to its recipes: everything is checked, and every problem of the file is told at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from builder.errors import Error, Fault, RecipeError
from builder.recipe import assemble, checks, schema, variants
from builder.recipe.source import Document
from builder.recipe.view import View

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from builder.recipe.model import Recipe
    from builder.recipe.problem import Problem

FILE_NAME = "recipe.yaml"


def find(path: Path) -> Path:
    """The recipe's file, for a path that names it or its folder; raises Error where there is none."""
    try:
        target = path / FILE_NAME if path.is_dir() else path
        there = target.is_file()
    except (OSError, ValueError) as error:
        raise Error(f"{str(path)[:200]}: {error}", hint="give a recipe's folder or its recipe.yaml") from error
    if not there:
        other = target.with_suffix(".yml")
        raise Error(f"{target}: no such recipe", hint=f"rename {other} to {FILE_NAME}" if path != target and other.is_file() else
                    "give a recipe's folder or its recipe.yaml")
    return target


def split(path: Path) -> tuple[Path, str | None]:
    """A path and the variant that people name behind it: ``recipes/tool:1.0-py311-1``."""
    folder, colon, tag = str(path).rpartition(":")
    try:
        named = bool(colon and folder and tag) and not path.exists() and Path(folder).exists()
    except (OSError, ValueError):
        named = False
    return (Path(folder), tag) if named else (path, None)


def load(path: Path) -> tuple[Document, Recipe]:
    """The one recipe of a file or folder, or the variant that is named behind it; raises RecipeError with every problem."""
    document, recipes = load_all(path)
    return document, _only(recipes, path)


def load_all(path: Path) -> tuple[Document, tuple[Recipe, ...]]:
    """A recipe's variants in the order of its matrix, or the one that is named behind the path; raises RecipeError."""
    plain, tag = split(path)
    file = find(plain)
    document = Document.read(file)
    recipes = decode_all(document, file.parent)
    return document, recipes if tag is None else tagged(recipes, tag, plain)


def decode(document: Document, folder: Path) -> Recipe:
    """The only recipe of a document; raises Fault where it has several variants."""
    return _only(decode_all(document, folder), folder)


def decode_all(document: Document, folder: Path) -> tuple[Recipe, ...]:
    """The recipes of a document; paths are looked up in ``folder``. Raises RecipeError."""
    return tuple(recipe for _, recipe in decode_views(document, folder))


def decode_views(document: Document, folder: Path, most: int | None = None) -> tuple[tuple[Document, Recipe], ...]:
    """The recipes of a document, each with the document that knows its values and their places; raises RecipeError.

    With ``most``, only as many of its variants, from the first on, as need no more than so many characters of text.
    """
    found = tuple(_decoded(document, folder, most))
    if not document.problems:
        variants.check_tags(document, [recipe for _, recipe in found])
    if document.problems:
        raise RecipeError(sorted(set(document.problems), key=_order))
    return found


def _decoded(document: Document, folder: Path, most: int | None) -> Iterator[tuple[Document, Recipe]]:
    if any(problem.code in ("SCH001", "SCH003") for problem in document.problems):
        return
    if is_foreign(document):
        from builder.recipe import foreign

        foreign.refuse(document)
        return
    read, seen = 0, set[Path]()
    for view in variants.views(document):
        schema.check(view)
        checks.check(view, folder, seen)
        if view.problems:       # what is wrong with one variant is mostly wrong with all of them
            if isinstance(view, View):
                document.problems += view.named()
            return
        yield view, assemble.recipe(view.values, folder, view.variables if isinstance(view, View) else {})
        read += len(document.text) + (view.size if isinstance(view, View) else 0)
        if most is not None and read > most:
            return


def is_foreign(document: Document) -> bool:
    """Whether a document is plainly another program's recipe."""
    if not isinstance(document.values, dict) or "schema" in document.values:
        return False
    from builder.recipe import foreign  # few have no schema

    return foreign.is_foreign(document.values)


def _order(problem: Problem) -> tuple[str, int, int, str, str]:
    return problem.file, problem.span.line, problem.span.column, problem.code, problem.message


def _only(recipes: Sequence[Recipe], path: Path) -> Recipe:
    if len(recipes) > 1:
        raise Fault(f"{path} has {len(recipes)} variants: name one as RECIPE:<tag>", hint=_tags(recipes))
    return recipes[0]


def tagged(recipes: Sequence[Recipe], tag: str, path: Path) -> tuple[Recipe, ...]:
    """Those with the tag, or else with the version, which names the tag without its revision; raises Fault."""
    chosen = [recipe for recipe in recipes if recipe.tag == tag] or [recipe for recipe in recipes if recipe.version == tag]
    if not chosen:
        raise Fault(f"{path} has no variant with the tag {tag}", hint=_tags(recipes))
    return tuple(chosen)


def _tags(recipes: Sequence[Recipe]) -> str:
    return "tags: " + ", ".join(recipe.tag for recipe in recipes)
