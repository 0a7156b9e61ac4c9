"""LD_LIBRARY_PATH in the environment that the image brings.

The site's runtime prepends to this variable, or replaces it, to inject its own MPI and GPU libraries: whatever the
image sets there fights the site's libraries or is lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from builder.image import PATH
from certify.checks.hit import Hit
from certify.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.tree import ImageTree
    from certify.site import Site

CODE = "ENV101"
NAME = "ldpath-env"
SEVERITY = Severity.ERROR
HELP = "list the folder in /etc/ld.so.conf.d and run ldconfig, or link with -Wl,-rpath and --enable-new-dtags"


def check(image: ImageTree, _site: Site) -> Iterator[Hit]:
    """The variable itself, if it is not empty."""
    if value := image.config.environment.get("LD_LIBRARY_PATH"):
        yield Hit(path=PATH, message=f"the image sets LD_LIBRARY_PATH={value}")
