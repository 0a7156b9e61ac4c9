"""Which versions of symbols an ELF file needs and defines (LSB Core, "Symbol Versioning"): read when asked."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

from certify.elf.reader import dynamic_of, header_of, offset_of, strings_of
from certify.elf.source import Source, Strings
from certify.elf.symbols import symbols

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["defined_versions", "needed_versions", "symbols"]

_VERDEF, _VERNEED = 0x6ffffffc, 0x6ffffffe
_MAX_TABLE: Final = 1 << 18     # bytes; the C library's own has some kilobytes
_MAX_RECORDS: Final = 8192      # in all, whatever the counts in the file say


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """A table of records that point to the next one by a distance in bytes."""

    data: bytes
    order: str
    strings: Strings

    def fields(self, form: str, place: int) -> tuple[int, ...] | None:
        """The fields of a record; None if it is not wholly in the table."""
        shape = self.order + form
        return struct.unpack_from(shape, self.data, place) if place + struct.calcsize(shape) <= len(self.data) else None


def needed_versions(file: IO[bytes], size: int) -> dict[str, frozenset[str]]:
    """The versions that it needs, by the name of the library: ``{"libc.so.6": {"GLIBC_2.34"}}``. Empty if it is no ELF."""
    table = _table(Source(file.fileno(), size, head=4096), _VERNEED)
    found: dict[str, set[str]] = {}
    for library, name in _needs(table) if table else ():
        found.setdefault(library, set()).add(name)
    return {library: frozenset(names) for library, names in found.items()}


def defined_versions(file: IO[bytes], size: int) -> frozenset[str]:
    """The versions that it defines itself; the first one is usually its soname."""
    table = _table(Source(file.fileno(), size, head=4096), _VERDEF)
    return frozenset(_definitions(table)) if table else frozenset()


def _table(source: Source, tag: int) -> _Table | None:
    header = header_of(source)
    dynamic = dynamic_of(source, header) if header else {}
    address = dynamic.get(tag)
    start = offset_of(header, address[0]) if header and address else None
    if header is None or start is None:
        return None
    return _Table(data=source.get(start, min(_MAX_TABLE, max(0, source.size - start))), order=header.order,
                  strings=strings_of(source, header, dynamic))


def _needs(table: _Table) -> Iterator[tuple[str, str]]:
    """Pairs of a library's name and a version: Verneed with its chain of Vernaux."""
    place, left = 0, _MAX_RECORDS
    while left > 0 and (need := table.fields("HHIII", place)) is not None:
        _, count, file, first, onward = need
        library, inner = table.strings.at(file), place + first
        for _ in range(min(count, left)):
            left -= 1
            extra = table.fields("IHHII", inner)
            if extra is None:
                break
            yield library, table.strings.at(extra[3])
            if extra[4] == 0:
                break
            inner += extra[4]
        left, place = left - 1, place + onward
        if onward == 0:
            return


def _definitions(table: _Table) -> Iterator[str]:
    """The names of Verdef records: the first Verdaux of each; the others are the versions it stands upon."""
    place = 0
    for _ in range(_MAX_RECORDS):
        record = table.fields("HHHHIII", place)
        if record is None:
            return
        extra = table.fields("II", place + record[5])
        if extra is not None:
            yield table.strings.at(extra[0])
        if record[6] == 0:
            return
        place += record[6]
