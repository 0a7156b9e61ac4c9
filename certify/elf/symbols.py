"""Whether an ELF file defines or needs certain symbols: those of its dynamic table, and of the full one if it has one.

The tables of a large program have a million symbols. So the names are first looked for in the tables of strings, which is
one search through bytes; only where one occurs are the symbols gone through.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

from certify.elf.reader import dynamic_of, header_of, offset_of
from certify.elf.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.elf.reader import Header

_SYMTAB, _DYNSYM = 2, 11
_MAX_SECTIONS: Final = 1 << 16
_MAX_TABLE: Final = 64 << 20        # bytes of symbols, and of strings, that are looked into
_MAX_TABLES: Final = 4              # a file has one of each kind
_MAX_PLACES: Final = 4096           # of one name in a table of strings: it may end others, as MPI_Init does PMPI_Init
_DT_STRTAB, _DT_SYMTAB, _DT_STRSZ = 5, 6, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class _Symbols:
    """Where a table of symbols and its strings lie: offsets and sizes in bytes."""

    start: int
    size: int
    names: int
    names_size: int


def symbols(file: IO[bytes], size: int, names: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Of these names those that it defines, and those that it needs from elsewhere. None if it is no ELF."""
    source = Source(file.fileno(), size, head=4096)
    header = header_of(source)
    defined: set[str] = set()
    undefined: set[str] = set()
    for table in _tables(source, header) if header else ():
        for name, section in _matches(source, header, table, names) if header else ():
            (defined if section else undefined).add(name)
    return frozenset(defined), frozenset(undefined - defined)


def _tables(source: Source, header: Header) -> list[_Symbols]:
    return list(_of_sections(source, header))[:_MAX_TABLES] or list(_of_dynamic(source, header))


def _of_sections(source: Source, header: Header) -> Iterator[_Symbols]:
    head = source.get(0, 64)
    if len(head) < 64:
        return
    wide = header.bits == 64
    start, = struct.unpack_from(header.order + ("Q" if wide else "I"), head, 40 if wide else 32)
    step, count = struct.unpack_from(f"{header.order}HH", head, 58 if wide else 46)
    form = struct.Struct(header.order + ("IIQQQQIIQQ" if wide else "IIIIIIIIII"))
    if step != form.size:
        return
    data = source.get(start, min(count, _MAX_SECTIONS) * step)
    sections = list(form.iter_unpack(data[:len(data) // step * step]))
    for section in sections:
        if section[1] in (_SYMTAB, _DYNSYM) and section[6] < len(sections):
            names = sections[section[6]]
            yield _Symbols(start=section[4], size=section[5], names=names[4], names_size=names[5])


def _of_dynamic(source: Source, header: Header) -> Iterator[_Symbols]:
    """Without sections nothing tells how many symbols there are; but every linker puts their names right behind them."""
    dynamic = dynamic_of(source, header)
    if _DT_SYMTAB in dynamic and _DT_STRTAB in dynamic:
        start, names = offset_of(header, dynamic[_DT_SYMTAB][0]), offset_of(header, dynamic[_DT_STRTAB][0])
        if start is not None and names is not None and start < names:
            yield _Symbols(start=start, size=names - start, names=names, names_size=dynamic.get(_DT_STRSZ, [0])[0])


def _matches(source: Source, header: Header, table: _Symbols, names: frozenset[str]) -> Iterator[tuple[str, int]]:
    """Each symbol of one of the names, with the number of the section that defines it: 0 if none does."""
    places = _places(source.get(table.names, min(table.names_size, _MAX_TABLE)), names)
    if not places:
        return
    wide = header.bits == 64
    form = struct.Struct(header.order + ("IBBHQQ" if wide else "IIIBBH"))
    data = source.get(table.start, min(table.size, _MAX_TABLE))
    for values in form.iter_unpack(data[:len(data) // form.size * form.size]):
        if values[0] in places:
            yield places[values[0]], values[3] if wide else values[5]


def _places(strings: bytes, names: frozenset[str]) -> dict[int, str]:
    found: dict[int, str] = {}
    for name in names:
        wanted, at = name.encode("utf-8", "surrogateescape") + b"\0", -1
        for _ in range(_MAX_PLACES):
            at = strings.find(wanted, at + 1)
            if at < 0:
                break
            found[at] = name
    return found
