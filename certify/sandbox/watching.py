"""Which of some files were opened since: the kernel's own word (inotify(7)), whoever opened them and by whatever path.

A watch is on the file itself, not on a path, so a bind mount of it in another mount namespace counts, and a file of the
same name counts not. Each file tells of itself once, and then no more: what the queue holds is bounded by the number of
files, and nobody can fill it.
"""

from __future__ import annotations

import ctypes
import os
import struct
from typing import TYPE_CHECKING, Final

from builder.errors import Error

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

_OPEN, _ONCE = 0x20, 0x8000_0000        # IN_OPEN, IN_ONESHOT of linux/inotify.h
_EVENT: Final = struct.Struct("iIII")   # its watch, what happened, a cookie, the length of a name that follows
_HINT: Final = "the limits are in /proc/sys/fs/inotify"


class Watch:
    """Watches files from its making to its end. Raises Error where the kernel will not."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._handle = self._libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
        if self._handle < 0:
            raise _error("cannot watch files")
        self._paths: dict[int, list[str]] = {}
        self._seen: set[str] = set()
        try:
            for path in paths:
                self._add(path)
        except Error:
            os.close(self._handle)
            raise

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        os.close(self._handle)

    def opened(self) -> frozenset[str]:
        """Those of the paths whose files were opened so far, as they were given."""
        while data := self._read():
            place = 0
            while place < len(data):
                watch, what, _, length = _EVENT.unpack_from(data, place)
                place += _EVENT.size + length
                if what & _OPEN:
                    self._seen.update(self._paths.get(watch, ()))
        return frozenset(self._seen)

    def _add(self, path: str) -> None:
        watch = self._libc.inotify_add_watch(self._handle, os.fsencode(path), ctypes.c_uint32(_OPEN | _ONCE))
        if watch < 0:
            raise _error(f"cannot watch {path}")
        self._paths.setdefault(watch, []).append(path)      # two names of one file have one watch

    def _read(self) -> bytes:
        try:
            return os.read(self._handle, 1 << 16)
        except BlockingIOError:
            return b""


def _error(what: str) -> Error:
    return Error(f"{what}: {os.strerror(ctypes.get_errno())}", hint=_HINT)
