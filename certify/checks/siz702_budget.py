"""An image that is too big, has too many files, or holds a very big file.

Every node reads from the image through the site's file system, gateways copy it, and people wait. The limits are the
site's own (``max_bytes``, ``max_files`` and ``max_file_bytes`` in its profile). What counts is the unpacked image: it is
the same for every compressor. Hard links count once. The message names what is biggest, so that one knows where to begin.
"""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from builder.progress import human_size
from certify.checks.hit import Hit
from certify.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from certify.checks.tree import ImageTree
    from certify.site import Site

CODE = "SIZ702"
NAME = "budget"
SEVERITY = Severity.WARNING
HELP = "leave out what is not needed, keep data outside the image, or ask the site for a higher limit"

_NAMED = 3
_DEPTH = 4      # of the folders that are named: /opt/astro/lib


def check(image: ImageTree, site: Site) -> Iterator[Hit]:
    """At most one hit for the size, one for the number of files, one for the biggest files."""
    sizes = _sizes(image)
    total = sum(sizes.values())
    if total > site.max_bytes:
        yield Hit(path="/", message=f"the image has {human_size(total)}, more than {human_size(site.max_bytes)}; "
                                    f"most is in {_most(sizes, human_size)}")
    if len(image.entries) > site.max_files:
        counts = dict.fromkeys(image.entries, 1)
        yield Hit(path="/", message=f"the image has {len(counts)} files and folders, more than {site.max_files}; "
                                    f"most are in {_most(counts, str)}")
    big = sorted((path for path, size in sizes.items() if size > site.max_file_bytes), key=lambda path: -sizes[path])
    if big:
        named = ", ".join(f"{path} ({human_size(sizes[path])})" for path in big[:_NAMED])
        more = f" and {len(big) - _NAMED} more" if len(big) > _NAMED else ""
        yield Hit(path=big[0], message=f"bigger than {human_size(site.max_file_bytes)}: {named}{more}")


def _sizes(image: ImageTree) -> dict[str, int]:
    """The bytes of each regular file; a file with several names under the first of them."""
    seen = set[tuple[int, int]]()
    sizes = {}
    for path, status in image.entries.items():
        if stat.S_ISREG(status.st_mode) and (status.st_nlink < 2 or (status.st_dev, status.st_ino) not in seen):
            seen.add((status.st_dev, status.st_ino))
            sizes[path] = status.st_size
    return sizes


def _most(amounts: Mapping[str, int], shown: Callable[[int], str]) -> str:
    """The folders with most in them, and how much."""
    folders: dict[str, int] = {}
    for path, amount in amounts.items():
        folder = "/".join(path.split("/")[:-1][:_DEPTH]) or "/"
        folders[folder] = folders.get(folder, 0) + amount
    biggest = sorted(folders.items(), key=lambda one: (-one[1], one[0]))[:_NAMED]
    return ", ".join(f"{folder} ({shown(amount)})" for folder, amount in biggest)
