"""recipes/mpi4py on an MPI of the site's: two ranks see each other through the library that the runtime brings in.

The site's is Debian's MPICH, another version than the image's own, with all that it needs. Debian gives it a name of its
own (libmpich.so.12); the site calls it by that of the ABI, as sites do.
"""

from __future__ import annotations

import ctypes.util
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import REPOSITORY

from builder.progress import Progress
from builder.recipe.model import Expect, Test
from certify import examination, runtimes
from certify import site as sites

OF_IMAGE = re.compile(r"/(?:lib[cm]|ld-linux\S*)\.so\.[0-9]")        # the C library is never the site's
PYTHON = "from mpi4py import MPI; print('|', *MPI.Get_library_version().split()[2:3], 'size', MPI.COMM_WORLD.size)"
FOLDERS = {"shifter": "/opt/udiImage/modules/mpich", "podman-hpc": "/opt/udiImage/modules/mpich", "charliecloud": "/mnt",
           "apptainer": "/.singularity.d/libs"}


def ranks(version):
    """Two ranks, each of which knows two and has that version of an MPI, print it; a rank alone would know one."""
    return f'test "$(mpiexec -n 2 python -c "{PYTHON}" | grep -c "^| {version}.* size 2$")" = 2'


@pytest.fixture(scope="module")
def certify(make_certify):
    """A command line with a build of the recipe, and a profile of a site with an MPI."""
    made = make_certify()
    shutil.copytree(REPOSITORY / "recipes/mpi4py", made.folder / "recipes/mpi4py")
    made("ship", made.folder / "recipes/mpi4py", "--until", "build", check=0)
    (made.folder / "site.json").write_text(made("site", "show", check=0).stdout)
    made("site", "add-library", "mpich", closure(made.folder / "mpich"), "--replaces", "libmpi.so.12", "--site",
         made.folder / "site.json", "--write", check=0)
    return made


def closure(folder):
    """The site's MPI in a folder: the machine's MPICH, under its ABI's name, and what both need but for the C library."""
    folder.mkdir()
    name = ctypes.util.find_library("mpich")
    assert name, "missing: libmpich12; run .ci/install test"
    listed = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True).stdout
    mpich = re.search(rf"^\s+{re.escape(name)} .*=> (/\S+)$", listed, re.MULTILINE)[1]
    needed = re.findall(r"=> (/\S+)", subprocess.run(["ldd", mpich], capture_output=True, text=True, check=True).stdout)
    for path in (mpich, *(one for one in needed if not OF_IMAGE.search(one))):
        shutil.copy2(path, folder / Path(path).name)
    subprocess.run(["gcc", "-shared", "-o", folder / "libmpi.so.12", "-Wl,-soname,libmpi.so.12", "-Wl,--no-as-needed",
                    "-L", folder, f"-l:{name}"], check=True)
    return folder


@pytest.mark.parametrize("runtime", FOLDERS)
def test_two_ranks_see_each_other_through_the_library_of_the_site(certify, runtime):
    plain = json.loads((certify.folder / "site.json").read_text())
    site = runtimes.under(sites.load(str(certify.folder / "site.json")), runtime)
    if runtime != "shifter":        # where a profile stands for every site with its runtime, the library is not in it yet
        site = sites.from_plain({**json.loads(certify("site", "show", runtime, check=0).stdout),
                                 "host_libraries": plain["host_libraries"], "modules": {}})
    [image] = certify.folder.glob("out/mpi4py/*/image.squashfs")
    tests = (Test(name="the site's", run=ranks("4.0"), host_libraries=("mpich",)),
             Test(name="a ring", run="mpiexec -n 2 ring", host_libraries=("mpich",), expect=Expect(text="2 ranks passed")),
             Test(name="the image's", run=ranks("5.0"), host_libraries=()))
    told = examination.examine(image, runtimes.tested(site), tests, Progress(), look=None).tests
    assert [one.failure for one in told] == [None] * 3, told
    loaded = {"libmpi.so.12": f"{FOLDERS[runtime]}/libmpi.so.12"}
    assert [[seen.loaded for seen in one.injected] for one in told] == [[loaded], [loaded], []]
    assert len(told[0].injected[0].files) >= 3


def test_the_recipe_asks_for_it_and_the_check_proves_it(certify):
    recipe = certify.folder / "recipes/mpi4py/recipe.yaml"
    text = recipe.read_text()
    assert "host_libraries: [mpich]\ntests:\n" in text
    recipe.write_text(text[:text.index("tests:\n")] + "tests:\n  - name: two ranks on the site's\n"
                      "    host_libraries: [mpich]\n    run: mpiexec -n 2 ring | grep \"2 ranks passed the token\"\n")
    [image] = certify.folder.glob("out/mpi4py/*")
    done = certify("check", image, "--recipe", recipe, "--site", certify.folder / "site.json", check=0)
    assert "tests: 1 passed, 0 failed" in done.stdout
    assert re.search(r"host library mpich .*loaded by (\d+) of \1 files that need it", done.stderr)
