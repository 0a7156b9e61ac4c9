"""What a check yields, and how many hits of one cause become one.

A cause is a package, else a step of the recipe, else a tree of folders: whoever made two hundred folders unreadable did it
once, and wants to read it once.
"""

from __future__ import annotations

import stat
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from certify.checks.tree import ImageTree
    from certify.finding import Severity

_MOST_PACKAGES: Final = 20      # when more have the same fault, no package has it: a step went over all of them
_MOST_TREES: Final = 10         # the same for trees that stand side by side


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One problem at a path of the image; ``severity`` only where it differs from the check's own."""

    path: str
    message: str
    severity: Severity | None = None


class _Cause(NamedTuple):
    """Who is behind a path: ``kind`` is package, packages, step or tree."""

    kind: str
    name: str


def grouped(image: ImageTree, paths: Iterable[str], message: Callable[[str], str], *, severity: Severity | None = None,
            tree: str | None = None) -> Iterator[Hit]:
    """One hit for each cause, at the first of its paths, with what the message says of that one and how many more there are.

    The cause is the package that owns a path, else the step that brought it, else the tree that it lies in. Who knows that
    tree gives it as ``tree``. Their number is bounded, whatever is in the image: too many become one.
    """
    causes: dict[_Cause, list[str]] = {}
    for path in paths:
        causes.setdefault(_cause(image, path, tree), []).append(path)
    for cause, found in _joined(causes).items():
        yield Hit(path=found[0], message=message(found[0]) + _words(cause, found), severity=severity)


def _cause(image: ImageTree, path: str, tree: str | None) -> _Cause:
    if (package := image.owner(path)) is not None:
        return _Cause("package", package)
    if (step := image.step(path)) is not None:
        return _Cause("step", step)
    return _Cause("tree", _tree(image, path) if tree is None else tree)


def _tree(image: ImageTree, path: str) -> str:
    """The upper two folders of a path, such as /opt/tool or /usr/local: as deep as installations are told apart."""
    status = image.entries.get(path)
    folder = path if status is not None and stat.S_ISDIR(status.st_mode) else path.rpartition("/")[0]
    return "/".join(folder.split("/", 3)[:3]) or "/"


def _joined(causes: dict[_Cause, list[str]]) -> dict[_Cause, list[str]]:
    """The same paths with causes put together where they are too many to be causes."""
    packages = [cause for cause in causes if cause.kind == "package"]
    if len(packages) > _MOST_PACKAGES:
        causes = _renamed(causes, dict.fromkeys(packages, _Cause("packages", "")))
    trees = [cause for cause in causes if cause.kind == "tree" and cause.name != "/"]
    tops = {cause: "/" + cause.name.split("/", 2)[1] for cause in trees}
    beside = Counter(tops.values())
    if len(beside) > _MOST_TREES:
        return _renamed(causes, dict.fromkeys(trees, _Cause("tree", "/")))
    return _renamed(causes, {cause: _Cause("tree", top) for cause, top in tops.items() if beside[top] > _MOST_TREES})


def _renamed(causes: dict[_Cause, list[str]], names: dict[_Cause, _Cause]) -> dict[_Cause, list[str]]:
    found: dict[_Cause, list[str]] = {}
    for cause, paths in causes.items():
        found.setdefault(names.get(cause, cause), []).extend(paths)
    return found


def _words(cause: _Cause, paths: list[str]) -> str:
    if cause.kind == "tree":
        return f" (and {len(paths) - 1} more below {_common(paths)})" if len(paths) > 1 else ""
    who = {"package": f"package {cause.name}", "packages": "many packages", "step": f"step '{cause.name}'"}[cause.kind]
    return f" (and {len(paths) - 1} more of {who})" if len(paths) > 1 else f" (of {who})"


def _common(paths: list[str]) -> str:
    """The deepest folder that all lie in: the first and the last in order have nothing in common that not all have."""
    first, last = (path.split("/") for path in (min(paths), max(paths)))
    same = next((number for number, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))
    return "/".join(first[:same]) or "/"
