"""Reads what the loader reads of an ELF file: its program headers and its dynamic section (gABI chapters 4 and 5; elf(5)).

The file is hostile: every count, offset and size in it may be a lie. Nothing is believed before it was compared with the
file's size, everything is bounded, and what is wrong becomes a word in ``faults``, never an exception.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

from certify.elf.source import Source, Strings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MACHINES: Final = {3: "i386", 8: "mips", 20: "ppc", 21: "ppc64", 22: "s390x", 40: "arm", 62: "x86_64", 183: "aarch64",
                    243: "riscv64", 258: "loongarch64"}
_KINDS: Final = {1: "object", 2: "executable", 3: "shared", 4: "core"}
_HEAD: Final = 4096             # bytes read at once: nearly always the header, its table and the interpreter's name
_MAX_SEGMENTS: Final = 1170     # the kernel reads no table above 64 KiB (load_elf_phdrs)
_MAX_DYNAMIC: Final = 1 << 18   # bytes; the longest found in a distribution have some kilobytes
_MAX_NEEDED: Final = 4096

_LOAD, _DYNAMIC, _INTERP, _STACK = 1, 2, 3, 0x6474e551
_NEEDED, _STRTAB, _STRSZ, _SONAME, _RPATH, _TEXTREL, _RUNPATH = 1, 5, 10, 14, 15, 22, 29
_FLAGS, _FLAGS_1 = 30, 0x6ffffffb
_DF_TEXTREL, _DF_1_NODEFLIB, _DF_1_PIE = 0x4, 0x800, 0x8000000


@dataclass(frozen=True, slots=True, kw_only=True)
class Elf:
    """What one ELF file says of itself. Names are bytes of the file (``os.fsdecode``), paths as they are written.

    ``machine`` is a kernel's name for it (``x86_64``, ``ppc64le``), else ``machine-<number>``; ``bits`` 32 or 64; ``kind``
    one of executable, shared, object, core and other. ``pie`` marks a program among the shared ones, ``no_default_paths``
    (DF_1_NODEFLIB) one that wants nothing of the default folders. ``faults`` are what is wrong with it, in words.
    """

    machine: str
    bits: int
    kind: str
    interpreter: str | None = None
    needed: tuple[str, ...] = ()
    soname: str | None = None
    rpath: str | None = None
    runpath: str | None = None
    executable_stack: bool = False
    text_relocations: bool = False
    dynamic: bool = False
    pie: bool = False
    no_default_paths: bool = False
    faults: tuple[str, ...] = ()

    @property
    def program(self) -> bool:
        """Whether the kernel starts it: not the C library, which has an interpreter and a soname as well."""
        return self.kind == "executable" or self.pie or (self.interpreter is not None and self.soname is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One program header: offsets and sizes in bytes."""

    kind: int
    flags: int
    offset: int
    address: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The file header, decoded: ``order`` is struct's sign for the byte order."""

    order: str
    bits: int
    machine: str
    kind: str
    segments: tuple[Segment, ...]


def read(file: IO[bytes], size: int) -> Elf | None:
    """What the file of that size (bytes) says; None if it is no ELF. Reads at most some hundred kilobytes."""
    source = Source(file.fileno(), size, head=_HEAD)
    header = header_of(source)
    if header is None:
        return None
    dynamic = dynamic_of(source, header)
    strings = strings_of(source, header, dynamic)
    flags_1 = _value(dynamic, _FLAGS_1)
    return Elf(
        machine=header.machine, bits=header.bits, kind=header.kind, dynamic=bool(dynamic),
        interpreter=_interpreter(source, header),
        needed=tuple(strings.at(offset) for offset in dynamic.get(_NEEDED, ())[:_MAX_NEEDED]) if dynamic else (),
        soname=_string(strings, dynamic, _SONAME), rpath=_string(strings, dynamic, _RPATH),
        runpath=_string(strings, dynamic, _RUNPATH),
        executable_stack=any(one.kind == _STACK and one.flags & 1 for one in header.segments),
        text_relocations=_TEXTREL in dynamic or bool(_value(dynamic, _FLAGS) & _DF_TEXTREL),
        pie=bool(flags_1 & _DF_1_PIE), no_default_paths=bool(flags_1 & _DF_1_NODEFLIB), faults=tuple(source.faults))


def header_of(source: Source) -> Header | None:
    """The header and its table of segments; None if it is no ELF."""
    head = source.get(0, 64)
    if head[:4] != b"\x7fELF" or len(head) < 20:
        return None
    bits, order = {1: 32, 2: 64}.get(head[4], 0), {1: "<", 2: ">"}.get(head[5], "")
    if not bits or not order:
        source.fault("its class or byte order is unknown")
        return Header(order="<", bits=64, machine="unknown", kind="other", segments=())
    kind, machine = struct.unpack_from(f"{order}HH", head, 16)
    found = Header(order=order, bits=bits, machine=_machine(machine, order), kind=_KINDS.get(kind, "other"), segments=())
    if len(head) < (64 if bits == 64 else 52):
        source.fault("its header is cut off")
        return found
    return Header(order=order, bits=bits, machine=found.machine, kind=found.kind, segments=tuple(_segments(source, found, head)))


def dynamic_of(source: Source, header: Header) -> Mapping[int, list[int]]:
    """The values of the dynamic section by tag, in their order; empty if there is none."""
    segment = next((one for one in header.segments if one.kind == _DYNAMIC and one.size), None)
    if segment is None:
        return {}
    if segment.size > _MAX_DYNAMIC:
        source.fault("its dynamic section is larger than any real one")
    data = source.get(segment.offset, min(segment.size, _MAX_DYNAMIC))
    if len(data) < min(segment.size, _MAX_DYNAMIC):
        source.fault("its dynamic section lies outside the file")
    step, form = (16, "qQ") if header.bits == 64 else (8, "iI")
    found: dict[int, list[int]] = {}
    for tag, value in struct.iter_unpack(header.order + form, data[:len(data) // step * step]):
        if tag == 0:
            break
        found.setdefault(tag, []).append(value)
    return found


def strings_of(source: Source, header: Header, dynamic: Mapping[int, list[int]]) -> Strings:
    """The dynamic section's table of strings."""
    address = dynamic.get(_STRTAB)
    start = offset_of(header, address[0]) if address else None
    if dynamic and start is None:
        source.fault("its table of strings is nowhere in the file")
    return Strings(source, start, _value(dynamic, _STRSZ))


def offset_of(header: Header, address: int) -> int | None:
    """Where in the file an address of the loaded program lies; None if nowhere."""
    return next((address - one.address + one.offset for one in header.segments
                 if one.kind == _LOAD and one.address <= address < one.address + one.size), None)


def _machine(number: int, order: str) -> str:
    name = _MACHINES.get(number, f"machine-{number}")
    return "ppc64le" if name == "ppc64" and order == "<" else name


def _segments(source: Source, header: Header, head: bytes) -> Iterator[Segment]:
    offset, = struct.unpack_from(f"{header.order}{'Q' if header.bits == 64 else 'I'}", head, 32 if header.bits == 64 else 28)
    size, count = struct.unpack_from(f"{header.order}HH", head, 54 if header.bits == 64 else 42)
    form = struct.Struct(header.order + ("IIQQQQQQ" if header.bits == 64 else "IIIIIIII"))
    if count and size != form.size:
        source.fault("its program headers have a wrong size")
        return
    if count > _MAX_SEGMENTS:
        source.fault(f"it has {count} program headers, more than the kernel reads")
    wanted = min(count, _MAX_SEGMENTS) * size
    data = source.get(offset, wanted)
    if len(data) < wanted:
        source.fault("its program headers lie outside the file")
    for values in form.iter_unpack(data[:len(data) // form.size * form.size]):
        if header.bits == 64:
            kind, flags, place, address, _, length, _, _ = values
        else:
            kind, place, address, _, length, _, flags, _ = values
        yield Segment(kind=kind, flags=flags, offset=place, address=address, size=length)


def _interpreter(source: Source, header: Header) -> str | None:
    segment = next((one for one in header.segments if one.kind == _INTERP and one.size), None)
    if segment is None:
        return None
    data = source.get(segment.offset, min(segment.size, 4096))
    if not data:
        source.fault("its interpreter's name lies outside the file")
    return os.fsdecode(data.partition(b"\0")[0])


def _value(dynamic: Mapping[int, list[int]], tag: int) -> int:
    return dynamic[tag][-1] if tag in dynamic else 0


def _string(strings: Strings, dynamic: Mapping[int, list[int]], tag: int) -> str | None:
    return strings.at(dynamic[tag][-1]) if tag in dynamic else None
