"""The bytes of a hostile file: each read is bounded, and what cannot be read is a fault."""

from __future__ import annotations

import os
from typing import Final

_NEAR: Final = 1024             # bytes read for one string: its neighbours are usually the next ones asked for
_MAX_STRING: Final = 1 << 16    # bytes; a run path may name many folders
_MAX_STRINGS: Final = 1 << 20   # bytes of all strings of one file
_MAX_FAULTS: Final = 8


class Source:
    """An open file of a known size (bytes), of which the first ``head`` bytes are read at once."""

    def __init__(self, handle: int, size: int, *, head: int = 0) -> None:
        self._handle, self.size = handle, size
        self._head = b""
        self.faults: list[str] = []
        self._head = self._read(0, head)

    def get(self, offset: int, count: int) -> bytes:
        """Up to ``count`` bytes from ``offset``; fewer, or none, where the file has no more."""
        if offset >= 0 and offset + count <= len(self._head):
            return self._head[offset:offset + count]
        return self._read(offset, count)

    def fault(self, text: str) -> None:
        """Note what is wrong, once."""
        if text not in self.faults and len(self.faults) < _MAX_FAULTS:
            self.faults.append(text)

    def _read(self, offset: int, count: int) -> bytes:
        count = min(count, self.size - offset)
        if offset < 0 or count <= 0:
            return b""
        try:
            return os.pread(self._handle, count, offset)
        except OSError:
            self.fault("it cannot be read to its end")
            return b""


class Strings:
    """A table of strings that starts at a byte of the file and has a size (bytes); without a start it has none."""

    def __init__(self, source: Source, start: int | None, size: int) -> None:
        self._source, self._start = source, start
        self._size = 0 if start is None else max(0, min(size, source.size - start))
        self._left = _MAX_STRINGS
        self._window, self._from = b"", 0

    def at(self, offset: int) -> str:
        """The string at an offset in the table; empty if it lies outside, cut off where it is longer than any real one."""
        if self._start is None:
            return ""
        if not 0 <= offset < self._size or self._left <= 0:
            self._source.fault("a name lies outside its table of strings")
            return ""
        found = self._slice(offset)
        self._left -= len(found) + 1
        return os.fsdecode(found)

    def _slice(self, offset: int) -> bytes:
        end = self._window.find(b"\0", offset - self._from) if 0 <= offset - self._from < len(self._window) else -1
        if end >= 0:
            return self._window[offset - self._from:end]
        for size in (_NEAR, _MAX_STRING):
            self._window = self._source.get((self._start or 0) + offset, min(size, self._size - offset))
            self._from = offset
            end = self._window.find(b"\0")
            if end >= 0:
                return self._window[:end]
        self._source.fault("a name in it has no end")
        return self._window[:_MAX_STRING]
