"""A tree that is an image's root: its paths are the image's, and its links never lead outside.

Image contents are hostile: a link may point at the machine's own files. Nothing here lets the kernel
follow one.
"""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from builder import running
from builder.digest import CHUNK
from builder.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_PATH: Final = 4096     # bytes, with the final NUL: linux/limits.h
_MAX_LINKS: Final = 40      # as the kernel's own limit


class Root:
    """The root folder of an image on this machine; paths are absolute in the image."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def at(self, path: str) -> Path | None:
        """The place of a path, without following any link: None if one of its parents is a link, missing or ``..``."""
        current = self.folder
        parts = [part for part in path.split("/") if part]
        if ".." in parts:
            return None
        for part in parts[:-1]:
            current = current / part
            if not stat.S_ISDIR(_mode(current)):
                return None
        return current / parts[-1] if parts else current

    def resolve(self, path: str) -> str | None:
        """Where a path leads with every link followed inside the image; None if it leads nowhere or in circles."""
        pending = [part for part in reversed(path.split("/")) if part not in ("", ".")]
        done: list[str] = []
        links = 0
        while pending:
            part = pending.pop()
            if part == "..":
                done = done[:-1]
                continue
            here = self.folder.joinpath(*done, part)
            mode = _mode(here)
            if stat.S_ISLNK(mode):
                links += 1
                target = str(here.readlink())
                done = [] if target.startswith("/") else done
                pending += [step for step in reversed(target.split("/")) if step not in ("", ".")]
                if links > _MAX_LINKS:
                    return None
            elif mode == 0:
                return None
            else:
                done.append(part)
        return "/" + "/".join(done)

    def walk(self, top: str = "/") -> Iterator[tuple[str, os.stat_result]]:
        """Every entry below ``top``, sorted by path bytes within each folder, parents first; links are not followed."""
        start = self.at(top)
        pending = [(top.rstrip("/"), start)] if start is not None else []
        while pending:
            name, folder = pending.pop()
            below: list[tuple[str, Path]] = []
            for entry in _entries(folder):
                path = f"{name}/{entry.name}"
                if len(os.fsencode(entry.path)) >= _MAX_PATH:
                    raise Fault(f"{path[:60]}...: folders are nested deeper than a path can be long",
                                hint="remove them in a step")
                status = entry.stat(follow_symlinks=False)
                yield path, status
                if stat.S_ISDIR(status.st_mode):
                    below.append((path, Path(entry.path)))
            pending += reversed(below)


def tree_digest(root: Root) -> str:
    """The sha256 over path, mode, size, link target and content of every entry.

    It does not depend on the compressor, on times or on owners (all files belong to root in an image), and two
    listings tell which file differs.
    """
    total = hashlib.sha256()
    for path, status in root.walk():
        running.heed()
        total.update(f"{_line(root, path, status)}\n".encode())
    return total.hexdigest()


def _line(root: Root, path: str, status: os.stat_result) -> str:
    mode, name = status.st_mode, repr(os.fsencode(path))    # names are bytes, and may hold line ends
    place = root.folder / path.lstrip("/")
    if stat.S_ISREG(mode):
        return f"{mode:o} {status.st_size} {_content(place)} {name}"
    if stat.S_ISLNK(mode):
        return f"{mode:o} {os.fsencode(place.readlink())!r} {name}"
    return f"{mode:o} {status.st_rdev if not stat.S_ISDIR(mode) else '-'} {name}"


def _content(path: Path) -> str:
    hasher = hashlib.sha256()
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        while chunk := os.read(handle, CHUNK):
            hasher.update(chunk)
    finally:
        os.close(handle)
    return hasher.hexdigest()


def _entries(folder: Path | None) -> list[os.DirEntry[str]]:
    if folder is None:
        return []
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: os.fsencode(entry.name))
    except NotADirectoryError:
        return []
    except PermissionError:     # an ordinary user's view; root sees everything
        return []


def _mode(path: Path) -> int:
    try:
        return path.lstat().st_mode
    except OSError:
        return 0
