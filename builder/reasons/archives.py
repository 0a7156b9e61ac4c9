"""The times that archives, compressed files and Python's bytecode carry: where they stand in each."""

from __future__ import annotations

import os
import struct
from typing import IO, TYPE_CHECKING, Final

from builder.reasons.fields import Field, at

if TYPE_CHECKING:
    from collections.abc import Iterator

_PAX_MOST: Final = 1 << 20
_UNIX_TIMES: Final = (0x5455, 0x5855, 0x000A)   # the extra fields of a zip that hold times: UT, UX, NTFS
_ZIP_TAIL: Final = 22 + 65_535                  # the record at a zip's end, and the longest comment


def gzip(stream: IO[bytes]) -> Iterator[Field]:
    """The time in the header."""
    if at(stream, 0, 3) == b"\x1f\x8b\x08":
        yield Field(4, 8, "the time in the gzip header", "use gzip -n")


def ar(stream: IO[bytes]) -> Iterator[Field]:
    """Time, owner and group of each member."""
    place = 8
    if at(stream, 0, 8) != b"!<arch>\n":
        return
    while len(header := at(stream, place, place + 60)) == 60 and header[58:] == b"`\n":
        yield Field(place + 16, place + 28, "the time of an ar member", "use ar D (deterministic)")
        yield Field(place + 28, place + 40, "the owner of an ar member", "use ar D (deterministic)")
        size = _number(header[48:58], 10)
        if size is None:
            return
        place += 60 + size + size % 2


def tar(stream: IO[bytes]) -> Iterator[Field]:
    """Time and owner of each member, and the checksum that follows from them."""
    place = 0
    while len(header := at(stream, place, place + 512)) == 512 and header[257:262] == b"ustar":
        yield Field(place + 108, place + 124, "the owner of a tar member", "use tar --owner=0 --group=0 --numeric-owner")
        yield Field(place + 136, place + 148, "the time of a tar member", "use tar --mtime=@$SOURCE_DATE_EPOCH")
        yield Field(place + 148, place + 156)
        yield Field(place + 265, place + 329, "the owner's name of a tar member", "use tar --owner=0 --group=0 --numeric-owner")
        size = _number(header[124:136], 8)
        if size is None:
            return
        if header[156:157] in b"xg":
            yield from _pax(at(stream, place + 512, place + 512 + min(size, _PAX_MOST)), place + 512)
        place += 512 + (size + 511) // 512 * 512


def _pax(records: bytes, place: int) -> Iterator[Field]:
    start = 0
    while (space := records.find(b" ", start, start + 12)) > 0:
        size = _number(records[start:space], 10)
        if not size:
            return
        name, equals, _ = records[space + 1:start + size].partition(b"=")
        if equals and name in (b"mtime", b"atime", b"ctime"):
            yield Field(place + space + 2 + len(name), place + start + size, f"the {name.decode()} of a tar member",
                        "use tar --mtime=@$SOURCE_DATE_EPOCH --pax-option=delete=atime,delete=ctime")
        start += size


def zip(stream: IO[bytes]) -> Iterator[Field]:  # noqa: A001  (a format, as the others)
    """The time of each member, in its own header and in the directory at the end."""
    size = os.fstat(stream.fileno()).st_size
    start = max(0, size - _ZIP_TAIL)
    tail = at(stream, start, size)
    end = tail.rfind(b"PK\x05\x06")
    if at(stream, 0, 2) != b"PK" or end < 0 or len(tail) < end + 22:
        return
    count, length, place = struct.unpack("<HII", tail[end + 10:end + 20])
    limit = place + length
    for _ in range(count):
        header = at(stream, place, place + 46)
        if len(header) < 46 or header[:4] != b"PK\x01\x02" or place >= limit:
            return
        name, extra, comment = struct.unpack("<HHH", header[28:34])
        yield _zip_time(place + 12)
        yield from _extra(at(stream, place + 46 + name, place + 46 + name + extra), place + 46 + name)
        yield from _local(stream, struct.unpack("<I", header[42:46])[0])
        place += 46 + name + extra + comment


def _local(stream: IO[bytes], place: int) -> Iterator[Field]:
    header = at(stream, place, place + 30)
    if len(header) == 30 and header[:4] == b"PK\x03\x04":
        name, extra = struct.unpack("<HH", header[26:30])
        yield _zip_time(place + 10)
        yield from _extra(at(stream, place + 30 + name, place + 30 + name + extra), place + 30 + name)


def _extra(data: bytes, place: int) -> Iterator[Field]:
    start = 0
    while start + 4 <= len(data):
        kind, size = struct.unpack("<HH", data[start:start + 4])
        if kind in _UNIX_TIMES:
            yield _zip_time(place + start + 4, size)
        start += 4 + size


def _zip_time(place: int, size: int = 4) -> Field:
    return Field(place, place + size, "the time of a zip member", "set the files' times to SOURCE_DATE_EPOCH first; zip -X")


def bytecode(stream: IO[bytes]) -> Iterator[Field]:
    """The time of the source in a .pyc, or its hash."""
    header = at(stream, 0, 16)
    if len(header) < 16 or header[2:4] != b"\r\n":
        return
    cure = "compile with --invalidation-mode unchecked-hash"
    yield Field(0, 4, "the Python version that compiled the bytecode", "compile with the image's own Python")
    yield Field(4, 8, "how the bytecode is bound to its source (by time or by hash)", cure)
    if header[4:8] == bytes(4):
        yield Field(8, 12, "the time of its source in Python's bytecode", cure)
        yield Field(12, 16, "the size of the bytecode's source")
    else:
        yield Field(8, 16, "the hash of its source in Python's bytecode", "the sources differ")


def _number(text: bytes, base: int) -> int | None:
    """A number as headers write it; None if it is none, or more than any file has."""
    if text[:1] == b"\x80":
        number = int.from_bytes(text[1:], "big")
        return number if number < 1 << 60 else None
    digits = text.strip(b" \0")
    return int(digits, base) if digits and digits.isdigit() and (base > 8 or not set(digits) & set(b"89")) else None
