"""Which MPI a program is made for, and one that is linked in."""

from __future__ import annotations

import pytest

from tests.checks.host_libraries.conftest import APP, ERROR, WARNING
from tests.host_libraries.made import MPI, elf, library, needs_gcc, program

pytestmark = needs_gcc


@pytest.mark.parametrize(("soname", "family"), [
    ("libmpich.so.12", "Debian's MPICH"), ("libmpi.so.40", "Open MPI"), ("libmpi_abi.so.1", "the standard MPI ABI"),
    ("libmpi_cray.so.12", "Cray MPICH"), ("libmpi_mpifh.so.40", "Open MPI"), ("libmpichfort.so.12", "Debian's MPICH")])
def test_another_soname_is_another_library(put, judged, soname, family):
    put(f"/usr/lib/x86_64-linux-gnu/{soname}", library(soname, code=MPI))
    put(APP, program(soname))
    (code, severity, path, message), = judged()
    assert (code, severity, path) == ("LNK407", ERROR, APP)
    assert f"{APP} needs {soname} of {family}" in message
    assert "libmpi.so.12" in message


def test_a_module_for_an_mpi_that_is_not_there_is_no_finding(put, judged):
    """As mpi4py's wheels have one for Open MPI."""
    put("/opt/py/MPI.openmpi.so", library("", "libmpi.so.40"))
    put("/opt/py/MPI.mpich.so", library("", "libmpi.so.12"))
    assert judged() == []


def test_a_package_that_knows_another_mpi_is_a_warning_beside_what_is_right(put, package, judged):
    put("/usr/lib/x86_64-linux-gnu/libmpi.so.40", library("libmpi.so.40"))
    put("/usr/bin/tool", program("libmpi.so.40"))
    package("tool", "/usr/bin/tool")
    assert [(code, severity) for code, severity, *_ in judged()] == [("LNK407", ERROR)]
    put(APP, program("libmpi.so.12"))
    assert [(code, severity) for code, severity, *_ in judged()] == [("LNK407", WARNING)]


@pytest.mark.parametrize(("kind", "code", "found"), [
    ("program", MPI, True), ("program", "int MPI_Init(void) { return 0; }", True),
    ("library", MPI, True), ("library", "int MPI_Init(void) { return 0; }", False),
    ("library", "int PMPI_Init(void); int MPI_Init(void) { return PMPI_Init(); }", False),
    ("program", "int MPI_Initialise(void) { return 0; } char *text = \"MPI_Init\";", False)],
    ids=["program", "stub", "library", "stub library", "tool", "text"])
def test_an_mpi_that_is_linked_in_statically(put, judged, kind, code, found):
    put(APP, elf(kind, code=code))
    hits = [(code, severity, path) for code, severity, path, _ in judged()]
    assert hits == [("LNK408", ERROR, APP)] if found else [code for code, *_ in hits] == ["LNK414"]


@pytest.mark.parametrize("flags", [("-static",), ("-static-pie",)], ids=str)
def test_a_program_without_a_loader_is_read_as_well(put, judged, flags):
    put(APP, elf(code=MPI, flags=flags))
    assert [(code, path) for code, _, path, _ in judged()] == [("LNK408", APP)]


def test_of_a_stripped_program_nothing_is_known(put, judged):
    put(APP, elf(code=MPI, flags=("-static", "-s")))
    assert [code for code, *_ in judged()] == ["LNK414"]


def test_an_mpi_itself_and_who_needs_one_are_not_static(put, judged):
    put("/opt/mpi/lib/libmpi_abi.so.1", library("libmpi_abi.so.1", code=MPI))
    put("/opt/mpi/lib/libmpi.so.12.1", library("", code=MPI))
    put(APP, elf(needs=("libmpi.so.12",), code="int MPI_Init(void) { return 0; }"))
    assert judged() == []
