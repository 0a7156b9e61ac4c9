"""Where the loader finds libraries: off its path, by bad run paths, by left-overs of wheels."""

from __future__ import annotations

import pytest

from certify.checks import (
    lnk401_needed_missing,
    lnk402_found_off_path,
    lnk404_bad_rpath,
)
from tests.checks.linking.conftest import INFO, MODULE, SITE_PACKAGES, E, W
from tests.elf.elf_maker import elf, program


@pytest.mark.parametrize(("folder", "severity"), [("/usr/bin", E), ("/opt/tool/bin", W), ("/opt/own/bin", E)])
def test_a_library_off_the_path_is_found(put, hits, folder, severity):
    put(f"{folder}/prog", program(["libx.so.1"]))
    put("/opt/x/lib/libx.so.1", elf(soname="libx.so.1"))
    (path, found, message), = hits(lnk402_found_off_path, PATH="/opt/own/bin:/usr/bin")
    assert (path, found) == (f"{folder}/prog", severity)
    assert message == f"{path} needs libx.so.1, which is in /opt/x/lib, where the loader does not look for it"
    assert hits(lnk401_needed_missing) == []


def test_libraries_of_one_folder_off_the_path_are_one_finding(put, hits):
    put("/usr/bin/prog", program([f"lib{number}.so" for number in range(20)]))
    for number in range(20):
        put(f"/opt/x/lib/lib{number}.so")
    assert len(hits(lnk402_found_off_path)) == 1


@pytest.mark.parametrize(("plugin", "library"), [
    (f"{SITE_PACKAGES}/torch_ext/{MODULE}", f"{SITE_PACKAGES}/torch/lib/libtorch.so"),
    ("/usr/lib/jvm/java-17/lib/libawt.so", "/usr/lib/jvm/java-17/lib/server/libtorch.so"),
    ("/opt/tool/plugins/libp.so", "/opt/tool/lib/libtorch.so")])
def test_what_a_host_loads_before_is_quiet(put, hits, plugin, library):
    put("/usr/bin/host", program())
    put(plugin, elf(["libtorch.so"]))
    put(library)
    assert hits(lnk402_found_off_path) == hits(lnk401_needed_missing) == []


def test_a_module_of_python_does_not_find_a_library_elsewhere(put, hits):
    put(f"{SITE_PACKAGES}/x/{MODULE}", elf(["libhdf5.so"]))
    put("/opt/hdf5/lib/libhdf5.so")
    (_, severity, message), = hits(lnk402_found_off_path)
    assert (severity, "which is in /opt/hdf5/lib" in message) == (E, True)


@pytest.mark.parametrize("kind", ["rpath", "runpath"])
@pytest.mark.parametrize(("text", "severity", "said"), [
    ("/opt/there::/opt/there", E, "has an empty part: that is the folder"), ("lib", E, "names lib: that is the folder"),
    ("../lib", E, "that is the folder"), ("/tmp/build/lib", E, "anybody can put a library there"), ("/tmp", E, "anybody can"),
    ("/var/tmp/x", E, "anybody can"), ("/home/me/lib", W, "/home is not the image's"),
    ("/global/lib", E, "/global is not the image's"),
    ("/build/src/.libs", W, "there is no such folder"), ("$ORIGIN/../tmp/x", E, "anybody can")])
def test_a_bad_run_path_is_found(put, add, hits, kind, text, severity, said):
    put("/opt/prog", program(**{kind: text}))
    add("/opt/there", kind="folder")
    add("/global/lib", kind="folder")
    (path, found, message), = hits(lnk404_bad_rpath)
    assert (path, found) == ("/opt/prog", severity)
    assert said in message
    assert message.startswith(f"the {kind.upper()} of /opt/prog ")


@pytest.mark.parametrize("text", [
    "", "$ORIGIN", "${ORIGIN}/../lib", "$ORIGIN/../../none", "/opt/there", "/opt/$LIB", "/opt/there/$PLATFORM"])
def test_a_good_run_path_is_quiet(put, add, hits, text):
    put("/opt/a/bin/prog", program(runpath=text))
    add("/opt/there", kind="folder")
    assert hits(lnk404_bad_rpath) == []


def test_one_folder_in_many_run_paths_is_one_finding(put, package, hits):
    for number in range(5):
        put(f"/opt/prog{number}", program(runpath="/build/lib"))
    put("/usr/bin/prog", program(runpath="/build/other"))
    package("tool", "/usr/bin/prog")
    assert [(path, message.count("(and 4 more)")) for path, _, message in hits(lnk404_bad_rpath)] == [("/opt/prog0", 1)]


def test_no_error_hides_behind_warnings(put, hits, monkeypatch):
    put("/opt/a", program(runpath=":".join(f"/build/{number}" for number in range(200))))
    put("/opt/b", program(runpath="/tmp/x"))
    found = hits(lnk404_bad_rpath)
    assert (len(found), found[0][:2]) == (50, ("/opt/b", E))
    monkeypatch.setattr(lnk404_bad_rpath, "_MAX_LOOKS", 100)
    assert hits(lnk404_bad_rpath)[0][:2] == ("/", E)


def test_a_wheels_left_over_is_an_information(put, hits):
    put(f"{SITE_PACKAGES}/scipy/{MODULE}", elf(runpath="/project/.libs:$ORIGIN/../scipy.libs"))
    assert [severity for _, severity, _ in hits(lnk404_bad_rpath)] == [INFO]
