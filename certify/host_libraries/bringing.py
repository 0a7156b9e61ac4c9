"""How a host library comes into a sandbox of this machine: which module of the site brings it, from which folder. Pure.

The profile may say so in two ways. A module of the site brings the folder in which the runtime shows the library: then the
module's files and variables are taken, as a user gets them. Or the runtime's way has a ``source``, the folder of this machine
whose content stands there: then the variable is changed as the way says. What ldconfig would have to write into an image
(Charliecloud's ch-fromhost) cannot be shown for a squashfs, so such a way brings nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from certify.host_libraries.injection import LIBRARY_PATH, search_path
from certify.host_libraries.model import How
from certify.sandbox import module
from certify.sandbox.environment import Changes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from certify.host_libraries.model import HostLibrary, Way
    from certify.sandbox.module import Module
    from certify.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A library, and the module that brings it.

    ``at`` is the path in the sandbox where the module shows a folder of this machine, ``below`` that of the library's own
    folder in it: empty where it is that folder.
    """

    library: HostLibrary
    module: Module
    at: str
    below: str

    @property
    def source(self) -> str:
        """The folder of this machine with the library's files."""
        return self.within(self.module.sources[self.at])

    @property
    def replacing(self) -> Mapping[str, str]:
        """The files that replace the image's, below the library's folder, by SONAME."""
        return {name: self.library.names[name] for name in self.library.replaces}

    def within(self, folder: str) -> str:
        """The library's own folder, where another folder stands for the module's."""
        return f"{folder}/{self.below}" if self.below else folder


def candidates(library: HostLibrary, site: Site) -> Iterator[Brought]:
    """All ways in which the site may bring a library in, the likeliest first: the modules that a user has, others, a source."""
    way = library.runtimes.get(site.runtime)
    if way is None or way.how is How.LDCONFIG:
        return
    for name in dict.fromkeys((*site.default_modules, *site.modules)):
        if name in site.modules:
            yield from _by_module(library, way, module.named(name, site))
    if way.source is not None:
        changes = _changes(library, way, site, f"the site's library {library.name}")
        own = module.Module(name=library.name, changes=changes, mounts={way.folder: way.source},
                            read_only=frozenset({way.folder}))
        yield Brought(library=library, module=own, at=way.folder, below="")


def _by_module(library: HostLibrary, way: Way, one: Module) -> Iterator[Brought]:
    """The library by a module that shows the way's folder, or one that the folder lies in; by the nearest of these."""
    for path in sorted(one.sources, key=len, reverse=True):
        if way.folder == path or way.folder.startswith(path + "/"):
            said = one.changes
            known = any(LIBRARY_PATH in part for part in (said.set, said.append, said.prepend))
            made = one if known else replace(one, changes=_added(said, way, library))
            yield Brought(library=library, module=made, at=path, below=way.folder[len(path) + 1:])
            return


def _changes(library: HostLibrary, way: Way, site: Site, who: str) -> Changes:
    """What a way does to the environment, unless the site does it for every program."""
    made = _added(Changes(who=who), way, library)
    known = site.environment_append.get(LIBRARY_PATH) if way.how is How.APPEND else None
    return made if known is None or known != made.append[LIBRARY_PATH] else Changes(who=who)


def _added(changes: Changes, way: Way, library: HostLibrary) -> Changes:
    value = {LIBRARY_PATH: ":".join(search_path(library, way))}
    if way.how is How.REPLACE:
        return replace(changes, set={**changes.set, **value})
    if way.how is How.APPEND:
        return replace(changes, append={**changes.append, **value})
    return replace(changes, prepend={**changes.prepend, **value})
