"""One thing that is wrong with a recipe, and where."""

from __future__ import annotations

from typing import NamedTuple


class Span(NamedTuple):
    """A stretch of a text file: lines and columns count from 1, the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


class Problem(NamedTuple):
    """A fault in a recipe, found while reading it; ``first`` is the other place, where there are two."""

    code: str
    message: str
    file: str
    span: Span
    help: str | None = None
    first: Span | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.span.line}:{self.span.column}: {self.code} {self.message}"
