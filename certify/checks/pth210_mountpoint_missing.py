"""A mount point of the site is not there, and the runtime cannot make it.

The runtime makes the last folder of a mount point, not those above it, and nothing in folders of the image: for a mount
deeper than that the image has to bring the empty folder, or the site has to make it on its side.
"""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING, Final

from certify.checks.hit import Hit
from certify.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.tree import ImageTree
    from certify.site import Site

CODE = "PTH210"
NAME = "mountpoint-missing"
SEVERITY = Severity.WARNING
HELP = "make the folder in a step: mkdir -p FOLDER"

_MADE_ANEW: Final = ("", "/etc", "/opt", "/var")    # folders in memory, where the runtime can make others


def check(image: ImageTree, site: Site) -> Iterator[Hit]:
    """One hit for each such mount."""
    for mount in site.site_mounts:
        above = mount.rpartition("/")[0]
        inner = site.mount_over(above) is not None or site.owner_of(above) is not None     # what is there is not the image's
        if above not in _MADE_ANEW and not inner and not _is_folder(image, mount):
            yield Hit(path=mount, message=f"{mount} is missing, so the site cannot mount its own there")


def _is_folder(image: ImageTree, path: str) -> bool:
    place = image.resolve(path)
    return place is not None and (place == "/" or stat.S_ISDIR(image.entries[place].st_mode))
