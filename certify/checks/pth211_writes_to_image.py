"""Folders that everybody may write to, in an image that nobody can write to.

The image is a read-only squashfs at the site, whatever its modes say: a folder that was opened for a cache, a log or the
files of a run stays shut, and the software fails. Let it write to $TMPDIR or below the user's home. What a distribution
opens for itself is quiet, and so is what the runtime or the site puts there.
"""

from __future__ import annotations

import re
import stat
from typing import TYPE_CHECKING, Final

from certify.checks.hit import grouped
from certify.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.hit import Hit
    from certify.checks.tree import ImageTree
    from certify.site import Site

CODE = "PTH211"
NAME = "writes-to-image"
SEVERITY = Severity.WARNING
HELP = "let it write to $TMPDIR or below the user's $HOME: the image is read-only at run time"

_DISTRIBUTION: Final = re.compile(r"/run/(?:lock|screen|shm|user)|/usr/tmp"
                                  r"|/var/(?:lock|mail|crash|local|metrics|games|cache/.*|lib/.*|spool/.*)", re.DOTALL)


def check(image: ImageTree, site: Site) -> Iterator[Hit]:
    """One hit for each cause of such folders."""
    opened = [path for path, status in image.entries.items()
              if status.st_mode & stat.S_IWOTH and stat.S_ISDIR(status.st_mode) and _is_meant(image, path, site)]
    yield from grouped(image, opened, lambda path: f"{path} is open for everybody to write, and read-only at run time")


def _is_meant(image: ImageTree, path: str, site: Site) -> bool:
    hidden = site.owner_of(path) is not None or site.mount_over(path) is not None
    return not hidden and not _DISTRIBUTION.fullmatch(path) and image.owner(path) is None
