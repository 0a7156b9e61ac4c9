"""A program carries an MPI in itself instead of loading one.

What is linked in statically cannot be replaced: the program starts with the MPI that it was built with, which knows nothing
of the site's network and launcher, and each rank runs alone. A program that needs no library of an MPI and yet defines
``MPI_Init`` is one of these. So is a serial build that brings a stub of MPI: with the site's it has nothing to do either.

Symbols tell it: of programs that are stripped nothing is known. Tools that stand between a program and its MPI define
``MPI_Init`` and need ``PMPI_Init``; they are no finding. It is an error where the recipe names an MPI in ``host_libraries``,
else a warning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from certify.checks.hit import grouped
from certify.finding import Severity
from certify.host_libraries import own_mpi

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.hit import Hit
    from certify.checks.tree import ImageTree
    from certify.site import Site

CODE = "LNK408"
NAME = "mpi-static"
SEVERITY = Severity.ERROR
HELP = "build the MPI with --enable-shared, and link the program to its shared library"


def check(image: ImageTree, site: Site) -> Iterator[Hit]:
    """One hit for each step or tree of folders with such files."""
    severity = Severity.ERROR if own_mpi.asked(image, site) else Severity.WARNING
    yield from grouped(image, own_mpi.static(image, site), _message, severity=severity)


def _message(path: str) -> str:
    return f"{path} defines MPI_Init and needs no library of an MPI: the site's cannot replace what is linked into it"
