"""The site's host libraries in the sandbox of a test: brought as the runtime brings them, and seen to be opened or not.

What a result with ``loaded`` proves, and what not. Each test sees the site's folders through a mount of its own (an overlay
of one layer), so its files are inodes that nothing outside of this test's sandbox can open. The kernel tells which of them
were opened while the test ran; no word of the image is believed for it. A program that takes the image's own copy, by
DT_RPATH or by a changed LD_LIBRARY_PATH, does not open the site's: so what is not opened was surely not loaded. What is
opened was loaded by all that a loader does by itself; but a test that opens the file on purpose, without running a program
that needs it, is seen to open it as well. That nobody misuses a test is the word of who reviews the recipe. Whether the
site's library *works* there is what the test itself has to show.
"""

from __future__ import annotations

import functools
import shutil
import threading
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from builder import digest
from builder.errors import Error
from certify.host_libraries import bringing
from certify.sandbox import module, mount
from certify.sandbox.watching import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from certify.host_libraries.bringing import Brought
    from certify.sandbox.module import Module
    from certify.sandbox.plan import Plan
    from certify.site import Site

    # The plan with these modules, where the folders of this machine that they show are shown.
    Planned = Callable[[Sequence[Module], frozenset[str]], Plan]


@dataclass(frozen=True, slots=True, kw_only=True)
class Injection:
    """A library that a test ran with: where its files stood, the sha256 of each by its path there, and what was loaded of it.

    ``loaded`` has the paths in the sandbox by SONAME, of what the library replaces; see above for what that proves.
    """

    library: str
    folder: str
    files: Mapping[str, str]
    loaded: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """A library that the recipe names, and which files of the image were seen to be loaded with it, or not: ``refused``.

    ``loaded`` has the SONAMEs by file. What it proves is said in certify.sandbox.proving. A library that is ``lacking`` on
    this machine was not tried.
    """

    library: str
    lacking: bool
    folder: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    loaded: Mapping[str, Sequence[str]] = field(default_factory=dict)
    refused: Sequence[str] = ()

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> Proven:
        """A result as certify.sandbox.proving tells it."""
        plain = {key: event[key] for key in ("library", "lacking", "folder", "files", "loaded") if key in event}
        return cls(**plain, refused=tuple(event.get("refused", ())))

    @property
    def told(self) -> str:
        """What came of it, in words."""
        if self.lacking:
            return "not tried: its files are not on this machine"
        count = f"loaded by {len(self.loaded)} of {len(self.loaded) + len(self.refused)} files that need it"
        return count if self.loaded or self.refused else "nothing to try"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Watched:
    """A library in a sandbox: ``folder`` is the test's own mount of its files, ``files`` are their sha256."""

    brought: Brought
    folder: str
    files: Mapping[str, str]
    watch: Watch

    def seen(self) -> Injection:
        """What was loaded of it so far."""
        opened, where = self.watch.opened(), self.brought.within(self.brought.at)
        loaded = {soname: f"{where}/{name}" for soname, name in self.brought.replacing.items()
                  if f"{self.folder}/{name}" in opened}
        return Injection(library=self.brought.library.name, folder=where, files=self.files, loaded=loaded)


@dataclass(frozen=True, slots=True)
class Injected:
    """What is injected into one sandbox; ``plan`` is its plan."""

    plan: Plan
    watched: Sequence[_Watched]

    def seen(self) -> list[dict[str, Any]]:
        """Every library as plain data (an ``Injection``), with what was loaded of it so far."""
        return [asdict(one.seen()) for one in self.watched]


class Injector:
    """Brings host libraries of a site into sandboxes, as its runtime does where they are on this machine."""

    def __init__(self, site: Site, planned: Planned) -> None:
        self._planned = planned
        found = {name: _here(bringing.candidates(one, site)) for name, one in site.libraries.items()}
        self._known = {name: one for name, one in found.items() if one is not None}
        self._usual = [one for one in module.active(site) if _is_here(one)]
        self._sums: dict[str, dict[str, str]] = {}
        self._reading = threading.Lock()

    @functools.cached_property
    def without(self) -> Plan:
        """The plan without anything of the site's."""
        return self._planned((), frozenset())

    def lacking(self, names: Sequence[str]) -> list[str]:
        """Those of the named libraries whose files are not on this machine, or of which the profile does not say where."""
        return [name for name in names if name not in self._known]

    @contextmanager
    def injected(self, names: Sequence[str] | None, work: Path) -> Iterator[Injected]:
        """What a sandbox shows with these libraries and no others of the site; with None, what a user has who chooses none.

        ``work`` is a folder that is made, and gone afterwards. Raises Error where this kernel cannot show them so.
        """
        brought, modules = self._chosen(names)
        if not modules:
            yield Injected(self.without, ())
            return
        with ExitStack() as stack:
            stack.callback(shutil.rmtree, work, ignore_errors=True)
            shown = {one.name: self._shown(one, work, stack) for one in modules}
            folders = frozenset(source for one in shown.values() for source in one.sources.values())
            watched = [self._watched(one, shown[one.module.name], stack) for one in brought]
            yield Injected(self._planned(tuple(shown.values()), folders), watched)

    def _chosen(self, names: Sequence[str] | None) -> tuple[list[Brought], list[Module]]:
        if names is None:
            usual = [one.name for one in self._usual]
            return [one for one in self._known.values() if one.module.name in usual], self._usual
        brought = [self._known[name] for name in dict.fromkeys(names)]
        return brought, [one.module for one in brought]

    def _shown(self, one: Module, work: Path, stack: ExitStack) -> Module:
        """The module with folders of this test's own in the place of the machine's; nothing can be written there.

        What it mounts beside described libraries is the machine's, such as /dev/shm, and no part of a test.
        """
        wanted = {brought.at for brought in self._known.values() if brought.module.name == one.name}
        own = {path: str(stack.enter_context(mount.overlaid(Path(source), work / f"{one.name}-{number}")))
               for number, (path, source) in enumerate(one.sources.items())
               if (path in wanted or path == one.folder) and Path(source).is_dir()}
        mounts = {path: own[path] for path in one.mounts if path in own}
        return replace(one, copied=own.get(one.folder) if one.copied else None, mounts=mounts, read_only=frozenset(mounts))

    def _watched(self, one: Brought, shown: Module, stack: ExitStack) -> _Watched:
        folder = one.within(shown.sources[one.at])
        files = self._summed(one)
        watch = stack.enter_context(Watch(f"{folder}/{name}" for name in one.replacing.values()))
        return _Watched(brought=one, folder=folder, files=files, watch=watch)

    def _summed(self, one: Brought) -> Mapping[str, str]:
        """The sha256 of the described files that are there, by their paths below the library's folder; read once."""
        with self._reading:
            if one.library.name not in self._sums:
                there = [name for name in one.library.files if Path(one.source, name).is_file()]
                self._sums[one.library.name] = {name: _sum(Path(one.source, name)) for name in there}
            return self._sums[one.library.name]


def _here(ways: Iterator[Brought]) -> Brought | None:
    """The first way by which all files come that are loaded for the sake of what is replaced; None if they are not here."""
    return next((one for one in ways if all(Path(one.source, name).is_file() for name in one.library.reached)), None)


def _is_here(one: Module) -> bool:
    """Whether anything of a module is on this machine, if it shows something of it."""
    return not one.sources or any(Path(source).is_dir() for source in one.sources.values())


def _sum(path: Path) -> str:
    try:
        return digest.of_file(path)
    except OSError as error:
        raise Error(f"{path}: {error.strerror}", hint="tests run with this library of the site: may you read it?") from error
