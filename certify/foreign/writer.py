"""Write a tar that sqfstar 4.5 reads: whatever the layers were, this is well-formed.

In GNU's dialect, whose long names are plain bytes; sqfstar says something of each name in pax that is not UTF-8.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from certify.foreign import headers
from certify.foreign.headers import BLOCK

if TYPE_CHECKING:
    from certify.foreign.headers import Attributes

END: Final = bytes(2 * BLOCK)

_FIELD: Final = 100     # bytes of a name or link in a header
_LONG: Final = b"././@LongLink"
_NOBODY: Final = headers.Attributes(0, 0, 0, 0)


def header(path: bytes, kind: bytes, attributes: Attributes, *, size: int = 0, link: bytes = b"") -> bytes:
    """The blocks before an entry's data."""
    before = b""
    if attributes.capability is not None:
        before += _extension(headers.PAX, _record(headers.CAPABILITY.encode(), attributes.capability))
    if len(link) > _FIELD:
        before += _extension(headers.LONG_LINK, link + b"\0")
    if len(path) > _FIELD:
        before += _extension(headers.LONG_NAME, path + b"\0")
    return before + _block(path, kind, attributes, size, link)


def padding(size: int) -> bytes:
    """What follows data of a size."""
    return bytes(-size % BLOCK)


def _extension(kind: bytes, data: bytes) -> bytes:
    return _block(_LONG, kind, _NOBODY, len(data), b"") + data + padding(len(data))


def _record(keyword: bytes, value: bytes) -> bytes:
    """A pax record, whose length counts its own digits."""
    length = len(keyword) + len(value) + 3
    while len(str(length)) + len(keyword) + len(value) + 3 != length:
        length = len(str(length)) + len(keyword) + len(value) + 3
    return b"%d %s=%s\n" % (length, keyword, value)


def _block(path: bytes, kind: bytes, attributes: Attributes, size: int, link: bytes) -> bytes:
    major, minor = attributes.device
    block = b"".join((
        path[:_FIELD].ljust(_FIELD, b"\0"), _number(attributes.mode, 8), _number(attributes.uid, 8), _number(attributes.gid, 8),
        _number(size, 12), _number(attributes.mtime, 12), b" " * 8, kind, link[:_FIELD].ljust(_FIELD, b"\0"), b"ustar  \0",
        bytes(64), _number(major, 8), _number(minor, 8), bytes(167)))
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


def _number(number: int, width: int) -> bytes:
    if number < 1 << 3 * (width - 1):
        return b"%0*o\0" % (width - 1, number)
    return b"\x80" + number.to_bytes(width - 1, "big")
