"""A Containerfile as text: what is wrong with it, its comments, and the place of every route."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from builder.errors import RecipeError
from builder.recipe.problem import Problem, Span
from builder.recipe.source import FORBIDDEN, MAX_BYTES

if TYPE_CHECKING:
    from builder.recipe import Route
    from certify.containerfile.mapped import Mapped

MAX_PROBLEMS = 100      # more than anybody reads
MAX_COMMENTS = 10_000
_CODE = "SCH001"
_LINE_END = re.compile("\n")


@dataclass(slots=True)
class ContainerDocument:
    """A file that was read; only its reader fills it.

    ``comments`` are (line, column, text), counted from 1, the text from its ``#`` on: those of the Containerfile,
    also between continued lines, and those of the shell text of RUN.
    """

    path: str
    text: str
    problems: list[Problem] = field(default_factory=list)
    comments: list[tuple[int, int, str]] = field(default_factory=list)
    places: dict[Route, tuple[int, int]] = field(default_factory=dict)
    key_places: dict[Route, tuple[int, int]] = field(default_factory=dict)
    texts: dict[Route, Mapped] = field(default_factory=dict)
    starts: array[int] = field(default_factory=lambda: array("I"))

    def span(self, route: Route, *, key: bool = False) -> Span:
        """Where the value of a route stands (its name with ``key``); the nearest parent if it has no place."""
        table = self.key_places if key else self.places
        while route and route not in table:
            route = route[:-1]
        place = table.get(route) or self.places.get(route)
        return Span(1, 1, 1, 1) if place is None else self.stretch(*place)

    def inside(self, route: Route, line: int, column: int, length: int) -> Span:
        """The span of text within a value, by its line and column there (counted from 0).

        Of what goes over several lines of the file, the first. The whole value's span if it is no text.
        """
        mapped = self.texts.get(route)
        if mapped is None:
            return self.span(route)
        start = mapped.offset(line, column)
        begin, end = mapped.place(start, min(start + length, len(mapped.text)))
        return self.stretch(begin, min(end, max(begin, self.line_end(begin))))

    def stretch(self, begin: int, end: int) -> Span:
        """Two offsets in the file as a span."""
        line, end_line = bisect_right(self.starts, begin), bisect_right(self.starts, end)
        return Span(line, begin - self.starts[line - 1] + 1, end_line, end - self.starts[end_line - 1] + 1)

    def report(self, begin: int, end: int, message: str, hint: str | None = None) -> None:
        """Note a problem at a place."""
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(code=_CODE, message=message, file=self.path, help=hint,
                                         span=self.stretch(begin, end)))

    def comment(self, begin: int, end: int) -> None:
        """Note a comment."""
        if len(self.comments) == MAX_COMMENTS:
            return
        span = self.stretch(begin, end)
        self.comments.append((span.line, span.column, self.text[begin:end]))

    def line_end(self, offset: int) -> int:
        """Where the line of an offset ends."""
        end = self.text.find("\n", offset)
        end = len(self.text) if end < 0 else end
        return end - 1 if self.text[end - 1:end] == "\r" else end


def decoded(data: bytes, path: str) -> ContainerDocument:
    """The document of a file's bytes, with nothing read yet; raises RecipeError if they are no text."""
    if len(data) > MAX_BYTES:
        raise _refused(path, Span(1, 1, 1, 1), "the file is larger than 1 MiB",
                       "a Containerfile is text; COPY data from files beside it")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise _refused(path, Span(line, column, line, column + 1), "the file is not UTF-8", "save it as UTF-8") from error
    document = ContainerDocument(path=path, text=text)
    document.starts = array("I", [0])      # there may be hundreds of thousands
    document.starts.extend(found.end() for found in _LINE_END.finditer(text))
    _refuse_controls(document)
    document.text = text.replace("\0", "\ufffd")        # a NUL means "unknown" to those who read further
    return document


def _refuse_controls(document: ContainerDocument) -> None:
    for match in FORBIDDEN.finditer(document.text):
        document.report(match.start(), match.end(), f"the character U+{ord(match[0]):04X} is not allowed in a Containerfile",
                        "remove it; in a RUN, let printf make it")
        if len(document.problems) == MAX_PROBLEMS:
            return


def _refused(path: str, span: Span, message: str, hint: str) -> RecipeError:
    return RecipeError([Problem(code=_CODE, file=path, span=span, message=message, help=hint)])
