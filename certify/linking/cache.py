"""Reads /etc/ld.so.cache, where ldconfig tells the loader what lies in the folders of ld.so.conf.

The format is the one of glibc's dl-cache.h: ``glibc-ld.so.cache1.1``, alone or behind the older ``ld.so-1.7.0``. The file
comes from an image: counts and offsets are compared with its size, and strings are read when they are asked for.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from certify.checks.tree import ImageTree

PATH: Final = "/etc/ld.so.cache"
_NEW, _OLD = b"glibc-ld.so.cache1.1", b"ld.so-1.7.0"
_HEADER, _ENTRY, _OLD_ENTRY = 48, struct.Struct("<iIIIQ"), struct.Struct("<iII")
_EXTENSIONS, _HWCAPS_TAG = 0xEAA42174, 1
_NAMED: Final = 1 << 62         # the entry's hwcap is the number of a glibc-hwcaps folder
_MAX_FILE: Final = 8 << 20      # bytes: a distribution with everything installed has some hundred kilobytes
_MAX_ENTRIES: Final = 1 << 16
_MAX_NAME, _MAX_PATH = 256, 4096
_MAX_HWCAPS: Final = 64

# The part of an entry's flags that tells the kind of machine (ldconfig.h); 3 alone is what i386 writes.
_FLAGS: Final = {("x86_64", 64): 0x0303, ("x86_64", 32): 0x0803, ("i386", 32): 0x0003, ("aarch64", 64): 0x0A03,
                 ("ppc64le", 64): 0x0503, ("ppc64", 64): 0x0503, ("s390x", 64): 0x0403, ("riscv64", 64): 0x1003}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    flags: int
    place: int      # of the path, in the table
    level: int      # number of its glibc-hwcaps folder, -1 for none


@dataclass(frozen=True, slots=True, kw_only=True)
class Cache:
    """A cache, by the name of a library. ``fault`` is what is wrong with it, if anything."""

    data: bytes = b""
    entries: dict[str, list[_Entry]] = field(default_factory=dict)
    levels: tuple[str, ...] = ()
    fault: str | None = None

    def lookup(self, name: str, machine: str, bits: int, levels: Sequence[str] = ()) -> str | None:
        """The path that the loader of such a machine gets; of several, the one of the first of ``levels`` (hwcaps)."""
        wanted = _FLAGS.get((machine, bits))
        mine = [one for one in self.entries.get(name, ()) if wanted is None or one.flags == wanted]
        best = min(mine, key=lambda one: self._rank(one, levels), default=None)
        if best is None or self._rank(best, levels) > len(levels):
            return None
        return _string(self.data, best.place, _MAX_PATH)

    def names(self) -> frozenset[str]:
        """Every name that it knows."""
        return frozenset(self.entries)

    def _rank(self, entry: _Entry, levels: Sequence[str]) -> int:
        if entry.level < 0:
            return len(levels)
        name = self.levels[entry.level] if entry.level < len(self.levels) else ""
        return levels.index(name) if name in levels else len(levels) + 1


def cache_of(image: ImageTree) -> Cache | None:
    """The image's cache; None if it has none."""
    place = image.resolve(PATH)
    status = image.entries.get(place) if place else None
    if place is None or status is None:
        return None
    return parse(image.head(place, min(status.st_size, _MAX_FILE)))


def parse(data: bytes) -> Cache:
    """A cache from its bytes, which may be anything."""
    start = _start(data)
    data = data[start:]
    if not data.startswith(_NEW) or len(data) < _HEADER:
        return Cache(fault="it is no cache of glibc's current format")
    count, extension = (int.from_bytes(data[at:at + 4], "little") for at in (20, 32))
    end = _HEADER + min(count, _MAX_ENTRIES) * _ENTRY.size
    fault = "it names more entries than it holds" if _HEADER + count * _ENTRY.size > len(data) or count > _MAX_ENTRIES else None
    found: dict[str, list[_Entry]] = {}
    for entry in _ENTRY.iter_unpack(data[_HEADER:min(end, len(data) - (len(data) - _HEADER) % _ENTRY.size)]):
        _enter(found, data, entry)
    return Cache(data=data, entries=found, levels=tuple(_levels(data, extension)), fault=fault)


def _start(data: bytes) -> int:
    """Where the current format begins: behind the older table, if there is one."""
    if not data.startswith(_OLD) or len(data) < 16:
        return 0
    count = int.from_bytes(data[12:16], "little")
    return (16 + count * _OLD_ENTRY.size + 7) & ~7


def _enter(found: dict[str, list[_Entry]], data: bytes, entry: tuple[int, int, int, int, int]) -> None:
    flags, name, place, _, hwcap = entry
    if hwcap & _NAMED:
        level = hwcap & 0xFFFFFFFF
    elif hwcap:
        return      # of the older kind of hwcap folders, which glibc gave up in 2.37
    else:
        level = -1
    text = _string(data, name, _MAX_NAME)
    if text:
        found.setdefault(text, []).append(_Entry(flags=flags, place=place, level=level))


def _levels(data: bytes, start: int) -> Iterator[str]:
    """The names of the glibc-hwcaps folders, which stand in an extension behind the strings."""
    if not _HEADER <= start <= len(data) - 8:
        return
    magic, count = struct.unpack_from("<II", data, start)
    if magic != _EXTENSIONS:
        return
    for number in range(min(count, 16)):
        section = data[start + 8 + 16 * number:start + 24 + 16 * number]
        tag, _, place, size = struct.unpack("<IIII", section) if len(section) == 16 else (0, 0, 0, 0)
        if tag == _HWCAPS_TAG:
            table = data[place:place + min(size, 4 * _MAX_HWCAPS)]
            yield from (_string(data, name, _MAX_NAME) for name, in struct.iter_unpack("<I", table[:len(table) // 4 * 4]))


def _string(data: bytes, start: int, limit: int) -> str:
    end = data.find(b"\0", start, start + limit)
    return os.fsdecode(data[start:end]) if 0 <= start < len(data) and end >= 0 else ""
