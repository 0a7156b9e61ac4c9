"""What the loader of an image sees of a host library once a runtime brought it in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certify.elf.reader import Elf
from certify.host_libraries.model import How
from certify.linking.model import Injected

if TYPE_CHECKING:
    from certify.host_libraries.model import HostLibrary, SiteFile, Way
    from certify.site import Site

LIBRARY_PATH = "LD_LIBRARY_PATH"


def injected(library: HostLibrary, runtime: str, site: Site, *, machine: str, bits: int, own: str = "") -> Injected:
    """The library under a runtime, for programs of one kind of machine; ``own`` is the image's LD_LIBRARY_PATH.

    Files for other machines are left out: the loader passes over them.
    """
    way = library.runtimes[runtime]
    kept = {path: _elf(file, machine, bits) for path, file in library.files.items() if fits(file, machine, bits)}
    names = {**{path: path for path in kept}, **{link: target for link, target in library.links.items() if target in kept}}
    folders = search_path(library, way)
    hidden = (*site.runtime_owned, *site.site_mounts) if runtime == site.runtime else ()
    return Injected(files={f"{way.folder}/{name}": kept[path] for name, path in names.items()},
                    library_path=_library_path(way.how, folders, tuple(own.split(":")) if own else ()),
                    cache_first=folders if way.how is How.LDCONFIG else (), hidden=hidden)


def search_path(library: HostLibrary, way: Way) -> tuple[str, ...]:
    """The folders that the loader is told, where the runtime shows them."""
    return tuple(way.folder if sub == "." else f"{way.folder}/{sub}" for sub in library.search)


def fits(file: SiteFile, machine: str, bits: int) -> bool:
    """Whether a file is for that kind of machine, or for any."""
    return file.machine is None or (file.machine, file.bits) == (machine, bits)


def _library_path(how: How, folders: tuple[str, ...], own: tuple[str, ...]) -> tuple[str, ...]:
    return {How.PREPEND: folders + own, How.APPEND: own + folders, How.REPLACE: folders, How.LDCONFIG: own}[how]


def _elf(file: SiteFile, machine: str, bits: int) -> Elf:
    return Elf(machine=machine, bits=bits, kind="shared", needed=file.needed, soname=file.soname, rpath=file.rpath,
               runpath=file.runpath, dynamic=True)
