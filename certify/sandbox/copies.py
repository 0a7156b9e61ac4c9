"""Copies of what the runtime copies from an image, where a program may write into it."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_BYTES: Final = 64 << 20        # of one copy, in the machine's memory; what is more is left out
_ENTRIES: Final = 10_000


def copy(source: Path, target: Path) -> None:
    """Copy a file, or a folder with all that is in it, with its permissions; links stay links, special files are left out."""
    target.parent.mkdir(parents=True, exist_ok=True)
    left = [_BYTES, _ENTRIES]
    pending = [(source, target)]
    while pending and left[1] > 0:
        here, there = pending.pop()
        mode = here.lstat().st_mode
        left[1] -= 1
        if stat.S_ISLNK(mode):
            there.symlink_to(here.readlink())
        elif stat.S_ISDIR(mode):
            there.mkdir()
            there.chmod(stat.S_IMODE(mode) & 0o1777)
            pending += [(one, there / one.name) for one in _listed(here)]
        elif stat.S_ISREG(mode):
            left[0] -= _file(here, there, stat.S_IMODE(mode) & 0o777, left[0])


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except PermissionError:
        return []


def _file(source: Path, target: Path, mode: int, limit: int) -> int:
    try:
        handle = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except PermissionError:         # one that only root may read, and an ordinary user asks
        return 0
    with os.fdopen(handle, "rb") as file:
        if os.fstat(handle).st_size > limit:
            return 0
        content = file.read()
    target.write_bytes(content)
    target.chmod(mode)
    return len(content)
