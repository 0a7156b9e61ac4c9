"""Names directly in /, /opt, /etc and /var that the runtime passes over.

It builds these folders anew, entry by entry, and skips every name with a character that it does not expect: a space, a
comma, a letter of another script. Without a message, ``/opt/my app`` is not there. Deeper names may be anything.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from certify.checks.hit import grouped
from certify.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.hit import Hit
    from certify.checks.tree import ImageTree
    from certify.site import Site

CODE = "PTH205"
NAME = "name-filtered"
SEVERITY = Severity.ERROR
HELP = "take a name of letters, digits and . _ + - : only"

_FOLDERS: Final = ("", "/etc", "/opt", "/var")


def check(image: ImageTree, site: Site) -> Iterator[Hit]:
    """One hit for each entry with such a name."""
    kept = re.compile(site.first_level_names)
    first = (path.rpartition("/") for path in image.entries if path.count("/") < 3)
    lost = [f"{folder}/{name}" for folder, _, name in first if folder in _FOLDERS and not kept.fullmatch(name)]
    yield from grouped(image, lost, lambda path: f"{path} would be missing: the {site.runtime} runtime skips such a name")
