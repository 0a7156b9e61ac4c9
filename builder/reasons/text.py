"""What differs between two texts, or the texts in two binaries: an order, a date, a path, something random."""

from __future__ import annotations

import os
import re
from typing import IO, Final

from builder.reasons.fields import at

_LIMIT: Final = 8 << 20     # larger files are not read into memory

_TIME = rb"\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?"
_MONTH = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"
_DAY = rb"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},? {1,2})?"
_ZONE = rb"(?: ?(?:[AP]M|UTC|GMT|Z|[+-]\d\d:?\d\d)){0,2}"
_DATE = (rb"\b\d{4}[-/]\d\d[-/]\d\d(?:[T_ ]{1,2}" + _TIME + _ZONE + rb")?|"
         + _DAY + rb"\b\d{1,2} " + _MONTH + rb" \d{4}(?: " + _TIME + _ZONE + rb")?|"
         + _DAY + rb"\b" + _MONTH + rb" {1,2}\d{1,2},?(?: " + _TIME + _ZONE + rb")?(?: \d{4}\b)?|"
         + rb"\b" + _TIME + _ZONE)

# In this order: what is taken for the one is not looked at for the next. Each: what it is, its pattern, the cure.
_KINDS: Final = (
    ("a date or time", _DATE, "write SOURCE_DATE_EPOCH's date instead of now"),
    ("a random id (UUID)", rb"(?i:\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b)",
     "give it a fixed one, or delete the file"),
    ("an id of 32 hexadecimal digits, as a machine-id has", rb"\b[0-9a-f]{32}\b", "give it a fixed one, or delete the file"),
    ("the name of a temporary file", rb"(?:/var)?/tmp/[\w.+-]{1,200}|\btmp[a-z0-9_.]{6,14}\b",
     "work in a folder with a fixed name"),
    ("an address in memory", rb"\b0x[0-9a-f]{6,16}\b", "do not write object addresses"),
    ("a number of seconds since 1970", rb"\b1[0-9]{9}(?:\.\d{1,9})?\b", "write SOURCE_DATE_EPOCH instead of now"),
)
_PATH: Final = re.compile(rb"/[\w.+@~-]{1,255}(?:/[\w.+@~-]{1,255}){0,60}/?")


def told(first: IO[bytes], second: IO[bytes]) -> str | None:
    """What alone makes two contents differ; None if it is not one of the things that are known."""
    if max(os.fstat(stream.fileno()).st_size for stream in (first, second)) > _LIMIT:
        return None
    one, other = at(first, 0, _LIMIT), at(second, 0, _LIMIT)
    lines, others = one.split(b"\n"), other.split(b"\n")
    if b"\0" not in one and sorted(lines) == sorted(others):
        return "only the order of the same lines: sort the list"
    return _kinds(one, other) or _path(one, other)


def _kinds(one: bytes, other: bytes) -> str | None:
    """The fewest kinds of text that must be taken out of both to make them equal: one, or as many as are needed in order."""
    for kind in _KINDS:
        if _without(one, kind[1]) == _without(other, kind[1]):
            return f"only {kind[0]}: {kind[2]}"
    needed = []
    for name, pattern, cure in _KINDS:
        if re.findall(pattern, one) != re.findall(pattern, other):
            needed.append((name, cure))
            one, other = _without(one, pattern), _without(other, pattern)
    if one != other:
        return None
    return f"only {', '.join(name for name, _ in needed)}: " + "; ".join(dict.fromkeys(cure for _, cure in needed))


def _without(data: bytes, pattern: bytes) -> bytes:
    return re.sub(pattern, b"\x1a", data)


def _path(one: bytes, other: bytes) -> str | None:
    """Whether the one is the other with one folder's path in the place of another's."""
    place = next((index for index, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), 0)
    paths = [_path_at(data, place) for data in (one, other)]
    if not all(paths):
        return None
    folders = _folders(paths[0].rstrip(b"/").split(b"/"), paths[1].rstrip(b"/").split(b"/"))
    if not all(folders) or one.replace(folders[0], folders[1]) != other:
        return None
    named = " and ".join(folder.decode("utf-8", "replace") for folder in folders)
    return f"only a path ({named}): build in a folder with a fixed name, or pass -ffile-prefix-map"


def _path_at(data: bytes, place: int) -> bytes:
    start = max(0, place - 4096)
    paths = _PATH.finditer(data, start, place + 4096)
    return next((found.group() for found in paths if found.start() <= place <= found.end()), b"")


def _folders(one: list[bytes], other: list[bytes]) -> tuple[bytes, bytes]:
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    return b"/".join(one), b"/".join(other)
