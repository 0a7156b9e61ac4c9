"""The description of real libraries in a folder, and the command that puts it into a profile."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from builder.errors import Error, UsageError
from certify import site as sites
from certify.host_libraries.describe import describe
from certify.host_libraries.model import How, Way
from tests.host_libraries.made import elf, library, needs_gcc, program

pytestmark = needs_gcc

MPI_NEEDS = (("libc.so.6", "GLIBC_2.17"), ("libc.so.6", "GLIBC_2.34"), ("libfabric.so.1", "FABRIC_1.5"),
             ("libstdc++.so.6", "GLIBCXX_3.4.29"), ("libstdc++.so.6", "CXXABI_1.3.13"), ("libgcc_s.so.1", "GCC_3.0"))


@pytest.fixture
def folder(tmp_path):
    """An MPI as sites have them: versioned files with links, what it needs in a sub-folder, plug-ins, and what is no library."""
    top = tmp_path / "site"
    for path, content in {
            "libmpi.so.12.1.8": library("libmpi.so.12", wants=MPI_NEEDS),
            "dep/libfabric.so.1": library("libfabric.so.1", wants=(("libc.so.6", "GLIBC_2.14"),)),
            "prov/libplug-fi.so": library("", "libexotic.so.3"), "libmpi.a": b"!<arch>\n", "empty.so": b"", "mpiexec": program(),
            "cut.so": library("libcut.so.1")[:100], "README": b"x"}.items():
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        (top / path).write_bytes(content)
    (top / "libmpi.so").write_text("INPUT(libmpi.so.12)\n")
    (top / "libmpi.so.12").symlink_to("libmpi.so.12.1.8")
    return top


def test_real_libraries_are_described_as_they_are(folder):
    made, notes = describe("mpich", folder)
    assert [note.partition(" is left out: ")[0] for note in notes] == ["cut.so"]
    assert made.replaces == ("libmpi.so.12",)
    assert set(made.files) == {"libmpi.so.12.1.8", "dep/libfabric.so.1", "prov/libplug-fi.so"}
    assert made.links == {"libmpi.so.12": "libmpi.so.12.1.8"}
    assert made.search == (".", "dep")
    assert made.files["libmpi.so.12.1.8"].machine == os.uname().machine
    assert made.missing == ("libc.so.6", "libgcc_s.so.1", "libstdc++.so.6")
    assert made.versions == {"libc.so.6": ("GLIBC_2.34",), "libgcc_s.so.1": ("GCC_3.0",),
                             "libstdc++.so.6": ("CXXABI_1.3.13", "GLIBCXX_3.4.29")}
    assert made.runtimes["podman-hpc"].how is How.REPLACE


def test_a_folder_that_a_library_finds_by_itself_is_not_told_to_the_loader(folder):
    (folder / "libmpi.so.12.1.8").write_bytes(library("libmpi.so.12", "libfabric.so.1", runpath="${ORIGIN}/prov/../dep:/x"))
    assert describe("mpich", folder)[0].search == (".",)


@pytest.mark.parametrize("target", ["/usr/lib/os-release", "../elsewhere/libx.so.1"])
def test_a_link_out_of_the_folder_is_told_and_left_out(folder, target):
    (folder.parent / "elsewhere").mkdir()
    (folder.parent / "elsewhere" / "libx.so.1").write_bytes(library("libx.so.1"))
    (folder / "libx.so.1").symlink_to(target)
    made, notes = describe("mpich", folder)
    assert "libx.so.1" not in made.names
    assert [note.partition(" ")[0] for note in notes] == ["cut.so", "libx.so.1"]
    assert "leads nowhere" in notes[1]


@pytest.mark.parametrize("odd", ["loop", "dangling", "fifo", "folder called so"])
def test_what_is_no_file_does_not_disturb(folder, odd):
    if odd == "loop":
        (folder / "libloop.so").symlink_to("libloop.so")
        with pytest.raises(Error):
            describe("mpich", folder)
        return
    if odd == "dangling":
        (folder / "libgone.so").symlink_to("libgone.so.1")
    elif odd == "fifo":
        os.mkfifo(folder / "libpipe.so")
    else:
        (folder / "libfolder.so").mkdir()
    assert set(describe("mpich", folder)[0].files) == {"libmpi.so.12.1.8", "dep/libfabric.so.1", "prov/libplug-fi.so"}


def test_without_an_mpi_all_libraries_at_the_top_are_replaced(tmp_path):
    for name in ("libcuda.so.1", "libnvidia-ml.so.1"):
        (tmp_path / name).write_bytes(library(name))
    assert describe("cuda", tmp_path)[0].replaces == ("libcuda.so.1", "libnvidia-ml.so.1")
    assert describe("cuda", tmp_path, replaces=["libcuda.so.1"])[0].replaces == ("libcuda.so.1",)


@pytest.mark.parametrize(("replaces", "said"), [(["libmpi.so.40"], "holds no libmpi.so.40"), ([], "no shared library")])
def test_a_folder_without_the_library_is_refused(tmp_path, replaces, said):
    (tmp_path / "x.txt").write_text("x")
    with pytest.raises(UsageError, match=said):
        describe("mpich", tmp_path, replaces=replaces)


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(Error, match="No such file"):
        describe("mpich", tmp_path / "none")


def certify(*words, check=0):
    done = subprocess.run([sys.executable, "-c", "from certify.cli.main import entry; entry()", "site", *map(str, words)],
                          capture_output=True, text=True, env={"PATH": ""}, check=False)
    assert done.returncode == check, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def test_the_command_prints_a_description_that_a_profile_takes(folder):
    done = certify("add-library", "mpich", folder, "--summary", "MPICH of here")
    described = json.loads(done.stdout)["host_libraries"]["mpich"]
    assert described["summary"] == "MPICH of here"
    assert described["files"]["dep/libfabric.so.1"]["soname"] == "libfabric.so.1"
    assert described["runtimes"]["shifter"] == {"folder": "/opt/udiImage/modules/mpich", "how": "prepend", "source": str(folder)}
    assert "of libc.so.6 at least GLIBC_2.34" in done.stderr


def test_the_command_writes_into_a_profile_and_keeps_what_people_wrote(folder, tmp_path):
    profile = tmp_path / "site.json"
    values = json.loads(certify("show").stdout)
    values["host_libraries"]["mpich"]["runtimes"]["shifter"]["folder"] = "/opt/udiImage/modules/mpich-8"
    values["host_libraries"]["cuda"] = {**values["host_libraries"]["mpich"], "summary": "another"}
    profile.write_text(json.dumps(values))
    profile.chmod(0o640)
    certify("add-library", "mpich", folder, "--site", profile, "--write")
    site = sites.load(str(profile))
    assert site.libraries["mpich"].files["libmpi.so.12.1.8"].versions["libc.so.6"] == ("GLIBC_2.34",)
    assert site.libraries["mpich"].runtimes["shifter"] == Way(folder="/opt/udiImage/modules/mpich-8", how=How.PREPEND,
                                                              source=str(folder))
    assert site.libraries["mpich"].summary == "libmpi.so.12 of this site"
    assert site.libraries["cuda"].summary == "another"
    assert profile.stat().st_mode & 0o777 == 0o640
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith(".")] == []


@pytest.mark.parametrize(("words", "check", "said"), [
    (["mpich", ".", "--write"], 2, "built in"), (["MPICH!", "."], 2, "no name that a recipe can write"),
    (["mpich", "/none"], 3, "No such file"), (["mpich", ".", "--site", "/none.json"], 3, "/none.json")])
def test_the_command_refuses_with_a_reason(folder, words, check, said):
    done = certify("add-library", *[folder if word == "." else word for word in words], check=check)
    assert said in done.stderr
    assert done.stdout == ""


def test_what_readelf_says_of_a_real_library_is_what_is_described(tmp_path):
    real = elf("library", soname="libcuda.so.1", needs=("libc.so.6", "libm.so.6"), rpath="/x:$ORIGIN")
    (tmp_path / "libcuda.so.1").write_bytes(real)
    file = describe("cuda", tmp_path)[0].files["libcuda.so.1"]
    said = subprocess.run(["readelf", "-dW", tmp_path / "libcuda.so.1"], capture_output=True, text=True, check=True).stdout
    assert [line.partition("[")[2].rstrip("]\n") for line in said.splitlines() if "(NEEDED)" in line] == list(file.needed)
    assert f"[{file.rpath}]" in said
    assert file.runpath is None
