"""Content under a path where the site mounts a file system of its own.

The site's mount comes first and hides what the image has there. Empty folders are welcome as mount points.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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


def check(image: ImageTree, site: Site) -> Iterator[Hit]:
    """One hit for each site mount with content of the image below it."""
    yield from below(image, site.site_mounts, lambda path, mount: f"{path} would vanish: the site mounts {mount}")
