"""Text that was put together from stretches of a file, and remembers which."""

from __future__ import annotations

import itertools
from array import array
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Text, and the offsets in the file where it begins and ends. Where the lengths are equal, each character is a
# character of the file; otherwise the text stands for the stretch as a whole (an escape, a variable).
Piece = tuple[str, int, int]


class Mapped:
    """Pieces in the order of the text. ``anchor`` is the place in the file of a text that is empty."""

    __slots__ = ("_lines", "_pieces", "_starts", "anchor", "text")

    def __init__(self, pieces: Iterable[Piece], anchor: int = 0) -> None:
        self._pieces = [piece for piece in pieces if piece[0]]
        texts = [piece[0] for piece in self._pieces]
        self.text = "".join(texts)
        self._starts = array("I", itertools.accumulate(map(len, texts), initial=0))
        self._lines: list[int] | None = None
        self.anchor = anchor

    def place(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the file that a stretch of the text comes from."""
        if not self._pieces:
            return self.anchor, self.anchor
        begin = self._origin(start)
        if end <= start:
            return begin, begin
        number = min(bisect_right(self._starts, end - 1), len(self._pieces)) - 1
        text, first, last = self._pieces[number]
        exact = len(text) == last - first
        return begin, min(first + end - self._starts[number], last) if exact else last

    def _origin(self, start: int) -> int:
        number = min(bisect_right(self._starts, start), len(self._pieces)) - 1
        text, first, last = self._pieces[number]
        return min(first + start - self._starts[number], last) if len(text) == last - first else first

    def cut(self, start: int, end: int) -> Iterator[Piece]:
        """The pieces of a stretch of the text."""
        number, stop = bisect_right(self._starts, start) - 1, bisect_left(self._starts, end)
        if stop - number > 2:       # all but the first and the last are whole
            yield from self.cut(start, self._starts[number + 1])
            yield from self._pieces[number + 1:stop - 1]
            start, number = self._starts[stop - 1], stop - 1
        for (text, first, last), origin in zip(self._pieces[number:stop], self._starts[number:stop], strict=False):
            left, right = max(0, start - origin), min(len(text), end - origin)
            exact = len(text) == last - first
            yield (text[left:right], first + left, first + right) if exact else (text[left:right], first, last)

    def part(self, start: int, end: int) -> Mapped:
        """A stretch of the text as a text of its own."""
        return Mapped(self.cut(start, end), self.place(start, start)[0])

    def offset(self, line: int, column: int) -> int:
        """The offset of a line and column, counted from 0, of lines as ``str.splitlines`` makes them."""
        if self._lines is None:
            lengths = map(len, self.text.splitlines(keepends=True))
            self._lines = [0, *itertools.accumulate(lengths)]
        return min(self._lines[min(line, len(self._lines) - 1)] + column, len(self.text))
