"""Content under a path where the site mounts a file system of its own.

The site's mount comes first and hides what the image has there. The runtime also makes the folders that lead to a mount:
for a mount at ``/var/opt/cray`` all of the image's ``/var/opt`` is gone. Empty folders are welcome as mount points, and
the files that every new account gets in its home (Ubuntu's own image has one) are no loss.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from certify.checks.content import below
from certify.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.hit import Hit
    from certify.checks.tree import ImageTree
    from certify.site import Site

CODE = "PTH202"
NAME = "site-mounted-path"
SEVERITY = Severity.ERROR
HELP = "install under a folder of your own, such as /opt/<name>"

_REBUILT: Final = ("etc", "opt", "var")     # the runtime makes these anew in any case, with each entry of the image's


def check(image: ImageTree, site: Site) -> Iterator[Hit]:
    """One hit for each site mount with content of the image below it, or beside it in a folder that leads to it."""
    hidden = dict.fromkeys(site.site_mounts, "")
    for mount in site.site_mounts:
        if (folder := _made_for(mount)) not in hidden:
            hidden[folder] = mount
    yield from below(image, [path for path in hidden if site.owner_of(path) is None],
                     lambda path, folder: f"{path} would vanish: the site mounts {hidden[folder] or folder}"
                                          + (f" and makes {folder} anew for it" if hidden[folder] else ""))


def _made_for(mount: str) -> str:
    """The entry of the image that gives way to a mount: the mount itself, or the uppermost folder that leads to it."""
    parts = mount.split("/")
    return "/".join(parts[:3 if parts[1] in _REBUILT else 2])
