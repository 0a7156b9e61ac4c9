"""What building left in the image: caches, histories of repositories, build trees, object files, dumps.

It makes every transfer and every start slower and serves nobody; a history may hold what was removed from the sources for
good reason. Looked at are the caches of apt, dnf, zypper, pip, conda, Spack and others, ``.git`` and its like, folders in
which a build was configured, object files outside compilers, and dumps of crashed programs. Caches and objects below a
megabyte are quiet, and so is what a package of the distribution brought.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from builder.progress import human_size
from certify.checks.hit import Hit
from certify.checks.leftovers import BUILD_FILES, conda_packages, is_object, kind_of, may_be_core
from certify.checks.scripts import bounded
from certify.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.tree import ImageTree
    from certify.site import Site

CODE = "SIZ701"
NAME = "left-overs"
SEVERITY = Severity.WARNING
HELP = "remove it in the step that makes it, or build in a folder that does not become part of the image"

_WORTH: Final = 1_000_000       # bytes; as for caches
_ET_CORE: Final = 4             # elf(5)


@dataclass(slots=True)
class Heap:
    """Files of one cause: the first of them, how many, how much (bytes); from which size on they are worth a word."""

    first: str
    what: str
    cure: str
    least: int
    files: int = 0
    size: int = 0

    def add(self, size: int) -> None:
        """One more file."""
        self.files += 1
        self.size += size


def check(image: ImageTree, _site: Site) -> Iterator[Hit]:
    """One hit for each cache, repository, build tree and dump; one for the object files of each software."""
    heaps: dict[tuple[str, str], Heap] = {}
    for path, status in image.entries.items():
        if stat.S_ISREG(status.st_mode) and (found := _cause(image, path)):
            folder, what, cure, least = found
            heaps.setdefault((folder, what), Heap(path, what, cure, least)).add(status.st_size)
    yield from bounded(_told(heaps))


def _told(heaps: dict[tuple[str, str], Heap]) -> Iterator[Hit]:
    for (folder, what), heap in heaps.items():
        if heap.size >= heap.least:
            shown = f"{human_size(heap.size)} in {heap.files} file{'s' * (heap.files != 1)}"
            yield Hit(path=folder, message=f"{folder}: {what}, {shown} ({heap.cure})")


def _cause(image: ImageTree, path: str) -> tuple[str, str, str, int] | None:
    """The folder to tell, what is in it, the cure, and the size from which on it is told."""
    if found := kind_of(path):
        kind, folder = found
        return folder, kind.what, kind.cure, kind.least
    name = path.rpartition("/")[2]
    if "/pkgs/" in path and (packages := conda_packages(path, image.entries)):
        return packages, "packages that conda fetched", "conda clean --all --yes in the same step", _WORTH
    if name in BUILD_FILES and not image.owner(path):
        return path.rpartition("/")[0] or "/", "a build tree", "remove it in the same step", 0
    if is_object(path) and not image.owner(path):
        return "/".join(path.split("/")[:3]), "object files", "remove the build tree in the same step", _WORTH
    if may_be_core(name) and _is_core(image.head(path, 18)):
        return path, "the dump of a crashed program", "remove it", 0
    return None


def _is_core(head: bytes) -> bool:
    return head.startswith(b"\x7fELF") and int.from_bytes(head[16:18], "big" if head[5:6] == b"\2" else "little") == _ET_CORE
