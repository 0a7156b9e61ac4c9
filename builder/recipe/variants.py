"""The variants of a recipe: every combination of its matrix, with the templates of its texts filled in."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any, Final

from builder.recipe import schema
from builder.recipe.view import View

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from builder.recipe.model import Recipe
    from builder.recipe.source import Document, Route

MAX_VARIANTS: Final = 64
MAX_TEMPLATES: Final = 1_000    # texts with templates in one recipe
MAX_MARKS: Final = 5_000        # templates in all of them
MAX_TOTAL: Final = 1 << 20      # characters that come out of the templates of one variant
MAX_VALUE: Final = 1_000        # characters of a number; the schema says the same of texts

_UNRENDERED: Final = frozenset({"schema", "vars", "matrix"})
# What the values of vars and matrix are judged in: a recipe that is fine otherwise, as the rest is not rendered yet.
_FINE: Final[Mapping[str, Any]] = {"schema": 1, "name": "a", "version": "1", "summary": "a", "license": "a", "access": "public",
                                    "base": {"debian": "bookworm"}}


def views(document: Document) -> Iterator[Document]:
    """The document of each variant; the document itself without ``vars`` and ``matrix``.

    What is wrong with the variables and the templates is reported to the document, and ends the variants.
    """
    values: Any = document.values
    if not _is_rendered(values):
        yield document
    elif not document.problems and _is_sound(document, values):
        routes = _templates(values)
        for number, (variables, title) in enumerate(_combinations(document, values)):
            view = View(document, variables, title)
            if not _render(view, routes):
                document.problems += view.named() if number else view.problems    # what the first has, mostly all have
                return
            yield view


def count(document: Document) -> int:
    """How many variants a document has whose variables are in order."""
    values: Any = document.values
    return math.prod(len(inner) for inner in values.get("matrix", {}).values())


def view_of(document: Document, recipe: Recipe) -> Document:
    """The document as the recipe was made from it: what tells where the parts of a rendered text stand."""
    if isinstance(document, View) or not _is_rendered(document.values):
        return document
    view = View(document, recipe.variables)
    return view if _render(view, _templates(document.values)) else document


def check_tags(document: Document, recipes: Sequence[Recipe]) -> None:
    """Report two variants that would be the same image."""
    values: Any = document.values
    if len({(recipe.name, recipe.tag) for recipe in recipes}) < len(recipes):
        name = max(values["matrix"], key=lambda name: len(values["matrix"][name]))
        document.report("SCH004", document.span(("version",)), f"several variants have the tag {_twice(recipes)}",
                        f'the version has to name the variant, for example "1.0-{name}{{{{ {name} }}}}"')


def _twice(recipes: Sequence[Recipe]) -> str:
    tags = [recipe.tag for recipe in recipes]
    return next(tag for tag in tags if tags.count(tag) > 1)


def _is_rendered(values: object) -> bool:
    return isinstance(values, dict) and ("vars" in values or "matrix" in values)


def _is_sound(document: Document, values: dict[str, Any]) -> bool:
    alone = View(document, {})
    given: dict[str, Any] = {key: values[key] for key in ("vars", "matrix") if key in values}
    alone.values = {**_FINE, **given}
    schema.check(alone)
    if not alone.problems:
        _check_names(alone, values.get("vars", {}), values.get("matrix", {}))
        _check_numbers(alone)
    document.problems += alone.problems
    return not alone.problems


def _check_names(document: Document, fixed: dict[str, Any], matrix: dict[str, Any]) -> None:
    for name in matrix:
        if name in fixed:
            document.report("SCH004", document.span(("matrix", name), key=True), f"'{name}' stands in vars as well",
                            "keep one of them")
    count = math.prod(len(inner) for inner in matrix.values())
    if count > MAX_VARIANTS:
        document.report("SCH004", document.span(("matrix",), key=True),
                        f"the matrix has {count:,} variants, and a recipe at most {MAX_VARIANTS}", "make several recipes of it")


def _check_numbers(document: Document) -> None:
    for route, scalar in document.scalars.items():
        if route[0] in ("vars", "matrix") and len(scalar.text) > MAX_VALUE:
            document.report("SCH004", document.span(route), "this number is too long", "quote it, if it is text")


def _combinations(document: Document, values: dict[str, Any]) -> Iterator[tuple[dict[str, str], str]]:
    """The variables of each variant as they are written (3.10 is no 3.1), and its title."""
    fixed = {name: document.scalars["vars", name].text for name in values.get("vars", {})}
    matrix: dict[str, Any] = values.get("matrix", {})
    choices = [[document.scalars["matrix", name, index].text for index in range(len(inner))] for name, inner in matrix.items()]
    for chosen in itertools.product(*choices):
        own: dict[str, str] = dict(zip(matrix, chosen, strict=True))
        yield {**fixed, **own}, ", ".join(f"{name}={value}" for name, value in own.items())


def _templates(values: object) -> list[Route]:
    """The routes of all texts that hold a template, in the order of the file."""
    pending: list[tuple[Route, Any]] = [((), values)]
    found = []
    while pending:
        route, value = pending.pop()
        if isinstance(value, str) and ("{{" in value or "{%" in value):
            found.append(route)
        elif isinstance(value, dict):
            pending += [((*route, key), value[key]) for key in reversed(value) if route or key not in _UNRENDERED]
        elif isinstance(value, list):
            pending += [((*route, index), value[index]) for index in reversed(range(len(value)))]
    return found


def _render(view: View, routes: Sequence[Route]) -> bool:
    """Fill in every template of a view; False if one of them is refused, which is reported to the view."""
    first = next(itertools.islice(routes, MAX_TEMPLATES, None), None)
    for many, most in ((first, MAX_TEMPLATES), (_beyond(view, routes), MAX_MARKS)):
        if many is not None:
            view.report("SCH006", view.span(many), f"a recipe has at most {most:,} templates",
                        "move what they make into files beside the recipe")
            return False
    values: Any = copied(view.values)
    total = 0
    for route in routes:
        total += _render_one(view, values, route)
        if total > MAX_TOTAL:
            view.report("SCH006", view.span(route), "the templates of this recipe make more than 1 MiB of text",
                        "move what they make into files beside the recipe")
            return False
    view.values = values
    return not view.problems


def _beyond(view: View, routes: Sequence[Route]) -> Route | None:
    """The text with which there are too many templates, as far as they can be counted without reading them."""
    marks = 0
    for route in routes:
        text = view.scalars[route].text
        marks += text.count("{{") + text.count("{%")
        if marks > MAX_MARKS:
            return route
    return None


def _render_one(view: View, values: Any, route: Route) -> int:  # noqa: ANN401
    """Put what comes out into its place among the values, and tell its size."""
    from builder.recipe import templates  # jinja2, which few recipes need

    for part in route[:-1]:
        values = values[part]
    written = values[route[-1]]
    try:
        rendered = templates.render(written, view.variables)
    except templates.Refused as refused:
        line = written.split("\n")[refused.line]
        span = view.inside(route, refused.line, len(line) - len(line.lstrip()), len(line.strip()))
        view.report("SCH006", span, refused.message, refused.advice)
        return 0
    view.rendered[route], values[route[-1]] = rendered, rendered.text
    return len(rendered.text)


def copied(value: Any) -> Any:  # noqa: ANN401
    """A copy down to the texts; a document is never deeper than a few dozen levels."""
    if isinstance(value, dict):
        return {key: copied(inner) for key, inner in value.items()}
    return [copied(inner) for inner in value] if isinstance(value, list) else value
