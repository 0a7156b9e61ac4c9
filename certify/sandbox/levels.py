"""What stands directly in the folders of an image that a runtime builds anew: /, /etc, /opt and /var."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from builder.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from builder.rootfs import Root

FOLDERS: Final = ("/", "/etc", "/opt", "/var")
_COPIED: Final = "/etc"         # with all that is in it, by the runtime
_SEARCHED: Final = 5_000        # entries of /etc; an image can have any number, and a start waits for this


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry: ``kind`` is folder, file, link or special; ``target`` of a link, ``size`` (bytes) of a file.

    ``writable`` are the paths of what the runtime copies so that everybody may write it: the entry, or folders in it.
    """

    path: str
    kind: str
    target: str = ""
    size: int = 0
    writable: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The last component."""
        return self.path.rpartition("/")[2]


def read(root: Root) -> list[Entry]:
    """The entries of all these folders, in the order of their paths.

    Raises Fault for a folder that only root may enter: the runtime lists it as root and shows what is in it, and a sandbox
    that is made by an ordinary user cannot.
    """
    found: list[Entry] = []
    for folder in FOLDERS:
        place = root.at(folder)
        # Looked at before it is entered: a link would be followed out of the image.
        if place is None or (folder != "/" and place.is_symlink()) or not place.is_dir():
            continue
        below = _listed(place) if place.stat().st_mode & stat.S_IXOTH else None
        if below is None:
            raise Fault(f"only root may enter the image's {folder}: what is in it cannot be shown",
                        hint=f"chmod 755 {folder} in a step")
        found += [_entry(f"{folder.rstrip('/')}/{name.name}", name) for name in below]
    return sorted(found, key=lambda entry: entry.path)


def _entry(path: str, place: os.DirEntry[str]) -> Entry:
    mode = place.stat(follow_symlinks=False).st_mode
    if stat.S_ISLNK(mode):
        return Entry(path=path, kind="link", target=os.readlink(place.path))  # noqa: PTH115  a DirEntry is no Path
    if stat.S_ISDIR(mode):
        return Entry(path=path, kind="folder", writable=tuple(_open_folders(path, place)))
    if not stat.S_ISREG(mode):
        return Entry(path=path, kind="special")
    return Entry(path=path, kind="file", size=place.stat(follow_symlinks=False).st_size,
                 writable=(path,) if mode & stat.S_IWOTH else ())


def _open_folders(path: str, place: os.DirEntry[str]) -> Iterator[str]:
    """The uppermost folders of a copied one that everybody may write into."""
    if not path.startswith(_COPIED + "/"):
        return
    pending, left = [(path, place)], _SEARCHED
    while pending and left > 0:
        here, folder = pending.pop()
        if folder.stat(follow_symlinks=False).st_mode & stat.S_IWOTH:
            yield here
            continue
        below = _listed(folder) or []
        left -= len(below)
        pending += [(f"{here}/{one.name}", one) for one in below if one.is_dir(follow_symlinks=False)]


def _listed(folder: Path | os.DirEntry[str]) -> list[os.DirEntry[str]] | None:
    """The entries by name; None for a folder of root's that an ordinary user may not read."""
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except PermissionError:
        return None
