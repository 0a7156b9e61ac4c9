"""What the loader would load with a program, breadth first, as glibc's and musl's loaders do it.

Nothing is executed, and no path leaves the image. The order was measured against the loader of glibc 2.36; see its
_dl_map_object and _dl_map_object_deps, ld.so(8), and load_library in musl's dynlink.c.
"""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from certify.linking.cache import Cache, cache_of
from certify.linking.model import LOADED, NOT_FOUND, Injected, Loaded, Step
from certify.linking.search import Answer, Group, Scope, Search, glibc_scope, musl_scope
from certify.linking.system import System, system_of
from certify.linking.view import Seen, View

if TYPE_CHECKING:
    from collections.abc import Hashable

    from certify.checks.tree import ImageTree
    from certify.elf.reader import Elf

__all__ = ["Injected", "Loaded", "Loader", "Step"]

_MAX_STEPS: Final = 20_000      # of one load; the largest programs of a distribution need some hundred
_MAX_ALL_STEPS: Final = 1_000_000       # of all loads; everything on a large machine takes 50,000
_MAX_CHAIN: Final = 512         # folders inherited from all loaders up to the program
# What musl's loader is itself, whatever version follows (reserved names in load_library).
_MUSL_OWN: Final = frozenset({"libc", "libpthread", "librt", "libm", "libdl", "libutil", "libxnet"})
_KERNEL: Final = frozenset({"linux-vdso.so.1", "linux-gate.so.1", "linux-vdso64.so.1"})


@dataclass(slots=True, kw_only=True)
class _Object:
    """An object that is loaded: what it inherits are the run paths of its loaders, nearest first."""

    path: str
    elf: Elf
    inherited: tuple[Group, ...]
    scope: Scope
    number: int


@dataclass(slots=True, kw_only=True)
class _Process:
    """What is loaded so far, by every name the loader knows it under, and by file."""

    search: Search
    system: System
    names: dict[str, tuple[str, bool]] = field(default_factory=dict)
    files: dict[Hashable, _Object] = field(default_factory=dict)
    queue: list[_Object] = field(default_factory=list)


class Loader:
    """The loader of an image, with what a runtime brings into it. It remembers what it found: make one for all objects."""

    def __init__(self, image: ImageTree, injected: Injected | None = None) -> None:
        self.image, self.injected = image, injected or Injected()
        self._view = View(image, self.injected)
        self._searches: dict[System, Search] = {}
        self._systems: dict[tuple[str, int, str | None], System] = {}
        self._left = _MAX_ALL_STEPS
        self._cut = False

    def load(self, path: str) -> Loaded:
        """What is loaded with the object of that path: a program, or a library as if it were one."""
        seen = self._view.at(self.image.resolve(path) or path)      # the kernel tells a program its real path
        if seen is None or seen.elf is None:
            return Loaded(path=path, steps=())
        process = self._start(seen.elf)
        self._enter(process, seen, None)
        wanted = ((one, needed) for one in process.queue for needed in one.elf.needed)     # it grows: breadth first
        steps = [self._step(process, one, needed) for one, needed in itertools.islice(wanted, min(_MAX_STEPS, self._left))]
        self._left -= len(steps)
        self._cut = self._cut or next(wanted, None) is not None
        return Loaded(path=path, steps=tuple(steps))

    @property
    def exhausted(self) -> bool:
        """Whether something was not followed to its end, because it has no end that is worth waiting for."""
        return self._cut or any(search.exhausted for search in self._searches.values())

    def system(self, elf: Elf) -> System:
        """The loader program that an object gets, with its default folders."""
        key = (elf.machine, elf.bits, elf.interpreter)
        if (known := self._systems.get(key)) is None:
            known = self._systems[key] = system_of(self.image, elf)
        return known

    @functools.cached_property
    def cache(self) -> Cache | None:
        """The image's ld.so.cache; None if it has none."""
        return cache_of(self.image)

    def _start(self, elf: Elf) -> _Process:
        system = self.system(elf)
        if system not in self._searches:
            self._searches[system] = Search(self._view, system, self.cache, self.injected)
        process = _Process(search=self._searches[system], system=system)
        own = self._view.at(system.interpreter) if system.interpreter else None
        if system.interpreter and own is not None:      # the loader is in the process before all else
            names = (system.interpreter, (own.elf.soname if own.elf else None) or system.interpreter.rpartition("/")[2])
            process.names |= dict.fromkeys(names, (system.interpreter, own.of_site))
        return process

    def _enter(self, process: _Process, seen: Seen, by: _Object | None) -> _Object | None:
        """Take a file in, unless it is loaded already; the object that stands for it."""
        if seen.identity in process.files or seen.elf is None:
            return process.files.get(seen.identity)
        elf, inherited = seen.elf, by.inherited if by else ()
        origin = seen.path.rpartition("/")[0] or "/"    # of a library: as it was found, links are not followed
        runpath = self._group(process, "RUNPATH", elf.runpath, seen.path, origin)
        rpath = self._group(process, "RPATH", elf.rpath, seen.path, origin) if runpath is None else None
        if process.system.musl:
            inherited = _bounded(*(group for group in (runpath, rpath) if group is not None), *inherited)
            scope = musl_scope(inherited, self.injected)
        else:
            inherited = inherited if rpath is None else _bounded(rpath, *inherited)
            scope = glibc_scope(elf, inherited, runpath, self.injected)
        found = process.files[seen.identity] = _Object(path=seen.path, elf=elf, inherited=inherited, scope=scope,
                                                       number=process.search.number(scope))
        process.queue.append(found)
        if elf.soname:
            process.names.setdefault(elf.soname, (seen.path, seen.of_site))
        return found

    def _group(self, process: _Process, kind: str, text: str | None, path: str, origin: str) -> Group | None:
        return None if text is None else (f"{kind} of {path}", process.search.folders(text, origin))

    def _step(self, process: _Process, by: _Object, needed: str) -> Step:
        name = process.search.expand(needed, by.path.rpartition("/")[0] or "/")[0]
        known = process.names.get(name) or _built_in(process.system, name)
        if known is not None:
            return Step(needed=needed, by=by.path, found=known[0], how=LOADED, of_site=known[1])
        answer = self._answer(process, by, name)
        if answer.seen is None:
            return Step(needed=needed, by=by.path, found=None, how=answer.how, tried=answer.tried)
        self._enter(process, answer.seen, by)
        process.names[name] = (answer.seen.path, answer.seen.of_site)
        return Step(needed=needed, by=by.path, found=answer.seen.path, how=answer.how, of_site=answer.seen.of_site,
                    tried=answer.tried)

    def _answer(self, process: _Process, by: _Object, name: str) -> Answer:
        if not name:
            return Answer(seen=None, how=NOT_FOUND)
        return process.search.open(name) if "/" in name else process.search.find(name, by.scope, by.number)


def _bounded(*groups: Group) -> tuple[Group, ...]:
    """The nearest of the groups, as many as have not too many folders."""
    counts = itertools.accumulate(len(folders) for _, folders in groups)
    return tuple(group for group, count in zip(groups, counts, strict=True) if count <= _MAX_CHAIN)


def _built_in(system: System, name: str) -> tuple[str, bool] | None:
    """What is in every process without a file of its own."""
    own = system.musl and (name.partition(".")[0] in _MUSL_OWN or name.startswith("ld-musl-"))
    return (system.interpreter or name, False) if own else (name, False) if name in _KERNEL else None
