"""recipes/mpi4py, broken in each way in which the site's MPI would not be used: stopped, with the code that tells why."""

from __future__ import annotations

import json
import shutil

import pytest
from conftest import REPOSITORY

RECIPE = REPOSITORY / "recipes" / "mpi4py"
LINK = "-L/opt/mpi/lib -l:libmpi.so.12 -Wl,--enable-new-dtags '-Wl,-rpath,$ORIGIN/../lib'"
# Just enough of an MPI to be linked in; what it would do does not matter to a check.
STATIC = "\n".join(f"int {name}(void) {{ return 0; }}" for name in (
    "MPI_Init", "MPI_Finalize", "MPI_Comm_rank", "MPI_Comm_size", "MPI_Send", "MPI_Recv", "MPI_Barrier", "MPI_Reduce",
    "MPI_Sendrecv", "MPI_Bcast", "MPI_Abort"))


@pytest.fixture(scope="module")
def ours(make_certify):
    """Ship a changed copy of the recipe until its check; gives the findings."""
    certify = make_certify()
    count = iter(range(1, 100))

    def ship(change=lambda text: text, site=None, code=1):
        folder = certify.folder / "recipes" / "mpi4py"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(RECIPE, folder)
        (folder / "static.c").write_text(STATIC)
        text = (RECIPE / "recipe.yaml").read_text().replace('version: "4.1"', f'version: "4.1.{next(count)}"')
        changed = change(text)
        tests = changed.index("tests:\n")
        (folder / "recipe.yaml").write_text(changed[:tests] + "tests: [{name: is there, run: test -x /opt/mpi/bin/ring}]\n")
        places = ("--site", site) if site else ()
        done = certify("ship", folder, "--until", "check", *places)
        assert done.returncode == code, f"{done.stdout}\n{done.stderr}"
        return done.stdout

    return certify, ship


def changed(old, new):
    def change(text):
        assert old in text
        return text.replace(old, new)
    return change


def test_as_it_is_the_sites_library_would_win(ours):
    ours[1](code=0)


def test_an_rpath_that_beats_the_site_is_told_with_its_chain(ours):
    said = ours[1](changed("--enable-new-dtags", "--disable-new-dtags"))
    assert "LNK403" in said
    assert "/opt/mpi/bin/ring" in said
    assert "RPATH" in said


def test_debians_mpich_has_another_name_than_the_sites(ours):
    said = ours[1](lambda text: changed("-L/opt/mpi/lib -l:libmpi.so.12", "-l:libmpich.so.12")(
        text.replace("apt: [gcc, libc6-dev, python3]", "apt: [gcc, libc6-dev, python3, libmpich12]")
            .replace("  apt: [python3]\n  pip", "  apt: [python3, libmpich12]\n  pip")))
    assert "LNK407" in said
    assert "libmpich.so.12" in said


def test_an_mpi_that_is_linked_in_cannot_be_replaced(ours):
    said = ours[1](lambda text: changed(LINK, "/src/static.c")(
        text.replace("    files:\n      - {from: ring.c, to: /src/ring.c}\n",
                     "    files:\n      - {from: ring.c, to: /src/ring.c}\n      - {from: static.c, to: /src/static.c}\n")))
    assert "LNK408" in said
    assert "/opt/mpi/bin/ring" in said


def test_a_library_of_the_site_that_needs_a_newer_glibc_is_told(ours):
    certify, ship = ours
    site = json.loads(certify("site", "show", check=0).stdout)
    site["host_libraries"]["mpich"]["files"]["libmpi.so.12"]["versions"] = {"libc.so.6": ["GLIBC_2.40"]}
    (certify.folder / "site.json").write_text(json.dumps(site))
    said = ship(site=certify.folder / "site.json")
    assert "LNK413" in said
    assert "GLIBC_2.40" in said
