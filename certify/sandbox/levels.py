"""What stands directly in the folders of an image that a runtime builds anew: /, /etc, /opt and /var."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from builder.rootfs import Root

FOLDERS: Final = ("/", "/etc", "/opt", "/var")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry: ``kind`` is folder, file, link or special; ``target`` of a link, ``size`` (bytes) of a file."""

    path: str
    kind: str
    target: str = ""
    size: int = 0

    @property
    def name(self) -> str:
        """The last component."""
        return self.path.rpartition("/")[2]


def read(root: Root) -> list[Entry]:
    """The entries of all these folders, in the order of their paths."""
    found: list[Entry] = []
    for folder in FOLDERS:
        place = root.at(folder)
        if place is None or not place.is_dir() or (folder != "/" and place.is_symlink()):
            continue
        found += [_entry(root, f"{folder.rstrip('/')}/{name.name}") for name in place.iterdir()]
    return sorted(found, key=lambda entry: entry.path)


def _entry(root: Root, path: str) -> Entry:
    place = root.folder / path.lstrip("/")
    status = place.lstat()
    if stat.S_ISLNK(status.st_mode):
        return Entry(path=path, kind="link", target=str(place.readlink()))
    if stat.S_ISDIR(status.st_mode):
        return Entry(path=path, kind="folder")
    return Entry(path=path, kind="file" if stat.S_ISREG(status.st_mode) else "special", size=status.st_size)
