"""An image as its checks see it: the mounted squashfs, its configuration, and which package owns what."""

from __future__ import annotations

import functools
import os
import stat
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from builder.image import ImageConfig
    from builder.rootfs import Root

_MERGED: Final = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")     # Debian's merged /usr: dpkg still says /bin/su
_LOCAL: Final = ("/opt/", "/usr/local/", "/home/", "/srv/")      # Debian policy 9.1.2 and the FHS
_MAX_TEXT: Final = 1 << 20


class ImageTree:
    """A tree to look at; all paths are absolute in the image and no link is followed."""

    def __init__(self, root: Root, config: ImageConfig) -> None:
        self.root, self.config = root, config

    @functools.cached_property
    def entries(self) -> Mapping[str, os.stat_result]:
        """Every entry of the image, in a fixed order."""
        return dict(self.root.walk())

    def owner(self, path: str) -> str | None:
        """The Debian package that a path belongs to, as the image's own package database says.

        An image can say there what it likes; but no package of Debian installs into the folders of others.
        """
        return None if path.startswith(_LOCAL) else self._owners.get(path)

    def text(self, path: str) -> str | None:
        """The text of a regular file, at most its first MiB; None if it is none or cannot be read."""
        status = self.entries.get(path)
        if status is None or not stat.S_ISREG(status.st_mode):
            return None
        try:
            handle = os.open(self.root.folder / path.lstrip("/"), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            return None
        with os.fdopen(handle, "rb") as file:
            return file.read(_MAX_TEXT).decode("utf-8", "replace")

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
