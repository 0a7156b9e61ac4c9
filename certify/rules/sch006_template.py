"""A template that cannot be filled in, or what is left of one.

Only a recipe with ``vars`` or ``matrix`` is rendered. There, {{ name }} must be one of these variables; templates
print variables, change them by default, lower, replace, trim and upper, and choose with {% if %}. In any other
recipe {{ name }} and {% if %} are taken as they stand, and somebody meant something else. In shell text they may
mean something to the program that gets them, so there only the other fields are read.

Bad::

    env:
      TOOL_HOME: /opt/{{ name }}

Good::

    vars: {prefix: /opt/tool}
    env:
      TOOL_HOME: "{{ prefix }}"
      TOOL_FORMAT: "{% raw %}{{.Name}}{% endraw %}"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from certify.finding import Severity
from certify.patterns import pattern
from certify.rules.hit import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from builder.recipe import Recipe, Route
    from certify.rules.subject import Subject
    from certify.site import Site

CODE = "SCH006"
NAME = "template"
SEVERITY = Severity.ERROR

HELP = "write the value itself, or name the variable under 'vars': only then is a recipe rendered"

_TEMPLATE = pattern(r"\{\{-?\s*[A-Za-z_][\w.\[\]]*\s*(?:\|[^{}]*)?-?\}\}|\{%-?\s*\w+[^{}]*%\}")


def check(subject: Subject, site: Site) -> Iterator[Hit]:  # noqa: ARG001
    """Look at the texts of a recipe outside its shell text."""
    recipe = subject.recipe
    if recipe is None or recipe.variables:      # rendered: what has braces still was marked as raw
        return
    for route, text in _texts(subject, recipe):
        found = _TEMPLATE.search(text) if "{" in text else None
        if found is not None:
            yield Hit(route=route, message=f"{found[0][:60]} is left of a template", help=HELP)


def _texts(subject: Subject, recipe: Recipe) -> Iterator[tuple[Route, str]]:
    yield ("summary",), recipe.summary
    yield from ((variable.route, variable.value) for variable in subject.variables)
    yield from ((put.route, put.path) for put in subject.puts)
    yield from (((*put.route[:-1], "from"), put.source) for put in subject.puts if put.source is not None)
    yield from ((fetch.route, fetch.url) for fetch in subject.fetches)
    yield from (((*route, number), word) for route, words in subject.starts for number, word in enumerate(words))
