"""A piece of shell text that is read, and its place in the whole."""

from __future__ import annotations

import bisect
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Script:
    """A text and its place in the outermost one; ``exact`` if a character here is a character there.

    Where the text is in another order than it was written, ``source`` is how, and ``places`` has for each piece where it
    starts here and there.
    """

    text: str
    start: int
    end: int
    exact: bool
    source: str = ""
    places: tuple[tuple[int, int], ...] = ()

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where a stretch of this text stands in the outermost one; of several pieces, the first."""
        if not self.exact:
            return self.start, self.end
        if self.places:
            number = bisect.bisect_right(self.places, start, key=lambda piece: piece[0]) - 1
            here, there = self.places[number]
            following = self.places[number + 1:number + 2]
            start, end = there + start - here, there + min(end, following[0][0] if following else end) - here
        return self.start + start, self.start + end

    def margin(self, text: str, start: int, end: int) -> int | None:
        """How far into its place a text starts; None if its characters are not the place's."""
        source = (self.source or self.text)[start - self.start:end - self.start] if self.exact else ""
        if len(source) == len(text):
            return 0
        return 1 if len(source) == len(text) + 2 and source[0] == source[-1] and source[0] in "'\"" else None
