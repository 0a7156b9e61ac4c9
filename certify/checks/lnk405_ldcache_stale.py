"""A library lies in a folder of ld.so.conf, and the loader's cache does not know it.

The loader reads /etc/ld.so.cache and nothing else of what /etc/ld.so.conf says; only ldconfig writes it. A library that came
after its last run is not found. The cache is read here itself, since its time tells nothing.

Default folders (``/usr/lib`` and the like) are looked into anyway and do not count; nor does an image of musl, which has no
such cache.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from certify.checks.hit import Hit
from certify.finding import Severity
from certify.linking import cache
from certify.linking.stale import stale

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.tree import ImageTree
    from certify.site import Site

CODE = "LNK405"
NAME = "ldcache-stale"
SEVERITY = Severity.ERROR
HELP = "run ldconfig as the last thing, after all libraries are there"


def check(image: ImageTree, _site: Site) -> Iterator[Hit]:
    """One hit for each folder."""
    known = cache.cache_of(image)
    fault = "there is none" if known is None else known.fault
    for folder, paths in stale(image).items():
        more = f" (and {len(paths) - 1} more in {folder})" if len(paths) > 1 else ""
        reason = f": {fault}" if fault else ""
        yield Hit(path=paths[0], message=f"{paths[0]}{more} is not in {cache.PATH}{reason}, so the loader does not find it")
