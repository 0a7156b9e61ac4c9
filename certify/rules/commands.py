"""The simple commands of a script, read once for all the rules that want them.

The text starts with HOME=/root, as the builder does, so that ``$HOME/x`` is known to be below /root.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from certify.patterns import pattern
from certify.rules.hit import Hit, Stretch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.rules.subject import Script
    from certify.shell.destinations import Destination
    from certify.shell.items import Assigned, Command, Item, Lines

HOME = "/root"
MAX_KEPT = 150_000          # characters of text whose readings are kept: more than a file has that people write
REACH = 400                 # characters before and after a command that are looked at

_PIPE = pattern(r"(?:\d?>&\d|[^;&|\n)])*\|&?\s*"
                   r"(?:(?:sudo|env|exec|command)\s+(?:-\S+\s+)*)*(?:\S*/)?([\w.+-]+)")
_REST = pattern(r"(?:\d?>&\d|[^;&|\n)])*")
_BETWEEN = pattern(r"\\\n")

Known = tuple[tuple[str, str], ...]
_Read = TypeVar("_Read")


class Simple(NamedTuple):
    """A simple command: its name without folder, its other words as text, and where all of it stands."""

    script: Script
    command: Command
    lines: Lines
    name: str
    words: tuple[str, ...]

    @property
    def start(self) -> int:
        """Where the command's name starts in the text, after sudo and its like."""
        return self.command.words[0].start

    @property
    def before(self) -> str:
        """The text before the command, as far back as one command reaches."""
        return self.script.text[max(0, self.start - REACH):self.start]

    @property
    def rest(self) -> str:
        """What stands after the words up to the end of the command: redirections."""
        found = _REST.match(self._after())
        return found[0] if found else ""

    @property
    def piped_into(self) -> str:
        """The name of the program that reads this command's output through a pipe, or nothing."""
        found = _PIPE.match(self._after())
        return found[1] if found else ""

    def operands(self) -> list[str]:
        """The words that are no options."""
        return [word for word in self.words if not word.startswith("-")]

    def has(self, *options: str) -> bool:
        """Whether one of the options is given, alone or with ``=value``."""
        return any(word == option or word.startswith(option + "=") for word in self.words for option in options)

    def hit(self, message: str, advice: str, *, word: int | None = None, weaker: bool = False) -> Hit:
        """A hit at the command, or at one of its words (0 is the first after the name)."""
        words = self.command.words
        first, last = (words[0], words[-1]) if word is None else (words[word + 1], words[word + 1])
        return at(self.script, self.lines, first.start, last.end, message, advice, weaker=weaker)

    def _after(self) -> str:
        end = self.command.words[-1].end
        return _BETWEEN.sub("  ", self.script.text[end:end + REACH])


class Reading(NamedTuple):
    """What a script says: its commands, assignments and redirections in order.

    ``commands`` are the commands among them, with their names and other words as text.
    """

    items: tuple[Item, ...]
    commands: tuple[tuple[Command, str, tuple[str, ...]], ...]
    lines: Lines


def at(script: Script, lines: Lines, start: int, end: int, message: str, advice: str, *, weaker: bool = False) -> Hit:
    """A hit on a stretch of a script's text; a weaker one weighs one degree less than its rule."""
    line, column, length = lines.place(start, end)
    return Hit(route=script.route, message=message, help=advice, shipped=script.shipped, weaker=weaker,
               within=Stretch(line=line, column=column, length=length))


def commands(script: Script, trace: re.Pattern[str]) -> Iterator[Simple]:
    """The commands in order; a text without the ``trace`` is not read at all."""
    if trace.search(script.text) is None:
        return
    reading = reading_of(script)
    for command, name, words in reading.commands:
        yield Simple(script, command, reading.lines, name, words)


def assigned(script: Script, trace: re.Pattern[str]) -> Iterator[tuple[Assigned, Lines]]:
    """The variables that a text sets; a text without the ``trace`` is not read at all."""
    if trace.search(script.text) is None:
        return
    from certify.shell.items import Assigned

    reading = reading_of(script)
    for item in reading.items:
        if isinstance(item, Assigned):
            yield item, reading.lines


def reading_of(script: Script) -> Reading:
    """All items of a script, from the readings kept or anew."""
    known = _known(script)
    kept = _readings.get((script.text, known))
    if kept is None:
        from certify.shell.items import Command, Lines  # the reader, and tree-sitter, only now
        from certify.shell.reader import read

        items = tuple(read(script.text, dict(known)))
        plain = tuple((one, one.name, tuple(word.value for word in one.words[1:])) for one in items if isinstance(one, Command))
        kept = Reading(items=items, commands=plain, lines=Lines(script.text))
        _readings.keep((script.text, known), kept)
    return kept


def destinations_of(script: Script) -> tuple[Destination, ...]:
    """Every path that a script installs or writes to."""
    known = _known(script)
    kept = _destinations.get((script.text, known))
    if kept is None:
        from certify.shell.destinations import destinations

        kept = tuple(destinations(script.text, dict(known)))
        _destinations.keep((script.text, known), kept)
    return kept


class _Kept(dict[tuple[str, Known], _Read]):
    """What was read of texts. Rules come one after the other over the same scripts: it must cover one whole file."""

    size = 0        # characters of the texts

    def keep(self, key: tuple[str, Known], value: _Read) -> None:
        if self.size > MAX_KEPT:
            self.clear()
            self.size = 0
        self[key] = value
        self.size += len(key[0])


_readings: _Kept[Reading] = _Kept()
_destinations: _Kept[tuple[Destination, ...]] = _Kept()


def known_of(script: Script) -> dict[str, str]:
    """The environment that a text starts with, the same for all rules, so that it is read once.

    LD_LIBRARY_PATH counts as empty: what it has already is the business of the place that sets it.
    """
    start = {"PWD": script.folder} if script.folder else {}
    return {"HOME": HOME, **start, **script.known, "LD_LIBRARY_PATH": ""}


def _known(script: Script) -> Known:
    return tuple(sorted(known_of(script).items()))

