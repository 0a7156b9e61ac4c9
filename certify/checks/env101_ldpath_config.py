"""LD_LIBRARY_PATH in the environment that the image brings.

The site's runtime prepends to this variable, or replaces it, to inject its own MPI and GPU libraries: whatever the
image sets there fights the site's libraries or is lost. An empty value sets nothing. What an image made elsewhere
inherited from a well-known base is told by ENV109.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from builder.image import PATH
from certify.checks.env109_ldpath_inherited import makers_of
from certify.checks.hit import Hit
from certify.finding import Severity
from certify.rules.env1_texts import VARIABLE

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
    value = image.config.environment.get(VARIABLE)
    if value and not makers_of(image):
        yield Hit(path=PATH, message=f"the image sets {VARIABLE}={value}")
