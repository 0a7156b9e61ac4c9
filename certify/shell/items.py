"""What the reader of shell text tells: commands, assignments, redirections, and where they stand."""

from __future__ import annotations

import bisect
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from certify.shell.fold import Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word of a command: what it may be, and where it stands (offsets in the whole text)."""

    values: Values
    start: int
    end: int

    @property
    def value(self) -> str:
        """What the word is, or the first of what it may be."""
        return self.values[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """A variable that gets a value.

    ``how`` is the construct: plain, prefix, env, for, default, read, printf, or the declaring builtin's name.
    """

    name: str
    value: str
    start: int
    end: int
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A simple command without its wrappers (sudo, env, time, ...), and the assignments before it.

    It is its ``own`` if it calls a function of the text: what that does with its words is known. ``folders`` are where it
    may run, if the text has gone there.
    """

    words: tuple[Word, ...]
    prefix: tuple[Assigned, ...] = ()
    own: bool = False
    folders: Values = ()

    @property
    def name(self) -> str:
        """The command's name without its folder."""
        return self.words[0].value.rpartition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirection:
    """A redirection to or from a file, and the folders that this may be seen from, if the text has gone there."""

    operator: str
    target: Word
    folders: Values = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Text that a command writes into files; ``exact`` if it stands, character by character, at its place."""

    paths: Values
    text: str
    start: int
    end: int
    how: str
    exact: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program in another language that a command runs; ``paths`` are the files that its output goes to."""

    language: str
    text: str
    start: int
    end: int
    exact: bool = False
    paths: Values = ()


Item = Command | Assigned | Redirection
Effect = Item | Written | Program


class Lines:
    """Turns offsets in a text into lines and columns; all count from 0."""

    def __init__(self, text: str) -> None:
        self._lengths = list(map(len, text.splitlines())) or [0]
        whole = map(len, text.splitlines(keepends=True))
        self._starts = [0, *itertools.accumulate(whole)][:len(self._lengths)]

    def place(self, start: int, end: int) -> tuple[int, int, int]:
        """Line, column and length of a stretch; only the first line of one that has more."""
        line = bisect.bisect_right(self._starts, start) - 1
        column = start - self._starts[line]
        return line, column, max(1, min(end - start, self._lengths[line] - column))
