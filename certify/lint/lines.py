"""A text by its lines, as the readers count them."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from certify.lint.target import Kind, kind_of
from certify.patterns import pattern

if TYPE_CHECKING:
    from builder.recipe import Span

MAX_COMMAND: Final = 1000       # lines of one command that are looked at, in each direction
_MAX_HEREDOCS: Final = 10

_NAME: Final = "certify:"

_LINE_END: Final = "\r\n\x85\u2028\u2029"
_HEREDOC: Final = pattern(r"<<-?\s*([\"']?)([A-Za-z_]\w*)\1")


def names_us(text: str) -> bool:
    """Whether a text may hold a comment for us: people write a name with a capital, too."""
    return _NAME in text.lower()


def split(text: str, file: str) -> list[str]:
    """The lines of a file's text with their ends: in YAML there are more line ends than in a Containerfile."""
    if kind_of(Path(file).name) is Kind.CONTAINERFILE:
        return [line for line in re.split(r"(?<=\n)", text) if line]
    return text.splitlines(keepends=True)


class Lines:
    """The lines of a file's text with their ends; numbers and columns count from 1."""

    __slots__ = ("_commands", "_next", "_starts", "all")

    def __init__(self, text: str, file: str) -> None:
        self.all = split(text, file)
        self._starts = [0, *itertools.accumulate(map(len, self.all))]
        self._next: list[int] = []
        self._commands: dict[int, tuple[int, int]] = {}

    def line(self, number: int) -> str:
        """One line without its end; nothing where there is none."""
        return self.all[number - 1].rstrip(_LINE_END) if 0 < number <= len(self.all) else ""

    def at(self, span: Span) -> str:
        """The text of a span; of one that has several lines, only the first line's."""
        end = span.end_column - 1 if span.end_line == span.line else None
        return self.line(span.line)[span.column - 1:end]

    def offset(self, line: int, column: int) -> int:
        """Where a place stands in the whole text."""
        return self._starts[line - 1] + column - 1 if line <= len(self.all) else self._starts[-1]

    def next_after(self, number: int) -> int:
        """The next line that is neither empty nor a comment; the line itself where there is none."""
        if not self._next:
            following = 0
            for one in range(len(self.all), 0, -1):
                self._next.append(following)
                following = following if self.line(one).lstrip()[:1] in ("", "#") else one
            self._next.reverse()
        return self._next[number - 1] or number

    def command(self, number: int) -> tuple[int, int]:
        """The first and the last line of the command that a line belongs to: continued lines and heredocs."""
        if number not in self._commands:
            first, last = self._continued(number)
            self._commands[number] = first, self._heredocs_end(first, last)
        return self._commands[number]

    def _continued(self, number: int) -> tuple[int, int]:
        first = last = number
        while first > max(1, number - MAX_COMMAND) and _continues(self.line(first - 1)):
            first -= 1
        while last < min(len(self.all), number + MAX_COMMAND) and self._goes_on(first, last):
            last += 1
        return first, last

    def _goes_on(self, first: int, last: int) -> bool:
        """Whether a line has another one: it says so, or it is a comment between such lines, as Containerfiles have them."""
        line = self.line(last)
        return _continues(line) or (last > first and line.lstrip().startswith("#") and _continues(self.line(first)))

    def _heredocs_end(self, first: int, last: int) -> int:
        end = last
        for number in range(first, last + 1):
            for match in itertools.islice(_HEREDOC.finditer(self.line(number)), _MAX_HEREDOCS):
                body = range(end + 1, min(len(self.all), end + MAX_COMMAND) + 1)
                end = next((one for one in body if self.line(one).strip() == match[2]), end)
        return end


def _continues(line: str) -> bool:
    return line.endswith("\\") and not line.endswith("\\\\")
