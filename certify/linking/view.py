"""The files that a loader sees: the image's, with links followed inside it, and over them what a runtime brings."""

from __future__ import annotations

import posixpath
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable

    from certify.checks.tree import ImageTree
    from certify.elf.reader import Elf
    from certify.linking.model import Injected


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A file that is there under a path. ``identity`` is equal for two names of one file; ``elf`` is None if it is none."""

    path: str
    identity: Hashable
    elf: Elf | None
    of_site: bool = False


class View:
    """An image as a loader sees it once a runtime brought its files in."""

    def __init__(self, image: ImageTree, injected: Injected) -> None:
        self._image, self._injected = image, injected
        self._folders: dict[str, str | None] = {}

    def folder(self, path: str) -> str | None:
        """The real path of a folder; None if there is none, or it was not given from the root on."""
        if (known := self._folders.get(path, "")) == "":
            known = self._folders[path] = self._real_folder(path)
        return known

    def at(self, path: str) -> Seen | None:
        """The file of a path, whatever links lead to it; None if users find none there that they can read."""
        folder, _, name = path.rpartition("/")
        real = self.folder(folder or "/") if path.startswith("/") else None
        return None if real is None else self.inside(real, name, path)

    def inside(self, real: str, name: str, path: str) -> Seen | None:
        """The file of a name in a folder given by its real path; ``path`` is what it is called."""
        place = f"{real}/{name}" if real != "/" else f"/{name}"
        elf = self._injected.files.get(place) or self._injected.files.get(path)
        if elf is not None:
            return Seen(path=path, identity=place, elf=elf, of_site=True)
        status = self._image.entries.get(place)
        if status is None or self._is_hidden(place):
            return None
        if stat.S_ISLNK(status.st_mode):
            target = self._image.resolve(place)
            status = self._image.entries.get(target) if target else None
            place = target or place
        if status is None or not stat.S_ISREG(status.st_mode) or not status.st_mode & stat.S_IROTH or self._is_hidden(place):
            return None
        return Seen(path=path, identity=(status.st_dev, status.st_ino), elf=self._image.elves.get(place))

    def _real_folder(self, path: str) -> str | None:
        if not path.startswith("/"):
            return None
        real = self._image.resolve(path)
        if real is not None:
            status = self._image.entries.get(real)
            return real if status is None or stat.S_ISDIR(status.st_mode) else None
        tidy = posixpath.normpath(path)     # a folder that the runtime makes has no links in it
        return tidy if any(file.startswith(tidy + "/") for file in self._injected.files) else None

    def _is_hidden(self, path: str) -> bool:
        return any(path == one or path.startswith(one + "/") for one in self._injected.hidden)
