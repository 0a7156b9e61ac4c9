"""Files that have known fields at known places: which fields differ, and whether anything else does."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TypeAlias

    Reader: TypeAlias = Callable[[IO[bytes]], Iterator["Field"]]

_MOST: Final = 200_000          # fields of one file that are looked at
_STEP: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Field:
    """Some bytes of a file: what they are, and the cure if they differ. Those without a name may differ with the others."""

    start: int
    end: int
    name: str = ""
    cure: str = ""


def told(reader: Reader, first: IO[bytes], second: IO[bytes]) -> str | None:
    """Which of a reader's fields differ; None if it knows none that does, or if they lie at other places."""
    known = list(itertools.islice(reader(first), _MOST))
    if not known or known != list(itertools.islice(reader(second), _MOST)):
        return None
    known.sort(key=lambda field: field.start)
    changed = [field for field in known if field.name and at(first, field.start, field.end) != at(second, field.start, field.end)]
    if not changed:
        return None
    counts = {name: len(list(group)) for name, group in itertools.groupby(sorted(field.name for field in changed))}
    names = ", ".join(name if count == 1 else f"{name} ({count} times)" for name, count in counts.items())
    cures = "; ".join(dict.fromkeys(field.cure for field in changed if field.cure))
    more = "" if same_beside(first, second, known) else ", and more"
    return f"{names}{more}{': ' + cures if cures else ''}"


def at(stream: IO[bytes], start: int, end: int) -> bytes:
    """The bytes of a place, fewer where the file ends."""
    stream.seek(start)
    return stream.read(max(0, end - start))


def same_beside(first: IO[bytes], second: IO[bytes], fields: Sequence[Field]) -> bool:
    """Whether two files are equal but for the fields, which are in the order of their places."""
    place = 0
    for field in fields:
        if not same(first, second, place, field.start):
            return False
        place = max(place, field.end)
    return same(first, second, place, None)


def same(first: IO[bytes], second: IO[bytes], start: int, end: int | None) -> bool:
    """Whether two files have the same bytes from one place to another, or to their end."""
    first.seek(start)
    second.seek(start)
    while end is None or start < end:
        size = _STEP if end is None else min(_STEP, end - start)
        one, other = first.read(size), second.read(size)
        if one != other:
            return False
        if not one:
            return True
        start += len(one)
    return True
