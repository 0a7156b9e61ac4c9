"""Where the links of an image lead, each followed once: a thousand links to the same chain cost that chain once."""

from __future__ import annotations

import posixpath
import stat
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from certify.checks.tree import ImageTree

_MAX_LINKS: Final = 40      # in a row, as the kernel's own limit
_MAX_PARTS: Final = 100     # folders that a link names: ten times what anybody writes
_MAX_DEPTH: Final = 200     # folders on the way to what is not there


class Links:
    """What is known of an image's links. Paths are those of entries, so that no folder on their way is a link."""

    def __init__(self, image: ImageTree) -> None:
        self._image = image
        self._known: dict[str, str | None] = {}
        self._names: dict[str, str] = {}

    def is_link(self, path: str) -> bool:
        """Whether a path is an entry and a link."""
        status = self._image.entries.get(path)
        return status is not None and stat.S_ISLNK(status.st_mode)

    def lead(self, path: str, depth: int = 0) -> str | None:
        """Where a link leads in the end; None if nowhere, in circles, or over more than anybody means."""
        if path not in self._known:
            self._known[path] = None        # what comes back to here goes in circles
            target = self._image.target(path) or ""
            if depth < _MAX_LINKS and target.count("/") <= _MAX_PARTS:
                self._known[path] = self.follow(path.rpartition("/")[0], target, depth + 1)
        return self._known[path]

    def aim(self, path: str) -> str | None:
        """What a link names, there or not, as a plain path; None if that is the business of another link on the way.

        It is the link itself if it leads back to itself.
        """
        plain = self._named(path)
        if self.is_link(plain):
            return path if self._is_circle(path) else None
        if plain in self._image.entries or plain == "/":
            return plain
        return self.lead(path) or (None if plain.count("/") < _MAX_DEPTH and self._breaks_before(plain) else plain)

    def _named(self, path: str) -> str:
        if path not in self._names:
            target = self._image.target(path) or ""
            whole = f"/{target.lstrip('/')}" if target.startswith("/") else f"{path.rpartition('/')[0]}/{target}"
            self._names[path] = posixpath.normpath(whole)
        return self._names[path]

    def _is_circle(self, path: str) -> bool:
        here, left = path, _MAX_LINKS
        while left and self.lead(path) is None and self.is_link(here):
            here, left = self._named(here), left - 1
            if here == path:
                return True
        return False

    def follow(self, start: str, target: str, depth: int = 0) -> str | None:
        """Where a path leads that is written in a folder; None if nowhere."""
        here: str | None = "" if target.startswith("/") else start
        for part in target.split("/"):
            if part == "..":
                here = here.rpartition("/")[0] if here else ""
            elif part not in ("", "."):
                path = f"{here}/{part}"
                if path not in self._image.entries:
                    return None
                here = self.lead(path, depth) if self.is_link(path) else path
                if here is None:
                    return None
                here = here.rstrip("/")
        return here or "/"

    def _breaks_before(self, path: str) -> bool:
        """Whether the way to a path that is not there goes over a link that leads nowhere itself."""
        while path not in self._image.entries and path != "/":
            path = path.rpartition("/")[0] or "/"
        return self.is_link(path) and self.lead(path) is None
