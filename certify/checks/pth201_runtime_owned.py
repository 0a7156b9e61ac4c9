"""Content under a path that belongs to the runtime.

At every start the runtime puts its own folder there, so what the image has below it is gone, silently. Files that a
distribution's package brings (``/etc/ssh/ssh_config``) are no loss and no finding, nor are empty folders, the devices and
links of ``/dev``, and what programs leave in ``/tmp`` without wanting it again.
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

CODE = "PTH201"
NAME = "runtime-owned-path"
SEVERITY = Severity.ERROR
HELP = "install under a folder of your own, such as /opt/<name>"


def check(image: ImageTree, site: Site) -> Iterator[Hit]:
    """One hit for each runtime-owned path with content of the image's own."""
    yield from below(image, site.runtime_owned,
                     lambda path, owner: f"{path} would vanish: {owner} belongs to the {site.runtime} runtime")
