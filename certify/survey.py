"""What takes how much room in an image: by folder, by package, and its largest files."""

from __future__ import annotations

import heapq
import stat
from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.tree import ImageTree

_DEPTH: Final = 3       # levels of folders
_FOLDERS: Final = 200
_PACKAGES: Final = 200
_LARGEST: Final = 30

Shares = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """Sizes are bytes of content before compression; hard links count once.

    ``folders`` are those of the first levels with all that is below them, ``packages`` those of the distribution;
    each has the largest first.
    """

    files: int
    size: int
    folders: Shares
    packages: Shares
    largest: Shares

    def as_json(self) -> dict[str, Any]:
        """Plain data that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Survey:
        """What ``as_json`` gave."""
        shares = {name: tuple((str(path), int(size)) for path, size in values[name])
                  for name in ("folders", "packages", "largest")}
        return cls(files=int(values["files"]), size=int(values["size"]), **shares)


def survey(image: ImageTree) -> Survey:
    """Look at every entry once."""
    folders, packages = Counter[str](), Counter[str]()
    sizes: dict[str, int] = {}
    seen: set[int] = set()
    for path, status in image.entries.items():
        if stat.S_ISREG(status.st_mode) and not (status.st_nlink > 1 and status.st_ino in seen):
            seen.add(status.st_ino)
            sizes[path] = status.st_size
            for folder in _above(path):
                folders[folder] += status.st_size
            if (package := image.owner(path)) is not None:
                packages[package] += status.st_size
    return Survey(files=len(sizes), size=sum(sizes.values()), folders=_most(folders, _FOLDERS),
                  packages=_most(packages, _PACKAGES), largest=_most(sizes, _LARGEST))


def _above(path: str) -> Iterator[str]:
    """The folders over a path, from the first level down."""
    parts = path.split("/")[1:-1]
    for depth in range(1, min(len(parts), _DEPTH) + 1):
        yield "/" + "/".join(parts[:depth])


def _most(sizes: dict[str, int] | Counter[str], count: int) -> Shares:
    return tuple(heapq.nsmallest(count, sizes.items(), key=lambda one: (-one[1], one[0])))
