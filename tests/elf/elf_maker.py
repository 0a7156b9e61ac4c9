"""Makes small ELF files: shared libraries and programs that the machine's own loader takes, without a compiler's time."""

from __future__ import annotations

import struct

LOADER = "/lib64/ld-linux-x86-64.so.2"
HEADERS = {64: "HHIQQQIHHHHHH", 32: "HHIIIIIHHHHHH"}
SEGMENTS = {64: "IIQQQQQQ", 32: "IIIIIIII"}


class Table:
    """A table of strings that grows."""

    def __init__(self):
        self.data = b"\0"

    def add(self, text):
        place = len(self.data)
        self.data += (text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")) + b"\0"
        return place


def segment(bits, order, kind, flags, place, size, align=1):
    values = (kind, flags, place, place, place, size, size, align) if bits == 64 else (
        kind, place, place, place, size, size, flags, align)
    return struct.pack(order + SEGMENTS[bits], *values)


def elf(needed=(), *, soname=None, rpath=None, runpath=None, interpreter=None, kind=3, machine=62, bits=64, order="<",
        flags_1=0, flags=0, textrel=False, stack=None, dynamic=True):
    """The bytes of a file. ``flags_1`` is DF_1_*, ``stack`` the flags of PT_GNU_STACK."""
    strings = Table()
    tags = [(1, strings.add(name)) for name in needed]
    tags += [(tag, strings.add(text)) for tag, text in ((14, soname), (15, rpath), (29, runpath)) if text is not None]
    tags += [(tag, value) for tag, value in ((0x6ffffffb, flags_1), (30, flags)) if value] + [(22, 0)] * textrel
    wide = bits == 64
    head, part, step = (64, 56, 16) if wide else (52, 32, 8)
    count = 1 + dynamic + 2 * (interpreter is not None) + (stack is not None)
    named = interpreter.encode() + b"\0" if interpreter is not None else b""
    at_name = head + count * part
    at_dynamic = (at_name + len(named) + 15) & ~15
    at_strings = at_dynamic + step * (len(tags) + 5)
    at_symbols = (at_strings + len(strings.data) + 7) & ~7
    tags += [(5, at_strings), (10, len(strings.data)), (6, at_symbols), (11, 24 if wide else 16), (0, 0)]
    end = at_symbols + 24
    parts = [segment(bits, order, 6, 4, head, count * part, 8), segment(bits, order, 3, 4, at_name, len(named))] * bool(named)
    parts.append(segment(bits, order, 1, 6, 0, end, 0x1000))
    if dynamic:
        parts.append(segment(bits, order, 2, 6, at_dynamic, step * len(tags), 8))
    if stack is not None:
        parts.append(segment(bits, order, 0x6474e551, stack, 0, 0, 16))
    magic = b"\x7fELF" + bytes((2 if wide else 1, 1 if order == "<" else 2, 1)) + bytes(9)
    fields = (kind, machine, 1, 0, head, 0, 0, head, part, count, 64 if wide else 40, 0, 0)
    header = magic + struct.pack(order + HEADERS[bits], *fields)
    data = (header + b"".join(parts) + named).ljust(at_dynamic, b"\0")
    data += b"".join(struct.pack(order + ("qQ" if wide else "iI"), tag, value) for tag, value in tags)
    return (data + strings.data).ljust(end, b"\0")


def program(needed=(), **others):
    """A position-independent program."""
    return elf(needed, **{"interpreter": LOADER, "flags_1": 0x8000000, **others})
