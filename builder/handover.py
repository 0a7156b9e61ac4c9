"""The folder where a build is handed over, which may lie in the untrusted repository of the recipe.

A link that waits there, at a folder's or a file's place, must not lead root anywhere.
"""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import suppress
from typing import IO, TYPE_CHECKING

from builder.errors import Error

if TYPE_CHECKING:
    from pathlib import Path


def prepare(folder: Path, out: Path, *, public: bool) -> Path:
    """Make the folder, two levels below ``out``; closed to others if the image is not for everybody. Raises Error."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        for part in (out, folder.parent, folder):
            if not os.path.lexists(part):
                part.mkdir(mode=0o755)
            _require_own(part)
        folder.chmod(0o755 if public else 0o700)
    except OSError as error:
        raise Error(f"{folder}: {error.strerror}", hint="name another folder with --out") from error
    return folder


def new_file(folder: Path, name: str) -> IO[str]:
    """Open a new text file in the folder for writing, in the place of an old one."""
    path = folder / name
    try:
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise Error(f"{path}: {error.strerror}", hint="name another folder with --out") from error
    return os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace")


def move(source: Path, folder: Path, name: str) -> None:
    """Give a finished file its place, whole or not at all; the two may lie on different file systems."""
    part = folder / f".{name}.part"
    try:
        part.unlink(missing_ok=True)
        shutil.move(source, part)
        part.replace(folder / name)
    except OSError as error:
        with suppress(OSError):     # it may be a folder that waited there
            part.unlink()
        raise Error(f"{folder}: {error.strerror}", hint="is there room? --out names another folder") from error


def _require_own(folder: Path) -> None:
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & stat.S_IWOTH:
        raise Error(f"{folder}: a link, or a folder that others own or may write",
                    hint="remove it, or name another folder with --out")
