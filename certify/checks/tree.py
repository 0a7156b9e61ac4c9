"""An image as its checks see it: its entries, their bytes, its configuration, and which package or step brought what.

All paths are absolute in the image, and no link is ever followed by the kernel. Names are bytes (``os.fsdecode``).
"""

from __future__ import annotations

import functools
import os
import stat
from typing import IO, TYPE_CHECKING, Final

from certify import packages

if TYPE_CHECKING:
    from collections.abc import Mapping

    from builder.image import ImageConfig
    from builder.rootfs import Root
    from certify.checks.links import Links
    from certify.elf.reader import Elf
    from certify.packages import Inventory

_MAX_TEXT: Final = 1 << 20


class ImageTree:
    """A tree to look at. Everything is read when it is first asked for, and once.

    ``labels`` are those of an image made elsewhere. ``steps`` tells which step of the recipe brought a path, where
    that is known; it comes from a build's folder and is good for a hint in a message, for nothing else.
    ``host_libraries`` are the names of the site's libraries that the recipe wants to replace the image's own.
    """

    def __init__(self, root: Root, config: ImageConfig, *, labels: Mapping[str, str] | None = None,
                 steps: Mapping[str, str] | None = None, host_libraries: tuple[str, ...] = ()) -> None:
        self.root, self.config, self.host_libraries = root, config, host_libraries
        self.labels, self._steps = labels, steps or {}

    @functools.cached_property
    def entries(self) -> Mapping[str, os.stat_result]:
        """Every entry of the image, in a fixed order; ``/`` itself is not among them."""
        return dict(self.root.walk())

    @functools.cached_property
    def elves(self) -> Mapping[str, Elf]:
        """Every ELF file of the image by its path: programs, libraries, plugins."""
        from certify.elf.scan import scan

        return scan(self)

    @functools.cached_property
    def installed(self) -> Inventory:
        """The packages of the image's distribution, and the files that they own."""
        return packages.installed(self)

    def is_file(self, path: str) -> bool:
        """Whether a path is a regular file, itself and not by a link."""
        status = self.entries.get(path)
        return status is not None and stat.S_ISREG(status.st_mode)

    def owner(self, path: str) -> str | None:
        """The deb or rpm package that a path belongs to, as the image's own package database says.

        An image can say there what it likes; but no package of a distribution installs into the folders of others.
        """
        return self.installed.owner(path)

    def step(self, path: str) -> str | None:
        """The label of the step that brought a path, if that is known."""
        return self._steps.get(path)

    def open(self, path: str) -> IO[bytes] | None:
        """A regular file's bytes, unbuffered; None if it is none or cannot be read."""
        if not self.is_file(path):
            return None
        try:
            handle = os.open(self.root.folder / path.lstrip("/"), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return None
        return os.fdopen(handle, "rb", buffering=0)

    def head(self, path: str, size: int) -> bytes:
        """The first bytes of a regular file, at most ``size``; none if it cannot be read."""
        file = self.open(path)
        if file is None:
            return b""
        with file:
            try:
                return os.pread(file.fileno(), size, 0)
            except OSError:
                return b""

    def text(self, path: str) -> str | None:
        """The text of a regular file, at most its first MiB; None if it is none or cannot be read."""
        file = self.open(path)
        if file is None:
            return None
        with file:
            return file.read(_MAX_TEXT).decode("utf-8", "replace")

    def target(self, path: str) -> str | None:
        """What a link says, as it is written; None if the path is no link."""
        status = self.entries.get(path)
        return self._link(path) if status is not None and stat.S_ISLNK(status.st_mode) else None

    def resolve(self, path: str) -> str | None:
        """Where a path leads with every link followed inside the image; None if nowhere or in circles."""
        if path not in self._resolved:
            self._resolved[path] = self.links.follow("", path)
        return self._resolved[path]

    @functools.cached_property
    def links(self) -> Links:
        """Where the image's links lead."""
        from certify.checks.links import Links

        return Links(self)

    def _link(self, path: str) -> str:
        try:
            return os.readlink(self.root.folder / path.lstrip("/"))  # noqa: PTH115  # as it is written: no Path tidies it
        except OSError:
            return ""

    @functools.cached_property
    def _resolved(self) -> dict[str, str | None]:
        return {}
