"""The output of a program as lines, however fast it comes."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

PIECE: Final = 1 << 16      # bytes that are read at once
_HELD: Final = 1 << 18      # bytes that are kept of what nobody wants any more: the end of it is of use


class Sieve(Protocol):
    """Who may have heard enough."""

    @property
    def full(self) -> bool:
        """Whether only the end of what comes now is wanted."""

    def lost(self, size: int) -> None:
        """Take note of so many bytes that were dropped unread."""


class Lines:
    """Makes lines of pieces. A line of more than ``limit`` bytes comes in several; -1 is no limit.

    Once the sieve is full, pieces are dropped as they are: making lines of a gigabyte takes minutes.
    """

    def __init__(self, on_line: Callable[[str], None], limit: int, sieve: Sieve | None = None) -> None:
        self._on_line, self._limit, self._sieve = on_line, limit, sieve
        self._rest = b""
        self._held: deque[bytes] = deque()
        self._size = 0
        self._cut = False

    def take(self, piece: bytes) -> None:
        """Take what came next."""
        if self._sieve and self._sieve.full:
            self._hold(self._rest + piece, self._sieve)
            self._rest = b""
        else:
            self._split(piece)

    def end(self) -> None:
        """Pass on what has no end of line yet, and the end of what was held back."""
        held = b"".join(self._held)
        self._held.clear()
        if self._cut:
            held = held.partition(b"\n")[2] or held
        self._split(held)
        if self._rest:
            self._tell(self._rest)
            self._rest = b""

    def _hold(self, piece: bytes, sieve: Sieve) -> None:
        self._held.append(piece)
        self._size += len(piece)
        while self._size - len(self._held[0]) >= _HELD:
            gone = len(self._held.popleft())
            self._size, self._cut = self._size - gone, True
            sieve.lost(gone)

    def _split(self, piece: bytes) -> None:
        *lines, rest = (self._rest + piece).split(b"\n")
        for line in lines:
            self._tell(self._pieces(line))
        self._rest = self._pieces(rest)

    def _pieces(self, line: bytes) -> bytes:
        """Pass on what is longer than the limit; returns what is left."""
        while 0 < self._limit < len(line):
            self._tell(line[:self._limit])
            line = line[self._limit:]
        return line

    def _tell(self, line: bytes) -> None:
        self._on_line(line.decode("utf-8", "replace"))
