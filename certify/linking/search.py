"""The search for one library by its name: the order of ld.so(8), measured against glibc 2.36, and musl's own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from certify.linking.model import ABSOLUTE, CACHE, DEFAULT, LIBRARY_PATH, NOT_FOUND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from certify.elf.reader import Elf
    from certify.linking.cache import Cache
    from certify.linking.model import Injected
    from certify.linking.system import System
    from certify.linking.view import Seen, View

_TOKEN: Final = re.compile(r"\$(?:\{(?:ORIGIN|LIB|PLATFORM)\}|(?:ORIGIN|LIB|PLATFORM)(?![A-Za-z0-9_]))")
_MAX_FOLDERS: Final = 256       # of one run path; the longest of a large stack have some dozen
_MAX_TRIED: Final = 48
_MAX_LOOKS: Final = 3_000_000   # into folders, for one image and kind of machine: an image can name any number of them
TOO_MUCH: Final = f"{NOT_FOUND}: the search took too long"

Group = tuple[str, tuple[str, ...]]     # who says so, and the folders


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where an object's needs are looked for before the cache and the default folders, in their order."""

    groups: tuple[Group, ...]
    system: bool = True     # whether cache and default folders count: not with DF_1_NODEFLIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a search found, who decided, and the folders that it looked into before."""

    seen: Seen | None
    how: str
    tried: tuple[str, ...] = ()


class Search:
    """The searches of one kind of machine in one image, each made once."""

    def __init__(self, view: View, system: System, cache: Cache | None, injected: Injected) -> None:
        self._view, self._system, self._cache = view, system, cache
        self._first = _first(injected)
        self._known: dict[tuple[str, int], Answer] = {}
        self._scopes: dict[Scope, int] = {}
        self._places: dict[str, list[tuple[str, str]]] = {}
        self._looks = _MAX_LOOKS

    @property
    def exhausted(self) -> bool:
        """Whether it gave up: what it did not find may be there."""
        return self._looks <= 0

    def number(self, scope: Scope) -> int:
        """A number for a scope, the same for equal ones: many objects look into the same folders."""
        return self._scopes.setdefault(scope, len(self._scopes))

    def find(self, name: str, scope: Scope, number: int) -> Answer:
        """Look for a name without a slash; ``number`` is that of the scope."""
        found = self._known.get((name, number))
        if found is None:
            found = self._known[name, number] = self._find(name, scope)
        return found

    def open(self, path: str) -> Answer:
        """Open what a need with a slash names."""
        seen = self._view.at(path)
        return self._judged(seen, ABSOLUTE, ()) or Answer(seen=None, how=NOT_FOUND)

    def folders(self, paths: str, origin: str) -> tuple[str, ...]:
        """The folders of a run path, with what its tokens stand for; ``.`` is the folder that a process happens to be in."""
        if not paths:
            return ()
        found = (one for part in paths.split(":", _MAX_FOLDERS)[:_MAX_FOLDERS] for one in self.expand(part, origin))
        return tuple(dict.fromkeys((re.sub("^//+", "/", one).rstrip("/") or "/") if one else "." for one in found))

    def expand(self, text: str, origin: str) -> tuple[str, ...]:
        """A text with its tokens replaced; more than one text only where $PLATFORM depends on the processor."""
        if "$" not in text:
            return (text,)
        platforms = self._system.platforms if "PLATFORM" in text else ("",)
        return tuple(_TOKEN.sub(lambda token, platform=platform: self._value(token.group(), origin, platform), text)  # type: ignore[misc]
                     for platform in platforms)

    def _value(self, token: str, origin: str, platform: str) -> str:
        return {"ORIGIN": origin, "LIB": self._system.lib, "PLATFORM": platform}[token.strip("${}")]

    def _find(self, name: str, scope: Scope) -> Answer:
        tried: list[str] = []
        for how, folders in scope.groups:
            if (found := self._in(folders, name, how, tried)) is not None:
                return found
        if not self._system.musl and (found := self._cached(name, scope, tried)) is not None:
            return found
        if scope.system and (found := self._in(self._system.folders, name, DEFAULT, tried)) is not None:
            return found
        return Answer(seen=None, how=NOT_FOUND if self._looks > 0 else TOO_MUCH, tried=tuple(tried))

    def _in(self, folders: Sequence[str], name: str, how: str, tried: list[str]) -> Answer | None:
        self._looks -= len(folders)
        for folder in folders if self._looks > 0 else ():
            for named, real in self._levels(folder):
                seen = self._view.inside(real, name, f"{named}/{name}" if named != "/" else f"/{name}")
                if seen is not None and (answer := self._judged(seen, how, tried)) is not None:
                    return answer
            if len(tried) < _MAX_TRIED and folder not in tried:
                tried.append(folder)
        return None

    def _levels(self, folder: str) -> list[tuple[str, str]]:
        """The places behind a folder's name: its glibc-hwcaps folders that are there, and itself; with their real paths."""
        if (known := self._places.get(folder)) is None:
            real = self._view.folder(folder)
            inner = [f"{folder.rstrip('/')}/glibc-hwcaps/{level}" for level in self._system.levels] if real else []
            known = self._places[folder] = [(path, place) for path in (*inner, folder) if (place := self._view.folder(path))]
        return known

    def _cached(self, name: str, scope: Scope, tried: list[str]) -> Answer | None:
        path = self._first.get(name)
        if path is None and self._cache is not None:
            path = self._cache.lookup(name, self._system.machine, self._system.bits, self._system.levels)
        if path is None or (not scope.system and path.startswith(tuple(f"{one}/" for one in self._system.folders))):
            return None
        return self._judged(self._view.at(path), CACHE, tried)

    def _judged(self, seen: Seen | None, how: str, tried: Sequence[str]) -> Answer | None:
        """An answer if the loader stops here: with a library, or because it cannot use it. Other machines' are passed over."""
        if seen is None:
            return None
        if seen.elf is None or seen.elf.kind not in ("shared", "executable"):
            return Answer(seen=None, how=f"no library: {seen.path}", tried=tuple(tried))
        if (seen.elf.machine, seen.elf.bits) != (self._system.machine, self._system.bits):
            return None
        return Answer(seen=seen, how=how, tried=tuple(tried))


def glibc_scope(own: Elf, rpaths: tuple[Group, ...], runpath: Group | None, injected: Injected) -> Scope:
    """What glibc looks at: the chain of DT_RPATH, unless the object has a DT_RUNPATH; LD_LIBRARY_PATH; its DT_RUNPATH."""
    given = ((LIBRARY_PATH, injected.library_path),) if injected.library_path else ()
    groups = (*(rpaths if runpath is None else ()), *given, *(() if runpath is None else (runpath,)))
    return Scope(groups=groups, system=not own.no_default_paths)


def musl_scope(paths: tuple[Group, ...], injected: Injected) -> Scope:
    """What musl looks at: LD_LIBRARY_PATH, then every run path of either kind up the chain."""
    given = ((LIBRARY_PATH, injected.library_path),) if injected.library_path else ()
    return Scope(groups=(*given, *paths))


def _first(injected: Injected) -> dict[str, str]:
    """What ldconfig enters for the folders that a runtime puts first: sonames, and the names of files."""
    found: dict[str, str] = {}
    for folder in injected.cache_first:
        here = {path: elf for path, elf in injected.files.items() if path.rpartition("/")[0] == folder.rstrip("/")}
        for path, elf in here.items():
            for name in (elf.soname, path.rpartition("/")[2]):
                if name:
                    same = f"{folder.rstrip('/')}/{name}"
                    found.setdefault(name, same if same in here else path)
    return found
