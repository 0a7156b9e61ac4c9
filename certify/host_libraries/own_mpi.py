"""The MPIs that an image has and no library of the site can replace: those of another family, and those linked in statically."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from certify.elf.versions import symbols
from certify.host_libraries import mpi
from certify.host_libraries.memo import Memo
from certify.host_libraries.needing import basename

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from certify.checks.tree import ImageTree
    from certify.elf.reader import Elf
    from certify.host_libraries.model import HostLibrary
    from certify.site import Site

_TOOLS: Final = ("/mpiexec", "/mpirun", "/mpi.h", "/mpicc")    # where these are, somebody works with MPI
_FOREIGN: Final[Memo[tuple[Foreign, ...]]] = Memo()
_STATIC: Final[Memo[tuple[str, ...]]] = Memo()


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """Files that need libraries (``names``) of an MPI ``family`` which the site does not replace; these are in the image."""

    family: str
    names: tuple[str, ...]
    users: tuple[str, ...]


def libraries(image: ImageTree, site: Site) -> tuple[HostLibrary, ...]:
    """The site's MPIs: those that the recipe names, or all of them where it names none."""
    known = [one for one in site.libraries.values() if any(map(mpi.family, one.replaces))]
    return tuple(one for one in known if one.name in image.host_libraries) or tuple(known)


def asked(image: ImageTree, site: Site) -> bool:
    """Whether the recipe wants an MPI of the site."""
    return any(one.name in image.host_libraries for one in libraries(image, site))


def foreign(image: ImageTree, site: Site) -> tuple[Foreign, ...]:
    """The files that need an MPI which is in the image and is none of those that the site replaces, by family."""
    return _FOREIGN.get(image, site, lambda: tuple(_foreign(image, libraries(image, site))))


def _foreign(image: ImageTree, site_libraries: Sequence[HostLibrary]) -> Iterator[Foreign]:
    replaced = {name for one in site_libraries for name in one.replaces}
    needed: dict[str, dict[str, list[str]]] = {}
    for path, elf in image.elves.items() if replaced else ():
        if not mpi.is_library(elf.soname or basename(path)):
            for name in map(basename, elf.needed):
                if (family := mpi.family(name)) is not None and name not in replaced:
                    needed.setdefault(family, {}).setdefault(name, []).append(path)
    there = {name for path, elf in image.elves.items() for name in (basename(path), elf.soname)} if needed else set()
    for family, users in needed.items():
        present = {name: paths for name, paths in users.items() if name in there}
        if present:
            yield Foreign(family=family, names=tuple(sorted(present)),
                          users=tuple(dict.fromkeys(path for paths in present.values() for path in paths)))


def static(image: ImageTree, site: Site) -> tuple[str, ...]:
    """The files that carry an MPI in them, as far as their symbols tell: of what is stripped nothing is known."""
    return _STATIC.get(image, site, lambda: tuple(_static(image)) if libraries(image, site) else ())


def _static(image: ImageTree) -> Iterator[str]:
    if not image.host_libraries and not any(path.endswith(_TOOLS) for path in image.entries):
        return
    for path, elf in image.elves.items():
        if elf.kind in ("executable", "shared") and not _has_library(path, elf) and image.owner(path) is None \
                and _carries(image, path, program=elf.program):
            yield path


def _has_library(path: str, elf: Elf) -> bool:
    """Whether it needs the library of an MPI, or is one."""
    return any(map(mpi.is_library, (elf.soname or basename(path), *map(basename, elf.needed))))


def _carries(image: ImageTree, path: str, *, program: bool) -> bool:
    """Whether it defines the start of an MPI.

    A tool that stands between a program and its MPI defines it as well, and needs the same under its profiling name from
    elsewhere. A library with the start alone is the stub of a serial build; a program with it cannot get another one.
    """
    file = image.open(path)
    if file is None:
        return False
    with file:
        defined, needed = symbols(file, image.entries[path].st_size, mpi.START | mpi.PROFILED)
    return bool(defined & mpi.PROFILED) or (program and bool(defined & mpi.START) and not needed & mpi.PROFILED)
