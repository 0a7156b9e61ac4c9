"""What is not found when everything in an image is linked: worked out once for an image, and shared by the checks.

Each program is linked with all that it loads. A library that no program loads by itself is a plugin or one for others to
link with: it is linked as if it were a program. In both, what is missing counts for the object that needs it; and a library
that finds all its needs in the company of others (by a run path that it inherits, say) lacks nothing.
"""

from __future__ import annotations

import itertools
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from certify.linking.loader import Loader
from certify.linking.model import LOADED
from certify.linking.places import is_python_module

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from certify.checks.tree import ImageTree
    from certify.elf.reader import Elf
    from certify.linking.model import Loaded, Step

_DEBUGGING: Final = "/usr/lib/debug/"       # symbols alone, which nobody loads
_MAX_LACKS: Final = 100_000     # whatever an image is made of
_MAX_PLACES: Final = 64         # of one name
_KNOWN: Final[weakref.WeakKeyDictionary[ImageTree, Whole]] = weakref.WeakKeyDictionary()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """A need that nothing fulfils: ``path`` needs ``name`` and does not find it when ``root`` is started or loaded.

    Paths are real ones of the image. ``program`` tells whether the root is one; ``unusable`` is a file that the loader
    stops at.
    """

    name: str
    path: str
    root: str
    program: bool
    unusable: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """What an image lacks, by name, where in it there are files of such a name, and which of its files want something.

    It is not ``complete`` if there was too much to follow.
    """

    lacks: Mapping[str, tuple[Lack, ...]]
    places: Mapping[str, tuple[str, ...]]
    wanting: frozenset[str]
    complete: bool


def whole(image: ImageTree) -> Whole:
    """The linking of a whole image."""
    if image not in _KNOWN:
        loader = Loader(image)
        found: dict[str, dict[Lack, None]] = {}
        every = _lacks(image, loader)
        for one in itertools.islice(every, _MAX_LACKS):
            found.setdefault(one.name, {})[one] = None
        _KNOWN[image] = Whole(lacks={name: tuple(lacks) for name, lacks in found.items()},
                              places=_places(image, frozenset(found)),
                              wanting=frozenset(one.path for lacks in found.values() for one in lacks),
                              complete=next(every, None) is None and not loader.exhausted)
    return _KNOWN[image]


def _lacks(image: ImageTree, loader: Loader) -> Iterator[Lack]:
    """Programs first: what they lack keeps them from starting."""
    linkable = {path: elf for path, elf in image.elves.items() if _is_linkable(image, loader, path, elf)}
    reached: set[str] = set()
    for path, elf in linkable.items():
        if elf.program:
            loaded = loader.load(path)
            reached |= {_real(image, step.found) for step in loaded.steps if step.found is not None and step.how != LOADED}
            yield from (_lack(image, step, path, program=True) for step in loaded.missing)
    plugins = [path for path, elf in linkable.items() if not elf.program and path not in reached]
    plugins.sort(key=lambda path: not is_python_module(path))       # what is certainly loaded, by an import
    yield from _of_plugins(image, [loader.load(path) for path in plugins])


def _of_plugins(image: ImageTree, plugins: list[Loaded]) -> Iterator[Lack]:
    """What is missing whoever loads the one that needs it."""
    if not any(loaded.missing for loaded in plugins):
        return
    wanting = {(_real(image, step.by), step.needed) for loaded in plugins for step in loaded.missing}
    fulfilled = {pair for loaded in plugins for step in loaded.steps if step.found is not None
                 for pair in [(_real(image, step.by), step.needed)] if pair in wanting}
    told = set(fulfilled)
    for loaded in plugins:
        for step in loaded.missing:
            pair = _real(image, step.by), step.needed
            if pair not in told:
                told.add(pair)
                yield _lack(image, step, loaded.path, program=False)


def _is_linkable(image: ImageTree, loader: Loader, path: str, elf: Elf) -> bool:
    """Whether the loader ever sees it: an image may hold files for machines whose loader it does not have (LNK410)."""
    if not elf.dynamic or elf.kind not in ("shared", "executable") or path.startswith(_DEBUGGING):
        return False
    interpreter = loader.system(elf).interpreter
    return interpreter is not None and image.resolve(interpreter) is not None


def _lack(image: ImageTree, step: Step, root: str, *, program: bool) -> Lack:
    how, _, path = step.how.partition(": ")
    return Lack(name=step.needed, path=_real(image, step.by), root=root, program=program,
                unusable=path if how == "no library" else None)


def _real(image: ImageTree, path: str) -> str:
    return image.resolve(path) or path


def _places(image: ImageTree, names: frozenset[str]) -> Mapping[str, tuple[str, ...]]:
    """The libraries that have one of these names or sonames, links included."""
    found: dict[str, list[str]] = {}
    for path in image.entries if names else ():
        name = path.rpartition("/")[2]
        if name in names and (real := image.resolve(path)) is not None and real in image.elves:
            found.setdefault(name, []).append(path)
    for path, elf in image.elves.items() if names else ():
        if elf.soname in names and elf.soname is not None and path.rpartition("/")[2] != elf.soname:
            found.setdefault(elf.soname, []).append(path)
    return {name: tuple(paths[:_MAX_PLACES]) for name, paths in found.items()}
