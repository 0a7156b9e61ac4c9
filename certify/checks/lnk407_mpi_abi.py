"""A program needs the library of an MPI that the site's own cannot replace.

The loader replaces a library by one of the same name and nothing else. A site with an MPI of MPICH's ABI (MPICH, Cray MPICH,
Intel MPI, MVAPICH) brings ``libmpi.so.12``. Open MPI has ``libmpi.so.40``, another ABI under another name. Debian's package
of MPICH has the right ABI, but renamed the library to ``libmpich.so.12``: the site's ``libmpi.so.12`` is never asked for.
Such a program uses the image's MPI, which knows nothing of the site's network and launcher: each rank runs alone.

A file that needs such a library which the image does not even have is no finding here: wheels of mpi4py have a module for
each MPI and load one. It is an error where the recipe names an MPI in ``host_libraries``; a warning where it does not, and
for the packages of a distribution beside files that do need the site's (a serial tool that happens to know MPI).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from certify.checks.hit import Hit
from certify.finding import Severity
from certify.host_libraries import mpi, own_mpi, telling
from certify.host_libraries.proof import proofs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.tree import ImageTree
    from certify.host_libraries.own_mpi import Foreign
    from certify.site import Site

CODE = "LNK407"
NAME = "mpi-abi"
SEVERITY = Severity.ERROR
HELP = "link with an MPI whose library has the name of the site's: MPICH built from source with --enable-shared, or PyPI's mpich"


def check(image: ImageTree, site: Site) -> Iterator[Hit]:
    """One hit for each MPI."""
    for one in own_mpi.foreign(image, site):
        users = [path for path in one.users if image.owner(path) is None] or list(one.users)
        yield Hit(path=users[0], message=_message(image, site, one, users[0]), severity=_severity(image, site, one))


def _message(image: ImageTree, site: Site, one: Foreign, path: str) -> str:
    known = own_mpi.libraries(image, site)
    brought = telling.listed(sorted({name for library in known for name in library.replaces if mpi.family(name)}))
    return (f"{path}{telling.more(one.users)} needs {telling.listed(one.names)} of {one.family}, and the site brings {brought} "
            f"({telling.listed([library.name for library in known])}): {mpi.CURES[one.family]}")


def _severity(image: ImageTree, site: Site, one: Foreign) -> Severity:
    if not own_mpi.asked(image, site):
        return Severity.WARNING
    packaged = all(image.owner(path) is not None for path in one.users)
    served = any(proof.asked and proof.users and any(map(mpi.family, proof.library.replaces)) for proof in proofs(image, site))
    return Severity.WARNING if packaged and served else Severity.ERROR
