"""Room on a disk: asked for before it is needed, and named where it was the cause that something failed."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from builder.errors import Error
from builder.progress import human_size

if TYPE_CHECKING:
    from collections.abc import Iterator

_HINT: Final = "make room there, or set CERTIFY_CACHE to a larger file system"
_SAID: Final = ("no space left on device", "disk quota exceeded", "enough free space")
_LITTLE: Final = 1 << 20    # bytes: with less than this a disk is full, whatever an error says


def require_room(folder: Path, size: float, why: str) -> None:
    """Raise Error if the file system of a folder has no room for so many bytes."""
    status = os.statvfs(folder)
    free = status.f_bavail * status.f_frsize
    if free < size:
        raise Error(f"{folder}: about {human_size(size)} are needed {why}, {human_size(free)} are free", hint=_HINT)


@contextmanager
def blamed(*folders: Path) -> Iterator[None]:
    """Where one of the folders has no room left, say so instead of what failed for that: a tool, or a recipe's step."""
    try:
        yield
    except (Error, OSError) as error:
        full = [folder for folder in folders if _is_full(folder)]
        number = error.errno if isinstance(error, OSError) else None
        said = any(word in str(error).lower() for word in _SAID) or number in (errno.ENOSPC, errno.EDQUOT)
        if not full and not said:
            raise
        where = " or ".join(str(folder) for folder in full or folders)
        raise Error(f"the disk of {where} is full: {_short(error)}", hint=_HINT) from error


def _is_full(folder: Path) -> bool:
    try:
        status = os.statvfs(folder)
    except OSError:
        return False
    # The bytes that are left to root: root builds. Some file systems have no number of inodes.
    return status.f_bfree * status.f_frsize < _LITTLE or (status.f_files > 0 and status.f_ffree == 0)


def _short(error: Error | OSError) -> str:
    if isinstance(error, OSError):
        return f"{error.filename or 'writing'}: {error.strerror}"
    return error.message.splitlines()[0]
