"""Devices, fifos and sockets, and the whiteouts of a layer.

The runtime drops them or mounts the image without devices, so that whatever uses them fails; and a device is a danger
wherever an image is unpacked by root. What a distribution has in ``/dev`` is hidden by the runtime's own and quiet. A
whiteout (a device 0:0, or a file ``.wh.<name>``) says that this is one layer of an image, not a whole one: what it was to
hide is still there.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final

from certify.checks.hit import grouped
from certify.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.hit import Hit
    from certify.checks.tree import ImageTree
    from certify.site import Site

CODE = "PTH209"
NAME = "special-node"
SEVERITY = Severity.ERROR
HELP = "remove it in a step; a program that needs it must make it at run time, below $TMPDIR"

_KINDS: Final = {stat.S_IFCHR: "a device", stat.S_IFBLK: "a device", stat.S_IFIFO: "a fifo", stat.S_IFSOCK: "a socket"}
_RUNTIME: Final = ("/run/", "/var/run/")       # what a daemon of the build left; nobody looks for it at a site


def check(image: ImageTree, site: Site) -> Iterator[Hit]:
    """One hit for each kind and cause."""
    found: dict[str, list[str]] = {}
    for path, status in image.entries.items():
        kind = _kind(path, status)
        if kind and site.owner_of(path) is None and not (path.startswith(_RUNTIME) and kind != "a device"):
            found.setdefault(kind, []).append(path)
    for kind, paths in found.items():
        yield from grouped(image, paths, f"{{}} is {kind}, which an image cannot have".format)


def _kind(path: str, status: os.stat_result) -> str | None:
    mode = status.st_mode
    if stat.S_ISDIR(mode) or stat.S_ISLNK(mode):
        return None
    if (stat.S_ISCHR(mode) and status.st_rdev == 0) or (stat.S_ISREG(mode) and not status.st_size and "/.wh." in path[-260:]
                                                        and path.rpartition("/")[2].startswith(".wh.")):
        return "the whiteout of a layer"
    return _KINDS.get(stat.S_IFMT(mode))
