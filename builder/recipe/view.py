"""A recipe's document as one of its variants has it: other values, at the same places of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from builder.recipe.source import Document, Route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from builder.recipe.problem import Problem, Span
    from builder.recipe.templates import Rendered


class View(Document):
    """A document with the values that ``variables`` give; spans lead into the file, where the templates stand.

    ``title`` names the variant for people; it is empty where there is only one.
    """

    __slots__ = ("rendered", "title", "variables")

    def __init__(self, document: Document, variables: Mapping[str, str], title: str = "") -> None:
        super().__init__(document.path, document.text, document.data)
        self.spans, self.keys, self.scalars = document.spans, document.keys, document.scalars
        self.values = document.values
        self.rendered: dict[Route, Rendered] = {}
        self.variables, self.title = variables, title

    @property
    def size(self) -> int:
        """The characters of what came out of its templates."""
        return sum(len(rendered.text) for rendered in self.rendered.values())

    def inside(self, route: Route, line: int, column: int, length: int) -> Span:
        """The span of text within a rendered value: exact where template and text agree up to its end, else the line."""
        rendered = self.rendered.get(route)
        if rendered is None:
            return super().inside(route, line, column, length)
        shown, written = rendered.text.split("\n"), self.scalars[route].text.split("\n")
        line = min(line, len(shown) - 1)
        origin = rendered.lines[line]
        before = written[origin]
        if shown[line][:column + length] != before[:column + length]:
            column, length = len(before) - len(before.lstrip()), len(before.strip())
        return super().inside(route, origin, column, length)

    def named(self) -> list[Problem]:
        """The problems; those that come of a template name the variant."""
        made = {self.span(route) for route in self.rendered}
        return [problem._replace(message=f"{problem.message} (variant {self.title})")
                if self.title and problem.file == self.path and (problem.code == "SCH006" or problem.span in made) else problem
                for problem in self.problems]
