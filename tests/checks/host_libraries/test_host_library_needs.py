"""What the site's own libraries need of an image."""

from __future__ import annotations

from dataclasses import replace

import pytest

from builder.image import PATH
from certify.host_libraries.decode import plain
from certify.host_libraries.describe import describe
from tests.checks.host_libraries.conftest import APP, ERROR, LIBC, OWN, WARNING, brought
from tests.host_libraries.made import MPI, elf, libc, library, needs_gcc, program

pytestmark = needs_gcc


@pytest.mark.parametrize(("has", "said"), [
    (("GLIBC_2.2.5", "GLIBC_2.25"), "has no more than GLIBC_2.25"), ((), "has no such version"),
    (("GLIBC_2.26",), None), (("GLIBC_2.2.5", "GLIBC_2.26", "GLIBC_2.38"), None)], ids=str)
def test_the_sites_library_needs_a_c_library_that_is_new_enough(put, judged, has, said):
    put(LIBC, libc(*has))
    put(APP, program("libmpi.so.12"))
    found = judged()
    assert [(code, severity, path.rpartition("/")[2]) for code, severity, path, _ in found] == \
        ([("LNK413", ERROR, "libc.so.6")] if said else [])
    assert all("needs GLIBC_2.26 of libc.so.6" in message and said in message for *_, message in found)


def real(site, tmp_path, *, links=(), **files):
    """The site with an mpich of real files, as add-library describes them."""
    for name, content in files.items():
        place = tmp_path / "site" / name.replace("__", "/").replace("_so_", ".so.")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    made, _ = describe("mpich", tmp_path / "site")
    return replace(site, host_libraries={"mpich": plain(made)})


def test_every_library_is_compared_with_the_one_that_the_program_would_get(put, judged, site, tmp_path):
    """The default libstdc++ is new enough, the program's own is not, and the C++ library is loaded once."""
    site = real(site, tmp_path, libmpi_so_12=library("libmpi.so.12", wants=(("libstdc++.so.6", "GLIBCXX_3.4.29"),)))
    put("/usr/lib/x86_64-linux-gnu/libstdc++.so.6", elf("library", soname="libstdc++.so.6", defines=("GLIBCXX_3.4.29",)))
    put("/opt/conda/lib/libstdc++.so.6", elf("library", soname="libstdc++.so.6", defines=("GLIBCXX_3.4.22",)))
    put(APP, program("libmpi.so.12"))
    assert judged(site=site) == []
    put(APP, program("libstdc++.so.6", "libmpi.so.12", rpath="/opt/conda/lib"))
    (code, severity, path, message), = judged(site=site)
    assert (code, severity, path) == ("LNK413", ERROR, "/opt/conda/lib/libstdc++.so.6")
    assert "needs GLIBCXX_3.4.29 of libstdc++.so.6" in message
    assert message.endswith("has no more than GLIBCXX_3.4.22, under every runtime")


def test_what_neither_comes_along_nor_is_there_is_missing(put, judged, site, tmp_path):
    site = real(site, tmp_path, libmpi_so_12=library("libmpi.so.12", "libfabric.so.1", "libpmi.so.0"),
                dep__libfabric_so_1=library("libfabric.so.1", "libcxi.so.1"),
                prov__plug_so_1=library("plug.so.1", "libexotic.so.1"))
    put(APP, program("libmpi.so.12"))
    found = judged(site=site)
    assert [(code, severity) for code, severity, *_ in found] == [("LNK413", ERROR)]
    assert "libpmi.so.0" in found[0][3]
    assert "libcxi.so.1" in found[0][3]
    assert "exotic" not in found[0][3]


def test_a_companion_of_the_sites_library_that_loses_is_a_warning(put, judged, site, tmp_path):
    site = real(site, tmp_path, libmpi_so_12=library("libmpi.so.12", "libfabric.so.1"), libfabric_so_1=library("libfabric.so.1"))
    site = replace(site, host_libraries={"mpich": {**site.host_libraries["mpich"], "replaces": ["libmpi.so.12"]}})
    put("/opt/app/lib/libfabric.so.1", library("libfabric.so.1"))
    put(APP, program("libfabric.so.1", "libmpi.so.12", rpath="/opt/app/lib"))
    (code, severity, path, message), = judged(site=site)
    assert (code, severity, path) == ("LNK403", WARNING, APP)
    assert "libfabric.so.1" in message


def test_another_kind_of_machine_is_told(put, judged, site):
    files = {"libmpi.so.12": {"soname": "libmpi.so.12", "machine": "aarch64"}}
    put(APP, program("libmpi.so.12", runpath="/opt/mpi/lib"))
    (code, severity, path, message), = judged(site=brought(site, "prepend", files=files, replaces=["libmpi.so.12"]))
    assert (code, severity, path) == ("LNK414", ERROR, APP)
    assert "another kind of machine" in message


def test_a_name_that_the_profile_does_not_know(put, judged):
    put(APP, program("libmpi.so.12"))
    (code, severity, path, message), = judged("mpich", "cuda")
    assert (code, severity, path) == ("LNK414", ERROR, PATH)
    assert message == "host_libraries: the profile of the site shifter has no cuda: it knows mpich"


def test_a_profile_without_libraries_knows_none(put, judged, site):
    put(APP, program("libmpi.so.12", rpath="/opt/mpi/lib"))
    assert [message.partition(": ")[2] for *_, message in judged(site=replace(site, host_libraries={}))] == [
        "the profile of the site shifter has no mpich: it knows none"]


def test_a_library_that_nothing_needs_is_a_warning(put, judged):
    put(APP, program("libc.so.6"))
    (code, severity, path, message), = judged()
    assert (code, severity, path) == ("LNK414", WARNING, PATH)
    assert "no file of the image needs" in message


@pytest.mark.parametrize(("needed", "more", "codes"), [
    ("libmpi.so.12", {"rpath": "/opt/mpi/lib"}, ["LNK403"]), ("libmpi.so.12", {"runpath": "/opt/mpi/lib"}, []),
    ("libmpi.so.40", {}, ["LNK407"]), ("libc.so.6", {"code": MPI}, ["LNK408"]), (OWN, {}, [])], ids=str)
def test_without_a_wish_there_are_only_warnings(put, judged, needed, more, codes):
    put("/usr/lib/x86_64-linux-gnu/libmpi.so.40", library("libmpi.so.40"))
    put("/opt/mpi/bin/mpiexec", program())
    put(APP, program(needed, **more))
    assert [(code, severity) for code, severity, *_ in judged(None)] == [(code, WARNING) for code in codes]


def test_where_nobody_works_with_mpi_no_symbols_are_read(put, judged):
    put(APP, elf(code=MPI))
    assert judged(None) == []


CHOOSER = "/opt/py/lib/python3.11/site-packages/mpi4py/_mpiabi.py"


@pytest.mark.parametrize(("env", "copy", "found"), [
    ({}, "/opt/py/lib/libmpi.so.12", True), ({"MPI4PY_LIBMPI": "libmpi.so.12"}, "/opt/py/lib/libmpi.so.12", False),
    ({"MPI4PY_MPIABI": "mpich"}, "/opt/py/lib/libmpi.so.12", False), ({"MPI4PY_LIBMPI": OWN}, "/opt/x", True),
    ({}, "/opt/x", False)], ids=str)
def test_a_module_that_opens_its_mpi_by_a_path(put, judged, env, copy, found):
    """As mpi4py's wheels do with the library of PyPI's mpich, which they find beside them."""
    put(CHOOSER, b"def _dlopen_libmpi(): ...\n")
    put(CHOOSER.replace("_mpiabi.py", "MPI.mpich.cpython-311-x86_64-linux-gnu.so"), library("", "libmpi.so.12"))
    put("/opt/py/lib/libmpi.so", b"INPUT(libmpi.so.12)\n")
    put(copy, library("libmpi.so.12"))
    hits = [(code, severity, path) for code, severity, path, _ in judged(**env)]
    assert hits == ([("LNK414", ERROR, CHOOSER)] if found else [])
