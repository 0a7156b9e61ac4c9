"""The folders of an image as a tree with sizes, whatever a survey says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from certify.survey import Shares, Survey

MOST: Final = 200       # folders, packages or files that are looked at: a survey tells no more of them
_DEEPEST: Final = 3
_HIGHEST: Final = 1 << 63       # bytes: file systems know no larger size, and a float holds it


class Folder(NamedTuple):
    """A folder: ``size`` (bytes) is that of all below it, ``own`` what is in none of the folders in ``inside``."""

    path: str
    size: int
    own: int
    inside: tuple[Folder, ...]


def tree(survey: Survey) -> Folder:
    """The root folder with all that the survey names below it, each folder's largest first."""
    sizes = {path: size for path, size in sane(survey.folders) if _plain(path)}
    for above in [above for path in sizes for above in _above(path)]:
        sizes.setdefault(above, 0)
    inside: dict[str, list[Folder]] = {}
    for path in sorted(sizes, key=lambda path: -path.count("/")):       # the deepest first
        inside.setdefault(path.rpartition("/")[0] or "/", []).append(_folder(path, sizes[path], inside.get(path, [])))
    return _folder("/", bounded(survey.size), inside.get("/", []))


def sane(shares: Shares) -> Shares:
    """The first of some sizes, each one that can be a size."""
    return tuple((name, bounded(size)) for name, size in shares[:MOST])


def bounded(size: int) -> int:
    """A number that can be a size."""
    return min(max(size, 0), _HIGHEST)


def _folder(path: str, size: int, inside: Iterable[Folder]) -> Folder:
    """A folder has at least what its folders have: a survey that says less is wrong there."""
    known = tuple(sorted(inside, key=lambda one: (-one.size, one.path)))
    below = sum(one.size for one in known)
    return Folder(path, max(size, below), max(size - below, 0), known)


def _plain(path: str) -> bool:
    """Whether a path is absolute, and no deeper than folders are surveyed."""
    first, *parts = path.split("/", _DEEPEST + 1)
    return not first and 0 < len(parts) <= _DEEPEST and all(parts)


def _above(path: str) -> Iterator[str]:
    """The folders over a path, without the root."""
    while path := path.rpartition("/")[0]:
        yield path
