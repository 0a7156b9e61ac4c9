"""Which MPI a library belongs to, by its name: libraries of one family can replace each other, those of two never can."""

from __future__ import annotations

from typing import Final

MPICH: Final = "MPICH"
DEBIAN_MPICH: Final = "Debian's MPICH"
OPEN_MPI: Final = "Open MPI"
CRAY: Final = "Cray MPICH"
STANDARD: Final = "the standard MPI ABI"

# The entry points of a library that carries an MPI; the second pair is the same under the names of the profiling interface.
START: Final = frozenset({"MPI_Init", "MPI_Init_thread"})
PROFILED: Final = frozenset({"PMPI_Init", "PMPI_Init_thread"})

# The MPICH ABI compatibility initiative fixed these names, with major 12, for MPICH, Intel MPI, MVAPICH2 and Cray's mpich-abi.
_ABI: Final = ("libmpi", "libmpifort", "libmpicxx")
_DEBIAN: Final = ("libmpich", "libmpichfort", "libmpichcxx", "libmpichf90")
_OPEN_MPI: Final = ("libmpi_mpifh", "libmpi_usempi", "libmpi_cxx", "libmpi_java", "liboshmem", "libompitrace")
_OPEN_MPI_MAJORS: Final = ("0", "1", "15", "16", "20", "40", "80")

CURES: Final = {
    DEBIAN_MPICH: "build MPICH from source with --enable-shared, or take PyPI's mpich: both have libmpi.so.12",
    OPEN_MPI: "build with an MPI of the site's family: to another MPI the same program is another program",
    CRAY: "link with cray-mpich-abi, which has libmpi.so.12",
    STANDARD: "link with the MPI's own ABI (mpicc, not mpicc_abi)",
    MPICH: "build with an MPI of the site's family",
}


def family(soname: str) -> str | None:
    """The MPI that a library of that name belongs to; None if to none."""
    stem, _, major = soname.partition(".so.")
    major = major.partition(".")[0]
    if stem in _ABI and major == "12":
        return MPICH
    if stem == "libmpi_abi" and major:
        return STANDARD
    if stem in _DEBIAN and major:
        return DEBIAN_MPICH
    if (major and stem.startswith(_OPEN_MPI)) or (stem == "libmpi" and major in _OPEN_MPI_MAJORS):
        return OPEN_MPI
    if major and stem.startswith(("libmpi_", "libmpich_", "libmpifort_")):
        return CRAY
    return None


def is_library(name: str) -> bool:
    """Whether a file of that name is the library of an MPI, also without a version: ``libmpi.so``."""
    return family(name) is not None or name.removesuffix(".so") in (*_ABI, *_DEBIAN)
