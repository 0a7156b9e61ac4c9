"""The proof that the site's own libraries win in an image: what the loader would do there, under each runtime."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from certify.host_libraries import modules, opened
from certify.host_libraries.injection import LIBRARY_PATH, injected
from certify.host_libraries.judging import Cause, Judge, Loss
from certify.host_libraries.memo import Memo
from certify.host_libraries.needing import basename, needing
from certify.host_libraries.unmet import Unmet, Versions
from certify.linking.loader import Loader
from certify.linking.search import TOO_MUCH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from certify.checks.tree import ImageTree
    from certify.elf.reader import Elf
    from certify.host_libraries.model import HostLibrary
    from certify.linking.model import Injected, Loaded
    from certify.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What is known of one host library: ``asked`` tells whether the recipe named it, ``users`` are the files that need it.

    ``complete`` is False where an image is made so that to follow the loader would take for ever.
    """

    library: HostLibrary
    asked: bool
    users: tuple[str, ...]
    losses: tuple[Loss, ...]
    unmet: tuple[Unmet, ...]
    complete: bool = True

    def holds(self, runtime: str) -> bool:
        """Whether there are files that need it, and each gets the site's copy under that runtime, fit to run."""
        lost = any(one.runtime == runtime and not one.companion for one in self.losses)
        return self.complete and bool(self.users) and not lost and not any(one.runtime == runtime for one in self.unmet)


_PROOFS: Final[Memo[tuple[Proof, ...]]] = Memo()
_MAX_STEPS: Final = 1_000_000       # of one library; an image with a thousand MPI programs takes a quarter of it
_MAX_LOAD: Final = 10_000           # of one file; the largest programs have some hundred


def proofs(image: ImageTree, site: Site) -> tuple[Proof, ...]:
    """One for each library of the site, in the profile's order; computed once for an image. Raises Error for a bad profile."""
    return _PROOFS.get(image, site, lambda: tuple(_Prover(image, site, one).prove() for one in site.libraries.values()))


class _Prover:
    """Looks at all files that need one library."""

    def __init__(self, image: ImageTree, site: Site, library: HostLibrary) -> None:
        self._image, self._site, self._library = image, site, library
        self._asked = library.name in image.host_libraries
        self._judge = Judge(library)
        self._versions = Versions(image, library)
        self._users: dict[str, None] = {}
        self._losses: dict[Loss, None] = {}
        self._steps, self._complete = 0, True

    def prove(self) -> Proof:
        """Ask the loader for every file under every runtime."""
        kinds = self._kinds()
        own = self._image.config.environment.get(LIBRARY_PATH, "")
        for runtime in self._library.runtimes:
            for (machine, bits), paths in kinds.items():
                self._under(runtime, injected(self._library, runtime, self._site, machine=machine, bits=bits, own=own), paths)
        for one in opened.by_path(self._image, self._library):
            self._opened(one)
        return Proof(library=self._library, asked=self._asked, users=tuple(self._users), losses=tuple(self._losses),
                     unmet=self._versions.unmet, complete=self._complete)

    def _kinds(self) -> Mapping[tuple[str, int], list[str]]:
        """The files that may need it, by kind of machine.

        The image's own copies of what is replaced are not among them: where the site wins they are never loaded.
        """
        kinds: dict[tuple[str, int], list[str]] = {}
        for path, elf in needing(self._image.elves, self._judge.names).items():
            if elf.soname not in self._library.replaces:
                kinds.setdefault((elf.machine, elf.bits), []).append(path)
        if self._asked and not kinds and (usual := _usual(self._image.elves)):
            kinds[usual] = []
        return kinds

    def _under(self, runtime: str, brought: Injected, paths: list[str]) -> None:
        programs = modules.opened(self._image, paths)
        files = {**brought.files, **{path: elf for path, (_, elf) in programs.items()}}
        loader = Loader(self._image, replace(brought, files=files))
        for path in (*paths, *programs):
            if not self._complete:
                return
            self._look(runtime, brought, loader.load(path), programs[path][0] if path in programs else None)
        if self._asked or self._users:      # as a program would get it that opens the library itself
            for file in brought.files:
                if basename(file) in self._library.replaces:
                    self._versions.look(runtime, loader.load(file), brought)

    def _look(self, runtime: str, brought: Injected, loaded: Loaded, module: str | None) -> None:
        """Judge what is loaded with a file, or with a program that opens the ``module``."""
        self._steps += len(loaded.steps)
        if len(loaded.steps) > _MAX_LOAD or self._steps > _MAX_STEPS or any(step.how == TOO_MUCH for step in loaded.steps):
            self._complete = False
        if any(self._judge.wants(step) for step in loaded.steps if step.found is not None):
            self._users[module or loaded.path] = None
            self._versions.look(runtime, loaded, brought)
        for loss in self._judge.losses(loaded, runtime, brought):
            self._losses[loss if module is None else modules.of_module(loss, module)] = None

    def _opened(self, one: opened.Opened) -> None:
        self._users[one.path] = None
        for runtime in self._library.runtimes:
            self._losses[Loss(runtime=runtime, cause=Cause.OPENED, path=one.path, culprit=one.path, needed=basename(one.library),
                              found=one.library, how="opened by its path", chain=(one.path,))] = None


def _usual(elves: Mapping[str, Elf]) -> tuple[str, int] | None:
    """The kind of machine of most programs in the image."""
    kinds = [(elf.machine, elf.bits) for elf in elves.values() if elf.program]
    return max(sorted(set(kinds)), key=kinds.count, default=None)
