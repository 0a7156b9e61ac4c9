"""Reading files that somebody else may have put there.

No links are followed, nothing is read without a limit.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from typing import TYPE_CHECKING, Final

from builder.errors import Error, Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PIECE: Final = 1 << 20          # bytes read at once: beyond 1 MiB hashing gets no faster
SMALL: Final = 32 << 20         # bytes: the largest record or statement that is read at all

_REASONS: Final = {
    errno.ENOENT: "is not there",
    errno.ENOTDIR: "is not there",
    errno.EACCES: "is not readable for you",
    errno.EPERM: "is not readable for you",
    errno.ELOOP: "is a link, and links are not followed here",
}


class Unreadable(Fault):
    """A file is missing, closed to the caller, a link, or no file at all.

    ``absent`` if it is just missing.
    """

    def __init__(self, path: Path, reason: str, *, absent: bool = False) -> None:
        super().__init__(f"{path} {reason}")
        self.absent = absent


def open_regular(path: Path) -> int:
    """Open a regular file for reading and give back its descriptor, which the caller closes.

    Raises Unreadable.
    """
    try:
        # O_NONBLOCK: opening a planted fifo must not hang.
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        reason = _REASONS.get(error.errno or 0)
        if reason is None:
            raise Error(f"{path}: {error.strerror}") from error
        raise Unreadable(path, reason, absent=error.errno in (errno.ENOENT, errno.ENOTDIR)) from error
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise Unreadable(path, "is not a regular file")
    return fd


def pieces(fd: int) -> Iterator[bytes]:
    """Give the bytes of an open file from its start, piece by piece; its position stays as it is."""
    offset = 0
    while piece := os.pread(fd, PIECE, offset):
        offset += len(piece)
        yield piece


def sha256_of(fd: int) -> tuple[str, int]:
    """Give the sha256 (hex) and the size (bytes) of an open file, read once."""
    digest, size = hashlib.sha256(), 0
    for piece in pieces(fd):
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size


def read_small(path: Path, limit: int = SMALL) -> bytes:
    """Give the bytes of a regular file of at most ``limit`` bytes.

    Raises Unreadable, or Fault if it is larger.
    """
    fd = open_regular(path)
    try:
        data = b""
        for piece in pieces(fd):
            data += piece
            if len(data) > limit:
                raise Fault(f"{path} is larger than {limit} bytes")
        return data
    finally:
        os.close(fd)


def read_if_there(path: Path, limit: int = SMALL) -> bytes | None:
    """As read_small, but None where there is no such file."""
    try:
        return read_small(path, limit)
    except Unreadable as error:
        if error.absent:
            return None
        raise
