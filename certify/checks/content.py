"""What an image has at paths that something else will cover, shared by the checks on hidden paths."""

from __future__ import annotations

import functools
import re
import stat
from typing import TYPE_CHECKING, Final

from certify.checks.hit import grouped

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from certify.checks.hit import Hit
    from certify.checks.tree import ImageTree

# What nobody misses: what the distribution's own scripts make, markers that keep a folder, what programs leave in /tmp.
_KNOWN: Final = re.compile(r"/var/spool/(?:mail|cron/crontabs(?:/root)?)|/etc/ssh/(?:ssh_host_.*|sshd_config|moduli)|/dev/.*"
                           r"|/(?:.*/)?\.(?:git)?keep|/(?:var/)?tmp/(?:hsperfdata_|\.\w{1,8}-unix).*",
                           re.DOTALL)
_COMPARED: Final = 1 << 16


def below(image: ImageTree, folders: Sequence[str], message: Callable[[str, str], str]) -> Iterator[Hit]:
    """One hit for each folder that holds files or links which no package of the distribution brought.

    A file that stands in the folder's own place counts, too; a link there does not, as /var/run is one everywhere.
    """
    for folder, paths in _covered(image, folders).items():
        yield from grouped(image, paths, functools.partial(_said, message, folder), tree=folder)


def shut_folders(entries: Mapping[str, os.stat_result]) -> dict[str, str]:
    """Every folder that others cannot reach, with the uppermost one that they cannot enter on the way to it, or itself."""
    shut: dict[str, str] = {}
    for path, status in entries.items():        # parents come first
        if stat.S_ISDIR(status.st_mode):
            above = shut.get(path.rpartition("/")[0]) if shut else None
            if above is not None or not status.st_mode & stat.S_IXOTH:
                shut[path] = above or path
    return shut


def _said(message: Callable[[str, str], str], folder: str, path: str) -> str:
    return message(path, folder)


def _covered(image: ImageTree, folders: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    starts, places = tuple(f"{folder}/" for folder in folders), frozenset(folders)
    for path, status in image.entries.items():
        if (path.startswith(starts) or path in places) and _is_lost(image, path, status.st_mode, place=path in places):
            folder = next(one for one in folders if path == one or path.startswith(one + "/"))
            found.setdefault(folder, []).append(path)
    return found


def _is_lost(image: ImageTree, path: str, mode: int, *, place: bool) -> bool:
    if not stat.S_ISREG(mode) and (place or not stat.S_ISLNK(mode)):
        return False
    if path.startswith("/dev/") and stat.S_ISREG(mode) and image.entries[path].st_size:
        return True
    return not _KNOWN.fullmatch(path) and image.owner(path) is None and not _is_skeleton(image, path)


def _is_skeleton(image: ImageTree, path: str) -> bool:
    """Whether a file of a home is what every new account gets: Ubuntu's own image has such a home."""
    parts = path.split("/", 3)
    if parts[1] != "home" or len(parts) < 4:
        return False
    model = f"/etc/skel/{parts[3]}"
    same = image.is_file(path) and image.is_file(model) and image.entries[path].st_size == image.entries[model].st_size
    return same and image.head(path, _COMPARED) == image.head(model, _COMPARED)
