"""What the blocks of a tar say, in the three dialects that are in use: ustar, GNU's and pax.

The blocks are hostile. Everything is checked before it is believed, and the errors are Faults that say what is wrong.
Sources: POSIX.1-2017, pax, "Extended Description"; GNU tar's manual, "Basic Tar Format" and "Storing Sparse Files".
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn

from builder.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

BLOCK: Final = 512
FILE, HARD, LINK, CHARACTER, DEVICE, FOLDER, FIFO = b"0", b"1", b"2", b"3", b"4", b"5", b"6"
KINDS: Final = frozenset((FILE, HARD, LINK, CHARACTER, DEVICE, FOLDER, FIFO))
SPARSE, LONG_NAME, LONG_LINK, PAX, OLD_PAX, GLOBAL = b"S", b"L", b"K", b"x", b"X", b"g"
EXTENDED: Final = frozenset((LONG_NAME, LONG_LINK, PAX, OLD_PAX, GLOBAL))
CAPABILITY: Final = "SCHILY.xattr.security.capability"      # the one extended attribute that gives a program powers

_CONTIGUOUS, _OLD_FILE = b"7", b"\0"
_MAX_CAPABILITY: Final = 64     # bytes: linux/capability.h has 12, 20 and 24
_MOST: Final = 0xffff_ffff      # of owners and times in a squashfs
_SIGNED: Final = struct.Struct("148b8x356b")


class Header(NamedTuple):
    """One block as it stands: names are bytes as they are written, numbers are as large as they claim."""

    name: bytes
    kind: bytes
    mode: int
    uid: int
    gid: int
    size: int
    mtime: int
    link: bytes
    device: tuple[int, int]


class Attributes(NamedTuple):
    """What a file system knows of an entry beside its name and content. ``mtime`` is in seconds since 1970."""

    mode: int
    uid: int
    gid: int
    mtime: int
    device: tuple[int, int] = (0, 0)
    capability: bytes | None = None


def broken(what: str) -> NoReturn:
    """Raise the Fault of a tar that is none."""
    raise Fault(f"not a whole tar: {what}", hint="copy the image again; is it broken everywhere?")


def parse(block: bytes) -> Header:
    """Read one block; raises Fault if its checksum or a number is wrong."""
    claimed = _number(block[148:156])
    if claimed != sum(block[:148]) + 256 + sum(block[156:]) and claimed != 256 + sum(_SIGNED.unpack(block)):
        broken("the checksum of a header is wrong")
    name, kind = _text(block[:100]), block[156:157]
    if block[257:263] == b"ustar\0" and block[345]:
        name = _text(block[345:500]) + b"/" + name
    if kind in (_CONTIGUOUS, _OLD_FILE):
        kind = FOLDER if kind == _OLD_FILE and name.endswith(b"/") else FILE
    device = (_number(block[329:337]), _number(block[337:345])) if kind in (CHARACTER, DEVICE) else (0, 0)
    return Header(name, kind, _number(block[100:108]), _number(block[108:116]), _number(block[116:124]),
                  _size(_number(block[124:136])), _number(block[136:148]), _text(block[157:257]), device)


def records(data: bytes) -> list[tuple[str, bytes]]:
    """The pairs of a pax header, in their order: sparse maps repeat their keywords."""
    found, place = [], 0
    while place < len(data) and data[place]:
        space = data.find(b" ", place, place + 10)
        length = decimal(data[place:space]) if space > 0 else 0
        end = place + length
        if length < 5 or end > len(data) or data[end - 1] != 0x0a:
            broken("a record of a pax header has a wrong length")
        keyword, equals, value = data[space + 1:end - 1].partition(b"=")
        if not equals:
            broken("a record of a pax header has no value")
        found.append((keyword.decode("utf-8", "replace"), value))
        place = end
    return found


def overlaid(header: Header, pax: Mapping[str, bytes]) -> Header:
    """A header with what its pax header says instead."""
    if not pax:
        return header
    values: dict[str, bytes | int] = {}
    for keyword, field in (("path", "name"), ("GNU.sparse.name", "name"), ("linkpath", "link")):
        if keyword in pax:
            values[field] = pax[keyword]
    for keyword in ("uid", "gid", "size"):
        if keyword in pax:
            values[keyword] = decimal(pax[keyword])
    if "mtime" in pax:
        values["mtime"] = _seconds(pax["mtime"])
    return header._replace(**values)    # type: ignore[arg-type]  # each of its field's type


def attributes(header: Header, pax: Mapping[str, bytes]) -> Attributes:
    """The attributes of an entry, each made to be what a squashfs can hold."""
    capability = pax.get(CAPABILITY)
    if capability is not None and not 0 < len(capability) <= _MAX_CAPABILITY:
        capability = None
    uid, gid, mtime = (min(max(one, 0), _MOST) for one in (header.uid, header.gid, header.mtime))
    return Attributes(header.mode & 0o7777, uid, gid, mtime, _device(*header.device), capability)


def decimal(text: bytes) -> int:
    """A number in decimal digits that is no larger than a file can be; raises Fault."""
    if not text.isdigit() or len(text) > 19:
        broken("a number is none")
    return _size(int(text))


def _size(size: int) -> int:
    if not 0 <= size < 1 << 63:
        broken(f"a size of {size} bytes")
    return size


def _number(field: bytes) -> int:
    if field[0] in (0x80, 0xff):        # GNU: binary, for what octal digits have no room for
        return int.from_bytes(field[1:], "big") - (1 << 8 * (len(field) - 1) if field[0] == 0xff else 0)
    digits = field.partition(b"\0")[0].strip()
    try:
        return int(digits, 8) if digits else 0
    except ValueError:
        broken("a number in a header is none")


def _seconds(text: bytes) -> int:
    """Of a time with a fraction the whole seconds; one before 1970 is 1970."""
    whole = text.partition(b".")[0]
    return 0 if whole.startswith(b"-") else decimal(whole)


def _device(major: int, minor: int) -> tuple[int, int]:
    return min(max(major, 0), 0xfff), min(max(minor, 0), 0xfffff)     # the kernel's 12 and 20 bits


def _text(field: bytes) -> bytes:
    return field.partition(b"\0")[0]
