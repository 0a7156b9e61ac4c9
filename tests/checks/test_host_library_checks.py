"""Whether the site's libraries win in an image: small trees of real ELF files, each broken in one way."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace

import pytest

from builder.image import PATH
from certify.checks import (
    lnk403_dt_rpath_blocks_hookup,
    lnk407_mpi_abi,
    lnk408_mpi_static,
    lnk413_host_library_unmet,
    lnk414_host_library_unproven,
)
from certify.finding import Severity
from certify.host_libraries.decode import plain
from certify.host_libraries.describe import describe
from certify.host_libraries.judging import Cause
from certify.host_libraries.proof import proofs
from tests.host_libraries.made import MPI, elf, libc, library, needs_gcc, program

pytestmark = needs_gcc

CHECKS = (lnk403_dt_rpath_blocks_hookup, lnk407_mpi_abi, lnk408_mpi_static, lnk413_host_library_unmet,
          lnk414_host_library_unproven)
LIBC = "/usr/lib/x86_64-linux-gnu/libc.so.6"
OWN = "/opt/mpi/lib/libmpi.so.12"
APP = "/opt/app/bin/app"
ERROR, WARNING = Severity.ERROR, Severity.WARNING


@pytest.fixture
def put(add):
    """An image with a C library and an MPI of its own, and what is put into it."""
    add(LIBC, libc("GLIBC_2.2.5", "GLIBC_2.26", "GLIBC_2.36"), mode=0o755)
    add(OWN, library("libmpi.so.12", "libc.so.6", code=MPI), mode=0o755)
    return lambda path, content: add(path, content, mode=0o755)


@pytest.fixture
def judged(tree, site):
    """The hits of all these checks, as (code, severity, path, message); the recipe names the libraries in ``asked``."""
    def judge(*asked, site=site, **env):
        image = tree(**env)
        image.host_libraries = asked or ("mpich",)
        if asked == (None,):
            image.host_libraries = ()
        return [(module.CODE, hit.severity or module.SEVERITY, hit.path, hit.message) for module in CHECKS
                for hit in module.check(image, site)]
    return judge


def brought(site, how, **more):
    """The site with a runtime that brings mpich in some way."""
    ways = {"shifter": {"folder": "/opt/udiImage/mpi", "how": how}}
    return replace(site, host_libraries={"mpich": {**site.host_libraries["mpich"], **more, "runtimes": ways}})


@pytest.mark.parametrize("run_path", [{"runpath": "/opt/mpi/lib"}, {"runpath": "$ORIGIN/../../mpi/lib"}, {}], ids=str)
def test_a_program_that_finds_the_sites_first_is_fine(put, judged, run_path):
    put(APP, program("libmpi.so.12", **run_path))
    assert judged() == []


def test_it_is_proven_for_each_file_under_each_runtime(put, tree, site):
    put(APP, program("libsolver.so", runpath="/opt/app/lib"))
    put("/opt/app/lib/libsolver.so", library("libsolver.so", "libmpi.so.12", runpath="/opt/mpi/lib"))
    put("/opt/app/bin/serial", program("libc.so.6"))
    image = tree()
    image.host_libraries = ("mpich",)
    proof, = proofs(image, site)
    assert proof.users == (APP, "/opt/app/lib/libsolver.so")
    assert all(proof.holds(runtime) for runtime in ("shifter", "podman-hpc", "charliecloud", "apptainer"))
    assert proofs(image, site)[0] is proof


def test_dt_rpath_defeats_the_sites(put, judged):
    put(APP, program("libmpi.so.12", rpath="$ORIGIN/../../mpi/lib"))
    (code, severity, path, message), = judged()
    assert (code, severity, path) == ("LNK403", ERROR, APP)
    assert message.startswith(f"DT_RPATH of {APP} leads to ")
    assert "under every runtime" in message
    assert f"{APP} -> " in message


def test_a_programs_dt_rpath_counts_for_its_libraries(put, judged):
    put(APP, program("libsolver.so", rpath="/opt/app/lib:/opt/mpi/lib"))
    put("/opt/app/lib/libsolver.so", library("libsolver.so", "libmpi.so.12"))
    (code, severity, path, message), = judged()
    assert (code, severity, path) == ("LNK403", ERROR, APP)
    assert message.endswith(f": {APP} -> /opt/app/lib/libsolver.so -> {OWN}")


def test_a_librarys_dt_rpath_does_it_as_well(put, judged):
    put(APP, program("libsolver.so", runpath="/opt/app/lib"))
    put("/opt/app/lib/libsolver.so", library("libsolver.so", "libmpi.so.12", rpath="/opt/mpi/lib"))
    (code, _, path, message), = judged()
    assert (code, path) == ("LNK403", "/opt/app/lib/libsolver.so")
    assert message.startswith("DT_RPATH of /opt/app/lib/libsolver.so leads to /opt/mpi/lib")


def test_a_hundred_programs_with_one_dt_rpath_are_one_cause(put, judged):
    for number in range(100):
        put(f"/opt/app/bin/app{number:02}", program("libmpi.so.12", rpath="/opt/mpi/lib"))
    (code, _, _, message), = judged()
    assert code == "LNK403"
    assert "/opt/app/bin/app00 (and 99 more files)" in message


@pytest.mark.parametrize("rpath", ["/opt/app/lib", "/nowhere:$ORIGIN/../lib", "/opt/mpi"])
def test_a_dt_rpath_without_a_copy_does_no_harm(put, judged, rpath):
    """As in the stacks of EasyBuild, which are linked that way throughout."""
    put(APP, program("libmpi.so.12", "libother.so.1", rpath=rpath))
    put("/opt/app/lib/libother.so.1", library("libother.so.1", rpath=rpath))
    assert judged() == []


@pytest.mark.parametrize(("prefix", "blocked"), [("/opt/py", True), ("/opt/other", False)])
def test_the_dt_rpath_of_python_counts_for_its_modules(put, add, judged, prefix, blocked):
    put("/opt/py/bin/python3.11", program("libc.so.6", rpath="$ORIGIN/../lib"))
    add("/opt/py/bin/python3", "python3.11", kind="link")
    put("/opt/py/lib/libmpi.so.12", library("libmpi.so.12"))
    put(f"{prefix}/lib/python3.11/site-packages/mpi/MPI.so", library("", "libmpi.so.12"))
    found = judged()
    assert [(code, severity, path) for code, severity, path, _ in found] == \
        ([("LNK403", ERROR, "/opt/py/bin/python3.11")] if blocked else [])
    assert all("site-packages/mpi/MPI.so -> " in message and "\0" not in message for *_, message in found)


def test_the_images_own_copies_are_not_asked(put, judged):
    """Where the site wins, nobody loads the image's libmpifort, whatever its run path is."""
    put("/opt/mpi/lib/libmpifort.so.12", library("libmpifort.so.12", "libmpi.so.12", rpath="/opt/mpi/lib"))
    put(APP, program("libmpifort.so.12", "libmpi.so.12", runpath="/opt/mpi/lib"))
    assert judged() == []


def test_a_needed_path_is_not_searched(put, judged):
    put(APP, program(OWN))
    (code, severity, path, message), = judged()
    assert (code, severity, path) == ("LNK414", ERROR, APP)
    assert f"patchelf --replace-needed {OWN} libmpi.so.12 {APP}" in message


def test_a_library_without_soname_is_needed_by_another_name(put, judged):
    put("/opt/mpi/lib/libmpi.so", library("", code=MPI))
    put(APP, program("libmpi.so", runpath="/opt/mpi/lib"))
    (code, severity, path, message), = judged()
    assert (code, severity, path) == ("LNK414", ERROR, APP)
    assert "needs libmpi.so, a name under which the site brings nothing" in message


@pytest.mark.parametrize(("how", "run_path", "env", "cause"), [
    ("ldconfig", {"runpath": "/opt/mpi/lib"}, {}, Cause.RUNPATH), ("ldconfig", {}, {}, None), ("append", {}, {}, None),
    ("ldconfig", {}, {"LD_LIBRARY_PATH": "/opt/mpi/lib"}, Cause.VARIABLE), ("append", {"runpath": "/opt/mpi/lib"}, {}, None),
    ("append", {}, {"LD_LIBRARY_PATH": "/x:/opt/mpi/lib"}, Cause.VARIABLE),
    ("prepend", {}, {"LD_LIBRARY_PATH": "/opt/mpi/lib"}, None),
    ("replace", {}, {"LD_LIBRARY_PATH": "/opt/mpi/lib"}, None), ("replace", {"rpath": "/opt/mpi/lib"}, {}, Cause.RPATH),
    ("ldconfig", {"rpath": "/opt/mpi/lib"}, {}, Cause.RPATH)], ids=str)
def test_each_way_of_a_runtime_has_its_own_order(put, tree, judged, site, how, run_path, env, cause):
    put(APP, program("libmpi.so.12", **run_path))
    site, image = brought(site, how), tree(**env)
    image.host_libraries = ("mpich",)
    proof, = proofs(image, site)
    assert [loss.cause for loss in proof.losses] == ([cause] if cause else [])
    assert proof.holds("shifter") is (cause is None)
    assert [one[0] for one in judged(site=site, **env)] == \
        {None: [], Cause.RPATH: ["LNK403"]}.get(cause, ["LNK414"])


def test_what_happens_under_another_runtime_is_a_warning(put, judged, site):
    put(APP, program("libmpi.so.12", runpath="/opt/mpi/lib"))
    ways = {**site.host_libraries["mpich"]["runtimes"], "charliecloud": {"folder": "/usr/local/lib", "how": "ldconfig"}}
    site = replace(site, host_libraries={"mpich": {**site.host_libraries["mpich"], "runtimes": ways}})
    (code, severity, path, message), = judged(site=site)
    assert (code, severity, path) == ("LNK414", WARNING, APP)
    assert "under charliecloud" in message
    assert f"patchelf --remove-rpath {APP}" in message


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


@pytest.mark.parametrize("name", ["a\nb", os.fsdecode(b"\xff\xfe"), " ", "-rf", "\x1b[31m"])
def test_hostile_names_do_not_disturb(put, judged, name):
    put(f"/opt/{name}/bin/{name}", program("libmpi.so.12", rpath="/opt/mpi/lib"))
    (code, _, path, message), = judged()
    assert (code, path) == ("LNK403", f"/opt/{name}/bin/{name}")
    assert path in message


@pytest.mark.parametrize("cut", [1, 4, 20, 64, 100, 500, 1000])
@pytest.mark.parametrize("path", [APP, OWN, LIBC])
def test_truncated_files_do_not_crash(put, judged, cut, path):
    content = {APP: program("libmpi.so.12", rpath="/opt/mpi/lib"), OWN: library("libmpi.so.12"), LIBC: libc("GLIBC_2.26")}
    for place, data in content.items():
        put(place, data[:cut] if place == path else data)
    assert {code for code, *_ in judged()} <= {"LNK403", "LNK413", "LNK414"}


def test_libraries_that_need_each_other_in_circles_come_to_an_end(put, judged):
    names = [f"libring{number}.so" for number in range(8)]
    for one, other in zip(names, names[1:] + names[:1], strict=True):
        put(f"/usr/lib/x86_64-linux-gnu/{one}", library(one, other, "libmpi.so.12"))
    put(APP, program(names[0], rpath="/opt/mpi/lib"))
    assert [(code, path) for code, _, path, _ in judged()] == [("LNK403", APP)]


def test_too_much_to_follow_is_not_proven(put, judged, monkeypatch):
    monkeypatch.setattr("certify.host_libraries.proof._MAX_STEPS", 2)
    for number in range(4):
        put(f"/opt/app/bin/app{number}", program("libmpi.so.12"))
    assert [(code, severity, path) for code, severity, path, _ in judged()] == [("LNK414", ERROR, PATH)]


@pytest.mark.parametrize("tag", ["enable", "disable"])
def test_the_real_loader_agrees(tmp_path, site, tag):
    """The same pair of libraries, linked and started here: DT_RUNPATH lets the injected one win, DT_RPATH does not."""
    for folder, answer in (("own", 1), ("sites", 2)):
        (tmp_path / folder).mkdir()
        (tmp_path / "mpi.c").write_text(f"int MPI_Init(void) {{ return {answer}; }}")
        subprocess.run(["gcc", "-shared", "-fPIC", "-Wl,-soname,libmpi.so.12", "-o", f"{folder}/libmpi.so.12", "mpi.c"],
                       cwd=tmp_path, check=True)
    (tmp_path / "app.c").write_text("int MPI_Init(void); int main(void) { return MPI_Init(); }")
    subprocess.run(["gcc", "-o", "app", "app.c", "own/libmpi.so.12", f"-Wl,-rpath,{tmp_path}/own,--{tag}-new-dtags"],
                   cwd=tmp_path, check=True)
    won = subprocess.run([tmp_path / "app"], env={"LD_LIBRARY_PATH": str(tmp_path / "sites")}, check=False).returncode == 2

    from builder.image import ImageConfig
    from builder.rootfs import Root
    from certify.checks.tree import ImageTree

    image = tmp_path / "image" / str(tmp_path).lstrip("/")
    image.mkdir(parents=True)
    for path in ("app", "own/libmpi.so.12"):
        (image / path).parent.mkdir(exist_ok=True)
        (image / path).write_bytes((tmp_path / path).read_bytes())
        (image / path).chmod(0o755)
    config = ImageConfig(name="tool", version="1", revision=1, platform="linux/amd64", environment={})
    site = replace(site, site_mounts=(), runtime_owned=())
    proof, = proofs(ImageTree(Root(tmp_path / "image"), config, host_libraries=("mpich",)), site)
    assert won is (tag == "enable")
    assert (not proof.losses) is won
