"""What differs between two ELF files: by section."""

from __future__ import annotations

import os
import re
import struct
from collections import Counter
from typing import IO, Final

from builder.reasons.fields import Field, at, same, same_beside

_MAX_SECTIONS: Final = 65_536
_NAMES: Final = 16 << 20        # bytes of section names that are read
_NAME: Final = 256
_NO_BITS: Final = 8             # a section that takes no room in the file
_SHOWN: Final = 5
_RANDOM: Final = re.compile(r"\.[0-9a-f]{8,16}$")

_CURES: Final = (
    (".gnu.lto_", "pass -frandom-seed=<file name>"), (".gnu.debuglto_", "pass -frandom-seed=<file name>"),
    (".note.gnu.build-id", "it follows from all that was linked, debug information too"),
    (".comment", "compile with the same compiler"), (".debug_", "pass -ffile-prefix-map=$PWD=."),
    (".gnu_debuglink", "strip in the same way"),
)

Sections = dict[str, tuple[int, int]]       # by name: start and size in the file


def told(first: IO[bytes], second: IO[bytes]) -> str | None:
    """Which sections differ, with the usual cure where a section has one; None if they are not ELF files, or none does."""
    one, other = sections(first), sections(second)
    if not one or not other:
        return None
    changed = {_general(name) for name in one.keys() ^ other.keys()}
    changed |= {_general(name) for name in one.keys() & other.keys() if not _same_section(first, second, one[name], other[name])}
    if not changed:
        return None
    # These list the sections, so they differ wherever a section has another name or place.
    names = sorted(changed - {".shstrtab", ".strtab", ".symtab"}) or sorted(changed)
    cures = dict.fromkeys(cure for name in names for start, cure in _CURES if name.startswith(start))
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    only = "only " if _only(first, second, one, names) else ""
    return f"{only}{', '.join(names[:_SHOWN])}{more} in an ELF file{': ' + '; '.join(cures) if cures else ''}"


def _only(first: IO[bytes], second: IO[bytes], known: Sections, names: list[str]) -> bool:
    """Whether two files are equal outside these sections."""
    if not known.keys() >= set(names):
        return False
    places = sorted((known[name][0], known[name][0] + known[name][1]) for name in names)
    return same_beside(first, second, [Field(start, end) for start, end in places])


def _general(name: str) -> str:
    """A section's name without the random end that link-time optimisation gives it."""
    return _RANDOM.sub(".<random>", name) if name.startswith((".gnu.lto_", ".gnu.debuglto_")) else name


def _same_section(first: IO[bytes], second: IO[bytes], one: tuple[int, int], other: tuple[int, int]) -> bool:
    if one[1] != other[1]:
        return False
    if one[0] == other[0]:
        return same(first, second, one[0], one[0] + one[1])
    step, end = 1 << 20, one[1]
    return all(at(first, one[0] + place, one[0] + min(place + step, end)) == at(second, other[0] + place,
                                                                                 other[0] + min(place + step, end))
               for place in range(0, end, step))


def sections(stream: IO[bytes]) -> Sections:
    """The sections of an ELF file by name, a number added to a name that comes again; empty if it is none, or broken."""
    head = at(stream, 0, 64)
    if len(head) < 52 or head[:4] != b"\x7fELF" or head[4] not in (1, 2) or head[5] not in (1, 2):
        return {}
    wide, order = head[4] == 2, "<" if head[5] == 1 else ">"
    try:
        table, = struct.unpack_from(f"{order}{'Q' if wide else 'I'}", head, 40 if wide else 32)
        size, count, names = struct.unpack_from(f"{order}HHH", head, 58 if wide else 46)
        headers = [_header(stream, table + number * size, order, wide) for number in range(min(count, _MAX_SECTIONS))]
        texts = at(stream, headers[names][2], headers[names][2] + min(headers[names][3], _NAMES))
    except (struct.error, IndexError, OverflowError, OSError):
        return {}
    seen: Counter[str] = Counter()
    found: Sections = {}
    for place, kind, start, length in headers:
        name = texts[place:place + _NAME].partition(b"\0")[0].decode("ascii", "backslashreplace")
        seen[name] += 1
        found[name if seen[name] == 1 else f"{name}#{seen[name]}"] = (0, 0) if kind == _NO_BITS else (start, length)
    total = os.fstat(stream.fileno()).st_size
    # Sections that lie one over the other would have the same bytes compared again and again.
    fits = all(start + size <= total for start, size in found.values()) and sum(size for _, size in found.values()) <= 2 * total
    return found if fits else {}


def _header(stream: IO[bytes], place: int, order: str, wide: bool) -> tuple[int, int, int, int]:
    """Of a section: the place of its name, its kind, start and size."""
    name, kind, _, _, start, size = struct.unpack(f"{order}II{'QQQQ' if wide else 'IIII'}",
                                                  at(stream, place, place + (40 if wide else 24)))
    return name, kind, start, size
