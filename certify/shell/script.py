"""A piece of shell text that is read, and its place in the whole."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Script:
    """A text and its place in the outermost one; ``exact`` if a character here is a character there."""

    text: str
    start: int
    end: int
    exact: bool

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where a stretch of this text stands in the outermost one."""
        return (self.start + start, self.start + end) if self.exact else (self.start, self.end)

    def margin(self, text: str, start: int, end: int) -> int | None:
        """How far into its place a text starts; None if its characters are not the place's."""
        source = self.text[start - self.start:end - self.start] if self.exact else ""
        if len(source) == len(text):
            return 0
        return 1 if len(source) == len(text) + 2 and source[0] == source[-1] and source[0] in "'\"" else None
