"""Files of a tree that is still in layers, looked up without mounting it: what an overlay of them would show."""

from __future__ import annotations

import os
import shutil
import stat
from typing import TYPE_CHECKING, Final

from builder.rootfs import Root

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

_MOST: Final = 64 << 20     # bytes of a file that is read


def text(layers: Sequence[Path], *paths: str) -> str | None:
    """The text of the first of the paths that is a plain file in layers, the lowest first; None if none is.

    No link is followed, as the tree may be anybody's.
    """
    for path in paths:
        found = _find(layers, path)
        if found is not None:
            return _read(found)
    return None


def copy(layers: Sequence[Path], path: str, target: Path) -> bool:
    """Copy what is a plain file at a path, and nothing else; returns whether there is one."""
    found = _find(layers, path)
    if found is None:
        return False
    handle = os.open(found, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as source, target.open("xb") as file:
        shutil.copyfileobj(source, file)
    return True


def link(layers: Sequence[Path], path: str) -> str | None:
    """Where the link at a path points to; None if there is none."""
    found = _find(layers, path, stat.S_ISLNK)
    return None if found is None else str(found.readlink())


def names(layers: Sequence[Path], folder: str) -> list[str]:
    """What stands in a folder of the tree, sorted; nothing if it is no folder."""
    seen: dict[str, bool] = {}
    for layer in reversed(layers):
        place = Root(layer).at(folder)
        if place is not None and os.path.lexists(place):
            if not stat.S_ISDIR(place.lstat().st_mode):
                break
            for entry in place.iterdir():
                seen.setdefault(entry.name, not _is_whiteout(entry))
        if _hidden(layer, f"{folder}/-"):
            break
    return sorted(name for name, there in seen.items() if there)


def _find(layers: Sequence[Path], path: str, kind: Callable[[int], bool] = stat.S_ISREG) -> Path | None:
    for layer in reversed(layers):
        place, hidden = Root(layer).at(path), _hidden(layer, path)
        status = place.lstat() if place is not None and os.path.lexists(place) else None
        if status is not None:
            return place if kind(status.st_mode) else None
        if hidden:
            return None
    return None


def _hidden(layer: Path, path: str) -> bool:
    """Whether a layer hides what those below it have at a path: one of its parents is no folder here, or an opaque one."""
    here = layer
    for part in path.strip("/").split("/")[:-1]:
        here = here / part
        try:
            status = here.lstat()
        except OSError:
            return False
        if not stat.S_ISDIR(status.st_mode) or _is_opaque(here):
            return True
    return False


def _is_opaque(folder: Path) -> bool:
    try:
        return os.getxattr(folder, "trusted.overlay.opaque", follow_symlinks=False) == b"y"
    except OSError:
        return False


def _is_whiteout(path: Path) -> bool:
    status = path.lstat()
    return stat.S_ISCHR(status.st_mode) and status.st_rdev == 0


def _read(path: Path) -> str:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as file:
        return file.read(_MOST).decode("utf-8", "surrogateescape")
