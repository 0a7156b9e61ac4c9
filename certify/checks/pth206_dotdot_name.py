"""Names with two dots in a row, such as ``a..b.dat``.

The gateway that brings images from registries takes them for a way out of the image, and drops them. An image that is
published as squashfs keeps them; but whoever imports it elsewhere loses these files, without a message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from certify.checks.hit import grouped
from certify.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.hit import Hit
    from certify.checks.tree import ImageTree
    from certify.site import Site

CODE = "PTH206"
NAME = "dotdot-name"
SEVERITY = Severity.WARNING
HELP = "rename it in a step"


def check(image: ImageTree, _site: Site) -> Iterator[Hit]:
    """One hit for each cause of such names."""
    found = [path for path in image.entries if ".." in path and ".." in path.rpartition("/")[2]]
    yield from grouped(image, found, lambda path: f"{path} has .. in its name: a gateway may drop it")
