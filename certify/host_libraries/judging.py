"""Judges what the loader would load with one file: which needs are not met by the site's copy, and who decided that."""

from __future__ import annotations

import enum
import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from builder.image import PATH as IMAGE_JSON
from certify.host_libraries.injection import LIBRARY_PATH
from certify.host_libraries.needing import basename, development_names
from certify.linking.search import TOO_MUCH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.host_libraries.model import HostLibrary
    from certify.linking.model import Injected, Loaded, Step

_MAX_CHAIN: Final = 32


class Cause(enum.StrEnum):
    """Why a file does not get the site's copy."""

    RPATH = "DT_RPATH"                  # searched before all that a runtime can set
    RUNPATH = "DT_RUNPATH"              # searched before ld.so.cache
    ABSOLUTE = "absolute path"          # no search at all
    VARIABLE = "LD_LIBRARY_PATH"        # the image's own comes first
    NAME = "other name"                 # it needs a name that the site does not bring
    MACHINE = "other machine"           # the site brings none for this kind of machine
    OPENED = "opened by path"           # a program looks for it itself
    OTHER = "other"                     # what is left, such as a broken file of that name which stops the loader


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """One file that does not get the site's copy under one runtime.

    ``path`` is the file that was looked at, ``culprit`` the object that decides, ``needed`` the name as it is written
    there, ``found`` what is loaded instead (None: nothing) and ``how`` the loader came to it. ``chain`` leads from the file
    to the object that needs it. ``companion`` marks a library that the site's own files need, not the image's.
    """

    runtime: str
    cause: Cause
    path: str
    culprit: str
    needed: str
    found: str | None
    how: str
    chain: tuple[str, ...]
    companion: bool = False

    @property
    def name(self) -> str:
        """The name of the library that is needed, without a folder."""
        return basename(self.needed)

    @property
    def folder(self) -> str:
        """The folder of what is loaded instead."""
        return (self.found or "").rpartition("/")[0]


class Judge:
    """Knows which names of a host library are to be the site's."""

    def __init__(self, library: HostLibrary) -> None:
        self.names = frozenset(library.replaces) | development_names(library.replaces)
        self._carried = frozenset(library.names)

    def wants(self, step: Step) -> bool:
        """Whether the step is about a library that the site replaces."""
        return basename(step.needed) in self.names

    def losses(self, loaded: Loaded, runtime: str, brought: Injected) -> Iterator[Loss]:
        """Every need that is not met as the site wants it, each file that is loaded in its place once."""
        seen: set[tuple[str, str | None]] = set()
        for step in loaded.steps:
            name = basename(step.needed)
            wanted, companion = name in self.names, name in self._carried and is_brought(step.by, brought)
            lost = not step.of_site and (step.found is not None or (name in self._carried and step.how != TOO_MUCH))
            if (wanted or companion) and lost and (name, step.found) not in seen:
                seen.add((name, step.found))
                yield self._loss(loaded, step, runtime, brought, companion=companion and not wanted)

    def _loss(self, loaded: Loaded, step: Step, runtime: str, brought: Injected, *, companion: bool) -> Loss:
        origin = next((one for one in loaded.steps if step.found is not None and one.found == step.found), step)
        cause, culprit = self._cause(step, origin, brought)
        return Loss(runtime=runtime, cause=cause, path=loaded.path, culprit=culprit, needed=step.needed, found=step.found,
                    how=origin.how, chain=_chain(loaded, step), companion=companion)

    def _cause(self, step: Step, origin: Step, brought: Injected) -> tuple[Cause, str]:
        name = basename(step.needed)
        if name in self._carried and all(basename(path) != name for path in brought.files):
            return Cause.MACHINE, step.by
        if "/" in origin.needed:
            return Cause.ABSOLUTE, origin.by
        if name not in self._carried:
            return Cause.NAME, step.by
        for kind in (Cause.RPATH, Cause.RUNPATH):
            if origin.how.startswith(f"{kind.removeprefix('DT_')} of "):
                return kind, origin.how.partition(" of ")[2]
        return (Cause.VARIABLE, IMAGE_JSON) if origin.how == LIBRARY_PATH else (Cause.OTHER, origin.by)


def is_brought(path: str, brought: Injected) -> bool:
    """Whether the loader's name for a file is one of the site's; ``$ORIGIN/..`` stays in such a name as it is."""
    return path in brought.files or ("/." in path and posixpath.normpath(path) in brought.files)


def _chain(loaded: Loaded, step: Step) -> tuple[str, ...]:
    """The objects from the file that is loaded down to the one whose need the step is."""
    loaders: dict[str, str] = {}
    for one in loaded.steps:
        if one.found is not None:
            loaders.setdefault(one.found, one.by)
    chain = [step.by]
    while chain[-1] in loaders and loaders[chain[-1]] not in chain and len(chain) < _MAX_CHAIN:
        chain.append(loaders[chain[-1]])
    return tuple(reversed(chain))
