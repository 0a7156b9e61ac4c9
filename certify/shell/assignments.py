"""The variables that shell text sets, by whatever construct."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from certify.shell.items import Assigned, Lines
from certify.shell.reader import read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A variable that gets a value, and where in the text (line and column count from 0).

    ``value`` holds fold.UNKNOWN for what only running would tell, and nothing for what it had before.
    """

    name: str
    value: str
    line: int
    column: int
    length: int
    how: str


def assignments(text: str, known: Mapping[str, str] | None = None) -> Iterator[Assignment]:
    """Every assignment of a text whose name can be told, in order, each place once for each name."""
    lines, seen = Lines(text), set[tuple[str, int, int, bool]]()
    for item in read(text, known):
        if not isinstance(item, Assigned):
            continue
        identity = (item.name, item.start, item.end, bool(item.value))
        if identity not in seen:
            seen.add(identity)
            line, column, length = lines.place(item.start, item.end)
            yield Assignment(name=item.name, value=item.value, line=line, column=column, length=length,
                             how=item.how)
