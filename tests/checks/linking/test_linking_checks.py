"""The checks on linking, each on small trees of real ELF files, and all on the running machine's."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from builder.rootfs import Root
from certify.checks import (
    lnk401_needed_missing,
    lnk402_found_off_path,
    lnk404_bad_rpath,
    lnk409_gpu_driver_in_image,
    lnk410_glibc_arch,
    lnk411_exec_stack_or_textrel,
    lnk412_banned_linked,
)
from tests.checks.linking.conftest import MINE, MODULE, SITE_PACKAGES, E, W
from tests.elf.elf_maker import elf, program
from tests.linking.conftest import CONFIG, Machine


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
