"""An image as its checks see it: its entries, their bytes, its configuration, and which package or step brought what.

All paths are absolute in the image, and no link is ever followed by the kernel. Names are bytes (``os.fsdecode``).
"""

from __future__ import annotations

import functools
import os
import stat
from typing import IO, TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from builder.image import ImageConfig
    from builder.rootfs import Root

_MERGED: Final = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")     # Debian's merged /usr: dpkg still says /bin/su
_LOCAL: Final = ("/opt/", "/usr/local/", "/home/", "/srv/")      # Debian policy 9.1.2 and the FHS
_MAX_TEXT: Final = 1 << 20
_MAX_LINKS: Final = 40      # as the kernel's own limit


class ImageTree:
    """A tree to look at. Everything is read when it is first asked for, and once.

    ``labels`` are those of an image made elsewhere. ``steps`` tells which step of the recipe brought a path, where
    that is known; it comes from a build's folder and is good for a hint in a message, for nothing else.
    """

    def __init__(self, root: Root, config: ImageConfig, *, labels: Mapping[str, str] | None = None,
                 steps: Mapping[str, str] | None = None) -> None:
        self.root, self.config = root, config
        self.labels, self._steps = labels, steps or {}

    @functools.cached_property
    def entries(self) -> Mapping[str, os.stat_result]:
        """Every entry of the image, in a fixed order; ``/`` itself is not among them."""
        return dict(self.root.walk())

    def is_file(self, path: str) -> bool:
        """Whether a path is a regular file, itself and not by a link."""
        status = self.entries.get(path)
        return status is not None and stat.S_ISREG(status.st_mode)

    def owner(self, path: str) -> str | None:
        """The Debian package that a path belongs to, as the image's own package database says.

        An image can say there what it likes; but no package of Debian installs into the folders of others.
        """
        return None if path.startswith(_LOCAL) else self._owners.get(path)

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
        if (known := self._resolved.get(path, "")) == "":
            known = self._resolved[path] = self._follow(path)
        return known

    def _follow(self, path: str) -> str | None:
        pending = [part for part in reversed(path.split("/")) if part not in ("", ".")]
        here, links = "", 0
        while pending:
            part = pending.pop()
            if part == "..":
                here = here.rpartition("/")[0]
                continue
            status = self.entries.get(f"{here}/{part}")
            if status is None:
                return None
            if stat.S_ISLNK(status.st_mode):
                links += 1
                target = self._link(f"{here}/{part}")
                here = "" if target.startswith("/") else here
                pending += [step for step in reversed(target.split("/")) if step not in ("", ".")]
                if links > _MAX_LINKS:
                    return None
            elif pending and not stat.S_ISDIR(status.st_mode):
                return None
            else:
                here = f"{here}/{part}"
        return here or "/"

    def _link(self, path: str) -> str:
        try:
            return os.readlink(self.root.folder / path.lstrip("/"))  # noqa: PTH115  # as it is written: no Path tidies it
        except OSError:
            return ""

    @functools.cached_property
    def _resolved(self) -> dict[str, str | None]:
        return {}

    @functools.cached_property
    def _owners(self) -> dict[str, str]:
        owners: dict[str, str] = {}
        for path in self.entries:
            if path.startswith("/var/lib/dpkg/info/") and path.endswith(".list"):
                package = path.rpartition("/")[2].removesuffix(".list").partition(":")[0]
                for line in (self.text(path) or "").splitlines():
                    owners[_merged(line)] = package
        return owners


def _merged(path: str) -> str:
    return f"/usr{path}" if path.strip("/").partition("/")[0] in _MERGED else path
