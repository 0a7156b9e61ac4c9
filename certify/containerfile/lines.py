"""From the lines of the file to instructions: directives, comments, continued lines, here-documents.

This is BuildKit's order of things: a backslash at the end of a line joins it with the next, comment lines and
empty lines between joined ones vanish, and only then is the text an instruction, or shell text.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from certify.containerfile.mapped import Mapped
from certify.containerfile.words import marks, strings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from certify.containerfile.document import ContainerDocument
    from certify.containerfile.mapped import Piece
    from certify.containerfile.words import Mark

MAX_HEREDOCS = 100      # in one line

_DIRECTIVE = re.compile(r"\s*#\s*([A-Za-z][A-Za-z0-9]*)\s*=\s*(\S.*?)\s*")
_DIRECTIVES = frozenset({"escape", "syntax", "check"})
_KEYWORD = re.compile(r"(?:onbuild\s+)?(run|copy|add)\s+(?:--\S+\s+)*", re.IGNORECASE)
_BLANKS = " \t\v\f\r"


@dataclass(frozen=True, slots=True)
class Heredoc:
    """A here-document: how it is announced, and its text."""

    mark: Mark
    body: Mapped


@dataclass(frozen=True, slots=True)
class Line:
    """An instruction's line after joining, and its here-documents."""

    joined: Mapped
    heredocs: tuple[Heredoc, ...]


class Lines:
    """Reads a document's lines one after the other."""

    def __init__(self, document: ContainerDocument) -> None:
        self.document, self.text, self.starts = document, document.text, document.starts
        self.escape = "\\"
        self.is_open = False        # whether a here-document was begun and never ended
        self._at = 0
        self._ends: dict[bool, dict[str, list[int]]] = {}

    def __iter__(self) -> Iterator[Line]:
        self._directives()
        while self._at < len(self.starts):
            begin, end = self._bounds(self._at)
            self._at += 1
            begin += len(self.text[begin:end]) - len(self.text[begin:end].lstrip(_BLANKS))
            if self.text.startswith("#", begin, end):
                self.document.comment(begin, end)
            elif begin < end:
                yield from self._instruction(begin, end)

    def _bounds(self, number: int) -> tuple[int, int]:
        begin = self.starts[number]
        end = self.starts[number + 1] - 1 if number + 1 < len(self.starts) else len(self.text)
        return begin, end - 1 if end > begin and self.text[end - 1] == "\r" else end

    def _directives(self) -> None:
        seen = set[str]()
        while self._at < len(self.starts):
            begin, end = self._bounds(self._at)
            match = _DIRECTIVE.fullmatch(self.text, begin, end)
            if match is None or match[1].lower() not in _DIRECTIVES:
                return
            self.document.comment(self.text.index("#", begin), end)
            self._at += 1
            if match[1].lower() in seen:
                self.document.report(*match.span(1), f"there can be only one directive {match[1]}")
            elif match[1].lower() == "escape":
                self._set_escape(match)
            seen.add(match[1].lower())

    def _set_escape(self, match: re.Match[str]) -> None:
        if match[2] in ("\\", "`"):
            self.escape = match[2]
        else:
            self.document.report(*match.span(2), "the escape directive takes a backslash or a backtick")

    def _instruction(self, begin: int, end: int) -> Iterator[Line]:
        joined = Mapped(self._joined(begin, end), begin)
        if joined.text.strip():
            yield Line(joined, tuple(self._heredocs(joined)))

    def _joined(self, begin: int, end: int) -> Iterator[Piece]:
        last = self._continued(begin, end)
        yield self._piece(begin, end if last is None else last)
        while last is not None and self._at < len(self.starts):
            begin, end = self._bounds(self._at)
            self._at += 1
            content = self.text[begin:end].lstrip(_BLANKS)
            if content[:1] == "#":
                self.document.comment(end - len(content), end)
            elif content:
                last = self._continued(begin, end)
                yield self._piece(begin, end if last is None else last)

    def _piece(self, begin: int, end: int) -> Piece:
        return self.text[begin:end], begin, end

    def _continued(self, begin: int, end: int) -> int | None:
        """Where a line ends that goes on in the next one; None for others, such as those that end in two signs."""
        content = self.text[begin:end].rstrip(" \t")
        if not content.endswith(self.escape) or content.endswith(self.escape * 2):
            return None
        return begin + len(content) - 1

    def _heredocs(self, joined: Mapped) -> Iterator[Heredoc]:
        keyword = _KEYWORD.match(joined.text)
        if keyword is None or "<<" not in joined.text:
            return
        if strings(joined, keyword.end(), len(joined.text.rstrip())) is not None:
            return
        announced = marks(joined.text, keyword.end(1), len(joined.text), self.escape)
        for mark in itertools.islice(announced, MAX_HEREDOCS):
            last = self._end_of(mark)
            if last is None:
                self.document.report(*joined.place(mark.token.start, mark.token.end),
                                     f"the here-document has no line {mark.name!r} to end it")
                self.is_open = True
                return
            numbers = range(self._at, last)
            self._at = last + 1
            yield Heredoc(mark, Mapped(self._body(numbers, chomp=mark.chomp), self._bounds(last)[0]))

    def _end_of(self, mark: Mark) -> int | None:
        """The number of the line that ends a here-document; by an index, as there may be very many."""
        if mark.chomp not in self._ends:
            self._ends[mark.chomp] = self._index(chomp=mark.chomp)
        numbers = self._ends[mark.chomp].get(mark.name, [])
        at = bisect_left(numbers, self._at)
        return numbers[at] if at < len(numbers) else None

    def _index(self, *, chomp: bool) -> dict[str, list[int]]:
        index: dict[str, list[int]] = {}
        for number in range(len(self.starts)):
            begin, end = self._bounds(number)
            line = self.text[begin:end]
            index.setdefault(line.lstrip("\t") if chomp else line, []).append(number)
        return index

    def _body(self, numbers: Sequence[int], *, chomp: bool) -> Iterator[Piece]:
        for number in numbers:
            begin, end = self._bounds(number)
            if chomp:
                begin += len(self.text[begin:end]) - len(self.text[begin:end].lstrip("\t"))
            if self.text.startswith("\n", end):
                yield self._piece(begin, end + 1)
            else:       # a line's end of two characters
                yield self._piece(begin, end)
                yield "\n", end, end + 1
