"""Whether the site's libraries win in an image: small trees of real ELF files, each broken in one way."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace

import pytest

from builder.image import PATH
from certify.host_libraries.judging import Cause
from certify.host_libraries.proof import proofs
from tests.checks.host_libraries.conftest import APP, ERROR, LIBC, OWN, WARNING, brought
from tests.host_libraries.made import MPI, libc, library, needs_gcc, program

pytestmark = needs_gcc


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
