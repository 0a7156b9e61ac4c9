"""The site's library in an image, as each runtime brings it: a program is seen to load it, and one with DT_RPATH not to."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from small_images import tree

from builder.image import ImageConfig
from builder.progress import Progress
from builder.recipe.model import Expect, Test
from certify import examination
from certify import site as sites
from certify.sandbox import enter
from certify.sandbox.enter import Look
from tests.texts import BARE

USER = 61001
COMMAND = (sys.executable, "-c", "from certify.cli.main import entry; entry()")
WHO = '#include <stdio.h>\nvoid who(void) {{ puts("the {0} library"); }}\n'
PROGRAM = "void who(void);\nint main(void) { who(); return 0; }\n"
OURS, OWN = Expect(text="the site's library"), Expect(text="the image's library")
MODULE = "/opt/udiImage/modules/mpich"
# Where the files stand under each runtime, and what becomes of an LD_LIBRARY_PATH of the image.
RUNTIMES = {"shifter": (MODULE, f"{MODULE}:/opt/image"), "podman-hpc": (MODULE, MODULE),
            "charliecloud": ("/mnt", "/mnt:/opt/image"), "apptainer": ("/.singularity.d/libs", "/opt/image:/.singularity.d/libs")}


def gcc(*words):
    subprocess.run(["gcc", "-O1", "-fPIC", *map(str, words)], check=True, capture_output=True)


def library(folder, who):
    """A libmpi.so.12 that says whose it is, by way of a link as real ones have it."""
    folder.mkdir(parents=True)
    (folder / "who.c").write_text(WHO.format(who))
    gcc("-shared", "-Wl,-soname,libmpi.so.12", "-o", folder / "libmpi.so.12.1", folder / "who.c")
    (folder / "who.c").unlink()
    (folder / "libmpi.so.12").symlink_to("libmpi.so.12.1")


@pytest.fixture(scope="module")
def made():
    """The site's folder, and an image with programs that find its own library by RUNPATH (free) and by RPATH (stuck)."""
    with tempfile.TemporaryDirectory(prefix="certify-injected-") as top:
        folder = Path(top)
        folder.chmod(0o755)
        root = tree(folder / "tree")
        for name in ("dev", "proc", "sys", "tmp", "mnt"):       # what Charliecloud mounts over has to be there
            (root / name).mkdir(exist_ok=True)
        for name in ("passwd", "group"):
            (root / "etc" / name).touch()
        library(root / "opt/own/lib", "image's")
        library(folder / "site", "site's")
        (folder / "site").chmod(0o777)
        (folder / "site/libmpi.so.12.1").chmod(0o666)           # what it allows is no leave for a test to write into it
        (folder / "main.c").write_text(PROGRAM)
        for name, *flags in (("free", "-Wl,--enable-new-dtags"), ("stuck", "-Wl,--disable-new-dtags"),
                             ("odd", "-Wl,--enable-new-dtags", "-Wl,--dynamic-linker=/usr/bin/true")):
            gcc("-o", root / "usr/bin" / name, folder / "main.c", "-L", root / "opt/own/lib", "-l:libmpi.so.12",
                "-Wl,-rpath,/opt/own/lib", *flags)
        subprocess.run(["mksquashfs", root, folder / "image.squashfs", "-all-root", "-noappend", "-quiet", "-no-progress",
                        "-no-xattrs", "-comp", "lz4"], check=True)
        (folder / "image.squashfs").chmod(0o644)
        yield folder


def described(folder, runtime="shifter", **changes):
    """The site of a runtime, which brings the library in from that folder."""
    site = sites.load(runtime)
    way = {**site.host_libraries["mpich"]["runtimes"][runtime], **({"source": str(folder)} if folder else {})}
    mpich = {"summary": "a stand-in", "replaces": ["libmpi.so.12"], "runtimes": {runtime: way},
             "files": {"libmpi.so.12.1": {"soname": "libmpi.so.12"}}, "links": {"libmpi.so.12": "libmpi.so.12.1"}}
    return replace(site, **{"host_libraries": {"mpich": mpich}, "modules": {}, **changes})


def examined(made, site, *tests, look=None, environment=None):
    config = ImageConfig(name="tool", version="1", revision=1, platform="linux/amd64",
                         environment={"PATH": "/usr/bin:/bin", **(environment or {})})
    handle = enter.opened(made / "image.squashfs")
    try:
        return examination.examine_handle(handle, site, tests, Progress(), look=look, config=config)
    finally:
        os.close(handle)


def asking(run, libraries=("mpich",), **more):
    return Test(name=run, run=run, host_libraries=libraries, **more)


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_program_loads_the_sites_library_under_each_runtime(made, runtime):
    folder, variable = RUNTIMES[runtime]
    path = f'test "$LD_LIBRARY_PATH" = {variable} && free'
    told = examined(made, described(made / "site", runtime), asking(path, expect=OURS), asking("stuck", expect=OWN),
                    Test(name="alone", run="free", expect=OWN), environment={"LD_LIBRARY_PATH": "/opt/image"})
    free, stuck, alone = told.tests
    assert free.passed, free
    [seen] = free.injected
    assert (seen.library, seen.folder, seen.loaded) == ("mpich", folder, {"libmpi.so.12": f"{folder}/libmpi.so.12.1"})
    assert seen.files == {"libmpi.so.12.1": hashlib.sha256((made / "site/libmpi.so.12.1").read_bytes()).hexdigest()}
    assert (stuck.code, stuck.matched, stuck.injected[0].loaded) == (0, True, {})
    assert stuck.failure == "no program loaded the site's mpich, which it runs with"
    assert alone.passed and not alone.injected


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_what_the_recipe_names_is_proven_by_running(made, runtime):
    told = examined(made, described(made / "site", runtime), look=Look(host_libraries=("mpich",)))
    [proven] = told.proven
    assert proven.loaded == {"/usr/bin/free": ["libmpi.so.12"]}         # the RPATH of the other one is a finding
    assert proven.refused == ("/usr/bin/odd",)                          # whose loader loads nothing
    assert {"LNK403": "/usr/bin/stuck", "LNK414": "/usr/bin/odd"}.items() <= {one.code: one.path for one in told.errors}.items()


def test_a_library_that_is_not_here_is_said_to_be_lacking(made):
    told = examined(made, described(made / "none"), asking("free"), Test(name="alone", run="free", expect=OWN),
                    look=Look(host_libraries=("mpich",)))
    assert [one.lacking for one in told.tests] == [("mpich",), ()]
    assert told.tests[1].passed
    assert told.proven[0].lacking and not [one for one in told.errors if one.code == "LNK414"]


def test_a_test_has_the_modules_that_a_user_has_unless_it_chooses_others(made):
    modules = {"mpich": {"copy_path": str(made / "site"), "environment": {"MODULE": "mpich"},
                         "environment_prepend": {"LD_LIBRARY_PATH": MODULE}},
               "other": {"environment": {"OTHER": "1"}}, "away": {"copy_path": "/no/such", "environment": {"AWAY": "1"}}}
    site = described(None, modules=modules, default_modules=("mpich", "other", "away"))
    told = examined(made, site, Test(name="usual", run="echo $MODULE $OTHER $AWAY.; free",
                                     expect=Expect(output="^mpich 1 .\nthe site's")),
                    asking("echo $MODULE $OTHER.; free", expect=Expect(output="^mpich .\nthe site's")),
                    asking("echo $MODULE $OTHER.; free", (), expect=Expect(output="^.\nthe image's")),
                    Test(name="needless", run="true"))
    assert [one.failure for one in told.tests] == [None] * 4
    assert [bool(one.injected and one.injected[0].loaded) for one in told.tests] == [True, True, False, False]
    none = examined(made, replace(site, modules={name: {**one, "copy_path": "/no/such"} for name, one in modules.items()}),
                    Test(name="usual", run="echo $MODULE.; free; ls -A /opt/udiImage/modules",
                         expect=Expect(output="^.\nthe image's")))
    assert none.tests[0].passed and none.tests[0].output.endswith("library")


def test_nothing_that_runs_in_a_test_changes_the_sites_files(made):
    before = (made / "site/libmpi.so.12.1").read_bytes()
    tries = (f"free; set +e; for one in '' .1; do echo x >> {MODULE}/libmpi.so.12$one; rm -f {MODULE}/libmpi.so.12$one; done; "
             f"touch {MODULE}/new")
    [one] = examined(made, described(made / "site"), asking(tries, expect=Expect(exit=1))).tests
    assert one.passed and one.output.count("Read-only file system") == 5
    assert (made / "site/libmpi.so.12.1").read_bytes() == before
    assert sorted(path.name for path in (made / "site").iterdir()) == ["libmpi.so.12", "libmpi.so.12.1"]


def test_what_others_do_with_the_sites_files_is_not_the_tests(made):
    reader = subprocess.Popen(["sh", "-c", f"while :; do cat {made}/site/* >/dev/null; done"])
    try:
        [one] = examined(made, described(made / "site"), asking("sleep 0.3; stuck", expect=OWN)).tests
    finally:
        reader.kill()
        reader.wait()
    assert one.failure == "no program loaded the site's mpich, which it runs with"


def test_libraries_of_several_tests_do_not_mix(made):
    tests = [asking("free" if number % 2 else "stuck", timeout=60) for number in range(8)]
    told = examined(made, described(made / "site"), *tests).tests
    assert [bool(one.injected[0].loaded) for one in told] == [False, True] * 4


def test_an_ordinary_user_sees_the_same(made):
    site, recipe = made / "site.json", made / "recipe.yaml"
    plain = described(made / "site")
    site.write_text(json.dumps({**json.loads((Path(sites.__file__).with_name("sites") / "shifter.json").read_text()),
                                "host_libraries": plain.host_libraries}))
    recipe.write_text(f"{BARE}host_libraries: [mpich]\ntests:\n"
                      "  - {name: free, run: free, host_libraries: [mpich], expect: {text: the site's library}}\n"
                      "  - {name: stuck, run: stuck, host_libraries: [mpich]}\n")
    done = subprocess.run(["/usr/bin/setpriv", "--reuid", str(USER), "--regid", str(USER), "--clear-groups", *COMMAND, "check",
                           made / "image.squashfs", "--recipe", recipe, "--site", site], capture_output=True, text=True,
                          cwd="/", env={"PATH": os.environ["PATH"]}, stdin=subprocess.DEVNULL)
    assert done.returncode == 1, done.stderr
    assert "test 'stuck' failed (no program loaded the site's mpich, which it runs with): stuck" in done.stdout
    assert "test 'free'" not in done.stdout and "1 passed, 1 failed" in done.stdout
    assert re.search(r"host library mpich .*loaded by 1 of 2 files that need it", done.stderr)


def test_what_is_lacking_is_told(made):
    recipe = made / "recipe.yaml"
    recipe.write_text(f"{BARE}host_libraries: [mpich]\ntests: [{{name: free, run: free, host_libraries: [mpich]}}]\n")
    done = subprocess.run([*COMMAND, "check", made / "image.squashfs", "--recipe", recipe], capture_output=True, text=True,
                          cwd="/", env={"PATH": os.environ["PATH"]}, stdin=subprocess.DEVNULL)
    assert "test 'free' was skipped: runs with the site's mpich, whose files are not on this machine" in done.stdout
    assert re.search(r"host library mpich .*not tried: its files are not on this machine", done.stderr)
