"""Programs that look for a library themselves and open it by its path, so that the loader searches nowhere.

mpi4py's wheels do: ``mpi4py/_mpiabi.py`` opens ``<prefix>/lib/libmpi.so.12`` of its own environment before it asks the
loader for libmpi.so.12. PyPI's mpich puts a library exactly there, and then the site's is never used, whatever
LD_LIBRARY_PATH says. MPI4PY_LIBMPI names what to open instead, MPI4PY_MPIABI which MPI to take without opening anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from certify.host_libraries.needing import basename

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.tree import ImageTree
    from certify.host_libraries.model import HostLibrary

_CHOOSER: Final = "/mpi4py/_mpiabi.py"
_NAMES: Final = ("libmpi.so", "libmpi.so.12", "libmpi.so.40")     # in its own order


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The file ``path`` opens the library of the path ``library``, a copy of one that the site replaces."""

    path: str
    library: str


def by_path(image: ImageTree, library: HostLibrary) -> Iterator[Opened]:
    """Every such file; in most images there is none."""
    environment = image.config.environment
    if environment.get("MPI4PY_MPIABI"):
        return
    named = environment.get("MPI4PY_LIBMPI")
    for path in image.entries:
        if path.endswith(_CHOOSER) and _has_variants(image, path):
            found = _library(image, [named] if named else _candidates(path))
            if found is not None and _soname(image, found) in library.replaces:
                yield Opened(path=path, library=found)


def _has_variants(image: ImageTree, path: str) -> bool:
    """One extension module for each MPI: only then is there something to choose."""
    folder = path.rpartition("/")[0]
    return any(one.startswith(f"{folder}/MPI.mpi") and one.endswith(".so") for one in image.elves)


def _candidates(path: str) -> list[str]:
    prefix = path.partition("/lib/python")[0]
    return [f"{prefix}/lib/{name}" for name in _NAMES] if prefix not in (path, "/usr") else []


def _library(image: ImageTree, paths: list[str]) -> str | None:
    """The first that can be opened: not a linker script, nor a name that the loader has to search."""
    return next((path for path in paths if path.startswith("/") and (image.resolve(path) or path) in image.elves), None)


def _soname(image: ImageTree, path: str) -> str:
    return image.elves[image.resolve(path) or path].soname or basename(path)
