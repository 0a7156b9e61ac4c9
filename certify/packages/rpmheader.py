"""The header of an RPM package as the package database stores it: an index of tags, and the data that they point into.

Source: https://rpm-software-management.github.io/rpm/manual/format_header.html. All numbers are big-endian. In the
database a header has no magic: it begins with the number of its tags and the size of its data.
"""

from __future__ import annotations

import enum
import struct
from typing import Final

_START: Final = struct.Struct(">II")
_ENTRY: Final = struct.Struct(">IIII")      # tag, type, offset, count
_TAGS: Final = 0xFFFF                       # rpm's own limit of tags in a header
_TEXT: Final = 4096                         # bytes of a text; what is longer is neither a name nor a path
_INT32, _STRING, _STRINGS, _I18N = 4, 6, 8, 9


class Tag(enum.IntEnum):
    """The tags that are read."""

    NAME = 1000
    VERSION = 1001
    RELEASE = 1002
    EPOCH = 1003
    LICENSE = 1014
    ARCH = 1022
    SOURCERPM = 1044
    DIRINDEXES = 1116
    BASENAMES = 1117
    DIRNAMES = 1118


class Header:
    """The tags of one package. Raises ValueError for bytes that cannot be a header; a tag that lies is as one that is missing."""

    def __init__(self, blob: bytes) -> None:
        if len(blob) < _START.size:
            raise ValueError("too short for a header")
        tags, size = _START.unpack_from(blob)
        start = _START.size + tags * _ENTRY.size
        if tags > _TAGS or start + size > len(blob):
            raise ValueError("a header that is longer than its bytes")
        self._data = blob[start:start + size]
        self._tags = {tag: (kind, offset, count) for tag, kind, offset, count
                      in _ENTRY.iter_unpack(blob[_START.size:start]) if offset < size}

    def text(self, tag: Tag) -> str:
        """A text, empty if there is none."""
        kind, offset, _ = self._tags.get(tag, (0, 0, 0))
        if kind not in (_STRING, _I18N):
            return ""
        end = self._data.find(b"\0", offset, offset + _TEXT)
        return self._data[offset:end].decode("utf-8", "replace") if end >= 0 else ""

    def texts(self, tag: Tag) -> list[bytes]:
        """A list of texts."""
        kind, offset, count = self._tags.get(tag, (0, 0, 0))
        return self._data[offset:].split(b"\0", count)[:count] if kind == _STRINGS and count <= len(self._data) else []

    def numbers(self, tag: Tag) -> tuple[int, ...]:
        """A list of whole numbers."""
        kind, offset, count = self._tags.get(tag, (0, 0, 0))
        if kind != _INT32 or offset + 4 * count > len(self._data):
            return ()
        return struct.unpack_from(f">{count}I", self._data, offset)
