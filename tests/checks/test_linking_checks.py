"""The checks on linking, each on small trees of real ELF files, and all on the running machine's."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from builder.rootfs import Root
from certify.checks import (
    lnk401_needed_missing,
    lnk402_found_off_path,
    lnk404_bad_rpath,
    lnk405_ldcache_stale,
    lnk406_ldconf_no_include,
    lnk409_gpu_driver_in_image,
    lnk410_glibc_arch,
    lnk411_exec_stack_or_textrel,
    lnk412_banned_linked,
)
from certify.finding import Severity
from tests.elf.elf_maker import LOADER, elf, program
from tests.linking.conftest import CONFIG, Machine

E, W, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
MINE = (lnk401_needed_missing, lnk402_found_off_path, lnk404_bad_rpath, lnk405_ldcache_stale, lnk406_ldconf_no_include,
        lnk409_gpu_driver_in_image, lnk410_glibc_arch, lnk411_exec_stack_or_textrel, lnk412_banned_linked)
SITE_PACKAGES = "/opt/venv/lib/python3.11/site-packages"
MODULE = "_x.cpython-311-x86_64-linux-gnu.so"
MUSL = "/lib/ld-musl-x86_64.so.1"


@pytest.fixture
def put(add):
    """Add an ELF file, executable; the image's loader is there from the start."""
    def make(path, data=None, mode=0o755):
        return add(path, elf() if data is None else data, mode=mode)
    make(LOADER, elf(soname="ld-linux-x86-64.so.2") + b"\0/lib/x86_64-linux-gnu/\0/usr/lib/x86_64-linux-gnu/\0/lib/\0/usr/lib/\0")
    add("/etc/ld.so.conf", "include /etc/ld.so.conf.d/*.conf\n")
    add("/sbin/ldconfig", mode=0o755)
    return make


@pytest.fixture
def hits(tree, site):
    """What a check says: path, severity, message."""
    def run(module, site=site, **env):
        return [(one.path, one.severity or module.SEVERITY, one.message) for one in module.check(tree(**env), site)]
    return run


@pytest.fixture
def ldconfig(add, tmp_path):
    def run(*folders):
        add("/etc/ld.so.conf.d/own.conf", "".join(f"{folder}\n" for folder in folders))
        subprocess.run(["/sbin/ldconfig", "-r", tmp_path / "image", "-X"], check=True, capture_output=True)
    return run


def test_a_good_image_is_quiet(put, hits, ldconfig):
    put("/usr/bin/prog", program(["liba.so.1", "libb.so.1", "ld-linux-x86-64.so.2"], runpath="$ORIGIN/../../opt/b"))
    put("/usr/lib/liba.so.1", elf(soname="liba.so.1"))
    put("/opt/b/libb.so.1", elf(["libc.so.1"]))
    put("/opt/c/libc.so.1", elf(soname="libc.so.1"))
    put("/usr/bin/go-tool", elf(kind=2, dynamic=False))
    ldconfig("/opt/c")
    assert [hit for module in MINE for hit in hits(module)] == []


def test_a_missing_library_is_one_finding(put, hits):
    for name in "abc":
        put(f"/usr/bin/{name}", program(["libx.so.1"]))
    assert hits(lnk401_needed_missing) == [
        ("/usr/bin/a", E, "/usr/bin/a (and 2 more) needs libx.so.1, which is nowhere in the image")]
    assert hits(lnk402_found_off_path) == []


def test_what_a_library_lacks_is_told_with_the_program(put, hits):
    put("/opt/tool/bin/tool", program(["liba.so"], runpath="$ORIGIN/../lib"))
    put("/opt/tool/lib/liba.so", elf(["libx.so.1"]))
    (path, severity, message), = hits(lnk401_needed_missing)
    assert (path, severity) == ("/opt/tool/lib/liba.so", E)
    assert message == f"{path} needs libx.so.1 when /opt/tool/bin/tool is started, which is nowhere in the image"


def test_a_library_that_inherits_a_run_path_lacks_nothing(put, hits):
    put("/opt/tool/bin/tool", program(["liba.so"], rpath="/opt/tool/lib"))
    put("/opt/tool/lib/liba.so", elf(["libb.so"]))
    put("/opt/tool/lib/libb.so")
    put("/opt/tool/lib/libp.so", elf(["libq.so"], rpath="$ORIGIN/deep"))
    put("/opt/tool/lib/deep/libq.so", elf(["libr.so"]))
    put("/opt/tool/lib/deep/libr.so")
    assert hits(lnk401_needed_missing) == hits(lnk402_found_off_path) == []


@pytest.mark.parametrize("name", ["libcuda.so.1", "libnvidia-ml.so.1", "libnvcuvid.so.1", "libnvidia-ptxjitcompiler.so.1"])
def test_the_drivers_of_the_site_are_not_missed(put, hits, name):
    put("/usr/bin/prog", program([name]))
    assert hits(lnk401_needed_missing) == []


def test_a_module_of_python_that_lacks_something_is_an_error(put, hits):
    put("/usr/bin/python3", program())
    module = put(f"{SITE_PACKAGES}/x/{MODULE}", elf(["libgfortran.so.5"]))
    assert hits(lnk401_needed_missing) == [(module, E, f"{module} needs libgfortran.so.5, which is nowhere in the image")]


def test_plugins_that_nobody_loads_are_one_warning_for_each_tree(put, hits):
    for number in range(9):
        put(f"{SITE_PACKAGES}/Qt/plugins/libq{number}.so", elf([f"libdb{number}.so"]))
    put("/opt/tool/plugins/libp.so", elf(["libdb1.so"]))
    found = hits(lnk401_needed_missing)
    names = ", ".join(f"libdb{number}.so" for number in range(6))
    said = "need libraries that are nowhere in the image:"
    assert [(path, severity) for path, severity, _ in found] == [
        ("/opt/tool/plugins/libp.so", W), (f"{SITE_PACKAGES}/Qt/plugins/libq0.so", W)]
    assert found[0][2] == f"plugins in /opt/tool {said} libdb1.so; the first is {found[0][0]}"
    assert found[1][2] == f"plugins in {SITE_PACKAGES}/Qt {said} {names} and 3 more; the first is {found[1][0]}"


def test_plugins_of_a_package_are_quiet_but_its_programs_are_not(put, package, hits):
    put("/usr/lib/x86_64-linux-gnu/alsa/libp.so", elf(["libjack.so.0"]))
    put("/usr/bin/tool", program(["libz.so.1"]))
    package("alsa-plugins", "/usr/lib/x86_64-linux-gnu/alsa/libp.so", "/usr/bin/tool")
    assert [(path, severity) for path, severity, _ in hits(lnk401_needed_missing)] == [("/usr/bin/tool", E)]


def test_one_of_several_modules_is_enough(put, hits):
    """The wheel of mpi4py has a module for each MPI."""
    for kind, needed in (("mpich", "libmpi.so.12"), ("openmpi", "libmpi.so.40")):
        put(f"{SITE_PACKAGES}/mpi4py/MPI.{kind}.cpython-311-x86_64-linux-gnu.so", elf([needed]))
    assert len(hits(lnk401_needed_missing)) == 2
    put("/usr/lib/libmpi.so.12", elf(soname="libmpi.so.12"))
    assert hits(lnk401_needed_missing) == []


def test_a_file_that_is_no_library_stops_the_loader(put, add, hits):
    put("/usr/bin/prog", program(["libx.so"]))
    add("/usr/lib/libx.so", "INPUT ( libx.so.1 )" * 10)
    assert hits(lnk401_needed_missing) == [
        ("/usr/bin/prog", E, "/usr/bin/prog needs libx.so, and /usr/lib/libx.so is no library: the loader stops there")]


def test_the_number_of_findings_is_bounded(put, hits):
    put("/usr/bin/prog", program([f"lib{number}.so" for number in range(300)]))
    found = hits(lnk401_needed_missing)
    assert len(found) == 101
    assert found[-1][2] == "200 more libraries are missing"


def test_programs_for_a_loader_that_is_not_there_are_not_linked(put, package, hits):
    put("/usr/bin/vdso32", program(["libc.so.6"], machine=3, bits=32, interpreter="/lib/ld-linux.so.2"))
    assert hits(lnk401_needed_missing) == []
    assert [(path, severity) for path, severity, _ in hits(lnk410_glibc_arch)] == [("/usr/bin/vdso32", E)]


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


def test_a_library_that_came_after_ldconfig_is_found(put, hits, ldconfig):
    put("/usr/bin/prog", program(["libb.so.1"]))
    put("/opt/lib/liba.so.1", elf(soname="liba.so.1"))
    ldconfig("/opt/lib")
    assert hits(lnk405_ldcache_stale) == []
    for name in "bcd":
        put(f"/opt/lib/lib{name}.so.1.2", elf(soname=f"lib{name}.so.1"))
    put("/opt/lib/plugin.so")
    (path, severity, message), = hits(lnk405_ldcache_stale)
    assert (path, severity) == ("/opt/lib/libb.so.1.2", E)
    assert message == f"{path} (and 2 more in /opt/lib) is not in /etc/ld.so.cache, so the loader does not find it"
    assert hits(lnk402_found_off_path) == hits(lnk401_needed_missing) == []     # one cause, one finding
    ldconfig("/opt/lib")
    assert hits(lnk405_ldcache_stale) == []


@pytest.mark.parametrize("folder", ["/usr/lib", "/lib/x86_64-linux-gnu"])
def test_default_folders_need_no_cache(put, add, hits, folder):
    put("/usr/bin/prog", program())
    put(f"{folder}/liba.so.1")
    add("/etc/ld.so.conf.d/x.conf", f"{folder}\n")
    assert hits(lnk405_ldcache_stale) == []


@pytest.mark.parametrize(("cache", "said"), [(None, "there is none"), (b"rubbish" * 20, "no cache of glibc's current format")])
def test_without_a_cache_listed_folders_are_lost(put, add, hits, cache, said):
    put("/usr/bin/prog", program())
    put("/usr/local/lib/liba.so.1")
    add("/etc/ld.so.conf.d/x.conf", "/usr/local/lib\n")
    if cache:
        add("/etc/ld.so.cache", cache)
    (_, _, message), = hits(lnk405_ldcache_stale)
    assert said in message


def test_an_image_of_musl_has_no_cache(add, hits):
    add(MUSL, elf())
    add("/usr/bin/prog", program(interpreter=MUSL), mode=0o755)
    add("/usr/local/lib/liba.so", elf())
    add("/etc/ld.so.conf", "/usr/local/lib\n")
    assert hits(lnk405_ldcache_stale) == hits(lnk406_ldconf_no_include) == []
    (_, severity, message), = hits(lnk410_glibc_arch)
    assert severity is INFO
    assert "musl" in message


def test_an_image_that_runtimes_cannot_announce_libraries_to(put, add, hits, site, tmp_path):
    put("/usr/bin/prog", program())
    assert hits(lnk406_ldconf_no_include) == []
    add("/etc/ld.so.conf", "/opt/lib\n")
    (path, severity, message), = hits(lnk406_ldconf_no_include)
    assert (path, severity) == ("/etc/ld.so.conf", W)
    assert "does not include /etc/ld.so.conf.d/*.conf" in message
    (tmp_path / "image/etc/ld.so.conf").unlink()
    (tmp_path / "image/sbin/ldconfig").unlink()
    (_, severity, message), = hits(lnk406_ldconf_no_include, site=replace(site, runtime="podman-hpc"))
    assert severity is E
    assert message.startswith("there is no ldconfig and there is no /etc/ld.so.conf: a runtime cannot announce")


def test_an_image_of_static_programs_needs_no_configuration(add, hits):
    add("/usr/bin/go-tool", elf(kind=2, dynamic=False), mode=0o755)
    assert [hit for module in MINE for hit in hits(module)] == []


@pytest.mark.parametrize(("path", "severity"), [
    ("/usr/lib/x86_64-linux-gnu/libcuda.so.535.104.05", E), ("/usr/lib/libnvidia-ml.so.535.104.05", E),
    ("/usr/local/cuda/compat/libcuda.so.545.23", W), ("/usr/local/cuda/lib64/stubs/libcuda.so", None),
    ("/usr/lib/libnvidia-container.so.1", None), ("/usr/lib/libcudart.so.12", None), ("/opt/x/libcudart.so", None)])
def test_the_gpus_driver_belongs_to_the_site(put, hits, path, severity):
    put(path)
    assert [(path, severity)] * bool(severity) == [(path, severity) for path, severity, _ in hits(lnk409_gpu_driver_in_image)]


def test_a_stub_must_not_be_found_at_a_start(put, add, hits, ldconfig):
    stub = put("/usr/local/cuda/lib64/stubs/libcuda.so", elf(["libc.so.6"], soname="libcuda.so.1"))
    assert hits(lnk409_gpu_driver_in_image) == []
    put("/opt/prog", program(["libcuda.so.1"], runpath="/usr/local/cuda/lib64/stubs"))
    add("/usr/lib/libcuda.so.1", stub, kind="link")
    ldconfig("/usr/local/cuda/lib64/stubs")
    assert {path for path, _, _ in hits(lnk409_gpu_driver_in_image)} == {"/etc/ld.so.cache", "/opt/prog", "/usr/lib/libcuda.so.1"}


def test_programs_for_another_machine_are_one_finding(put, hits):
    for name in "ab":
        put(f"/usr/bin/{name}", program(machine=183, interpreter="/lib/ld-linux-aarch64.so.1"))
    put("/opt/sysroot/bin/c", program(machine=183))
    put("/opt/gpu/code.hsaco", elf(machine=224))
    assert hits(lnk410_glibc_arch) == [("/usr/bin/a", E, "/usr/bin/a (and 1 more) is for aarch64, and the image for linux/amd64")]


def test_a_package_of_python_for_another_machine_is_found(put, hits):
    put(f"{SITE_PACKAGES}/good/{MODULE}")
    put(f"{SITE_PACKAGES}/good/attach_x86.so", elf(machine=3, bits=32))
    put(f"{SITE_PACKAGES}/both/_x.cpython-311-aarch64-linux-gnu.so", elf(machine=183))
    put(f"{SITE_PACKAGES}/both/{MODULE}")
    put(f"{SITE_PACKAGES}/bad/_x.cpython-311-aarch64-linux-gnu.so", elf(machine=183))
    (path, severity, message), = hits(lnk410_glibc_arch)
    assert (path.startswith(f"{SITE_PACKAGES}/bad/"), severity) == (True, E)
    assert "all modules of" in message


@pytest.mark.parametrize(("interpreter", "said"), [
    ("/lib/none.so", "not in the image"), ("ld.so", "no absolute path"), ("/opt/script", "no program"),
    ("/home/ld.so", "would vanish"), ("/nix/\x1b\n", "not in the image")])
@pytest.mark.parametrize(("folder", "severity"), [("/usr/bin", E), ("/opt/x", W)])
def test_a_program_needs_its_loader(put, add, hits, interpreter, said, folder, severity):
    add("/opt/script", "#!/bin/sh\n" * 20, mode=0o755)
    put("/home/ld.so")
    put(f"{folder}/prog", program(interpreter=interpreter))
    (path, found, message), = hits(lnk410_glibc_arch)
    assert (path, found) == (f"{folder}/prog", severity)
    assert said in message


def test_a_damaged_program_is_a_finding(put, package, hits):
    put("/opt/a", program(["libx.so"])[:150])
    put("/usr/lib/tests/b", program(["libx.so"])[:150])
    put("/opt/notes", program(["libx.so"])[:150], mode=0o644)
    package("binutils-tests", "/usr/lib/tests/b")
    (path, severity, message), = hits(lnk410_glibc_arch)
    assert (path, severity) == ("/opt/a", W)
    assert "damaged ELF file: its program headers lie outside the file" in message


def test_executable_stacks_and_text_relocations_are_warnings(put, package, hits):
    put("/opt/t/liba.so", elf(stack=7))
    put("/opt/t/libb.so", elf(stack=7, textrel=True))
    put("/opt/t/libc.so", elf(stack=6))
    put("/usr/lib/libd.so", elf(stack=7))
    package("d", "/usr/lib/libd.so")
    assert [(path, severity, message.partition(":")[0]) for path, severity, message in hits(lnk411_exec_stack_or_textrel)] == [
        ("/opt/t/liba.so", W, "/opt/t/liba.so makes the stack executable (and 1 more below /opt/t)"),
        ("/opt/t/libb.so", W, "/opt/t/libb.so has text relocations")]


def test_what_the_site_bans_is_found_by_pattern(put, hits, site):
    put("/usr/bin/a", program(["libssl.so.1.1", "/opt/lib/libmpi.so.40"]))
    put("/usr/bin/b", program(["libssl.so.1.1", "libssl.so.3"]))
    assert hits(lnk412_banned_linked) == []
    assert hits(lnk412_banned_linked, site=replace(site, banned_libraries=("libssl.so.1.*", "libmpi.so.40"))) == [
        ("/usr/bin/a", E, "/usr/bin/a needs libmpi.so.40, which the site bans"),
        ("/usr/bin/a", E, "/usr/bin/a (and 1 more) needs libssl.so.1.1, which the site bans")]


@pytest.mark.parametrize("name", ["a\nb", os.fsdecode(b"\xff\xfe"), "\x1b[31m"])
def test_hostile_names_are_found_like_any_other(put, hits, name):
    put(f"/opt/{name}", program([os.fsencode(f"{name}.so"), "libx.so"], rpath=os.fsencode(f"/{name}"), stack=7))
    assert [path for module in (lnk401_needed_missing, lnk404_bad_rpath, lnk411_exec_stack_or_textrel)
            for path, _, _ in hits(module)] == [f"/opt/{name}"] * 4


def test_libraries_that_need_each_other_in_circles_end(put, hits):
    for number in range(20):
        put(f"/usr/lib/lib{number}.so", elf([f"lib{other}.so" for other in range(20)], soname=f"lib{number}.so"))
    assert [hit for module in MINE for hit in hits(module)] == []


def test_what_is_too_much_to_follow_is_an_error(put, hits, monkeypatch):
    monkeypatch.setattr("certify.linking.loader._MAX_ALL_STEPS", 300)
    for number in range(20):
        put(f"/usr/lib/lib{number}.so", elf([f"lib{other}.so" for other in range(20)], soname=f"lib{number}.so"))
    (path, severity, message), = hits(lnk401_needed_missing)
    assert (path, severity) == ("/", E)
    assert "what is missing is not known" in message


class Known(Machine):
    """The running machine with the libraries of this very Python."""

    @property
    def entries(self):
        if "known" not in self.__dict__:
            found = dict(super().entries)
            for top, folders, names in os.walk(Path(sys.prefix).resolve() / "lib"):
                paths = [f"{top}/{name}" for name in (*folders, *names) if name in folders or ".so" in name]
                found |= {path: os.lstat(path) for path in (*map(str, [Path(top), *Path(top).parents][:-1]), *paths)}
            self.__dict__["known"] = found
        return self.__dict__["known"]


def test_debian_and_wheels_from_pypi_have_no_error(site):
    image = Known(Root(Path("/")), CONFIG)
    assert len(image.elves) > 200
    assert [one.message for module in MINE for one in module.check(image, site) if (one.severity or module.SEVERITY) is E] == []
