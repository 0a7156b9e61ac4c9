"""What can be read of a recipe that is refused: one fault does not hide what else is wrong with the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from builder.errors import RecipeError
from builder.recipe import assemble, schema, variants
from builder.recipe.view import View

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from builder.recipe.model import Recipe
    from builder.recipe.source import Document, Route

MAX_ROUNDS: Final = 40      # what is taken away may leave something that is to be taken away in turn
MAX_PROBLEMS: Final = 100   # a file with more is no recipe yet

_UNREADABLE: Final = frozenset({"SCH001", "SCH003"})

# What stands for a key that has to be there. Nobody is told of it, as it has no place in the file.
_INSTEAD: Final[Mapping[str, Any]] = {"schema": 1, "name": "a", "version": "1", "summary": "a", "license": "a",
                                       "access": "public", "base": {"debian": "bookworm"}}


def readable(document: Document, folder: Path) -> tuple[Document, Recipe] | None:
    """The recipe of the parts that are in order, with the document that knows their places; None if there is none.

    It is good for looking at what it has, and never for a build: what is missing in it may stand in the file. Of several
    variants it is the first.
    """
    if not isinstance(document.values, dict) or len(document.problems) > MAX_PROBLEMS:
        return None
    if any(problem.code in _UNREADABLE for problem in document.problems):
        return None
    known, document.problems = document.problems, []        # the same would be told twice
    try:
        view = next(variants.views(document), None)
        values = None if view is None else _sound(view.values)
        return None if view is None or values is None else (view, _assembled(view, values, folder))
    finally:
        document.problems = known


def _assembled(view: Document, values: Any, folder: Path) -> Recipe:  # noqa: ANN401
    variables = view.variables if isinstance(view, View) else {}
    try:
        return assemble.recipe(values, folder, variables)
    except RecipeError:     # what a test expects is no regular expression
        return assemble.recipe({**values, "tests": []}, folder, variables)


def _sound(values: Any) -> Any:  # noqa: ANN401
    """The values without what the schema refuses; None if nothing comes of them."""
    values = variants.copied(values)
    for _ in range(MAX_ROUNDS):
        errors = list(schema.errors(values))
        if not errors:
            return values
        for error in errors:
            _mend(values, error)
    return None


def _mend(values: Any, error: Any) -> None:  # noqa: ANN401
    route: Route = tuple(error.absolute_path)
    if error.validator == "additionalProperties":
        for key in [key for key in error.instance if key not in error.schema.get("properties", {})]:
            _take_away(values, (*route, key))
    elif "propertyNames" in error.absolute_schema_path:
        _take_away(values, (*route, error.instance))
    elif error.validator == "required" and not route:
        values.update({key: value for key, value in _INSTEAD.items() if key not in values})
    else:
        _take_away(values, route)


def _take_away(values: Any, route: Route) -> None:  # noqa: ANN401
    """Take away what stands there, or the list that it is an item of: the places of the other items must not move."""
    while route and isinstance(route[-1], int):
        route = route[:-1]
    if not route:
        return
    parent: Any = values
    for part in route[:-1]:
        if isinstance(parent, dict) and part not in parent:
            return      # gone already
        parent = parent[part]
    if isinstance(parent, dict):
        parent.pop(route[-1], None)
