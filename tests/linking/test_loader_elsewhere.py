"""The loader with what a site brings into an image, and the loaders of other systems."""

from __future__ import annotations

import pytest

from certify.elf.reader import Elf
from tests.elf.elf_maker import elf, program


def how(image, name, **injected):
    step = image.load(**injected).by_soname(name)
    return step.found, step.how


def site(path, **fields):
    return {path: Elf(machine="x86_64", bits=64, kind="shared", **fields)}


def test_an_injected_library_wins_by_the_library_path(image):
    image.add("/usr/lib/libmpi.so.12", elf(soname="libmpi.so.12"))
    image.add("/prog", program(["libmpi.so.12"], runpath="/usr/lib"))
    files = site("/opt/udiImage/mpich/libmpi.so.12", soname="libmpi.so.12", needed=("libfabric.so.1",), runpath="$ORIGIN/dep") \
        | site("/opt/udiImage/mpich/dep/libfabric.so.1")
    loaded = image.load(files=files, library_path=("/opt/udiImage/mpich",))
    assert [(step.found, step.how, step.of_site) for step in loaded.steps] == [
        ("/opt/udiImage/mpich/libmpi.so.12", "LD_LIBRARY_PATH", True),
        ("/opt/udiImage/mpich/dep/libfabric.so.1", "RUNPATH of /opt/udiImage/mpich/libmpi.so.12", True)]


def test_an_injected_library_wins_in_the_cache_but_not_over_a_runpath(image):
    for folder in ("/usr/lib", "/opt/own"):
        image.add(f"{folder}/libcuda.so.1", elf(soname="libcuda.so.1"))
    image.ldconfig("/usr/lib")
    image.link("/site", "/usr/lib64")
    image.add("/usr/lib64/x", b"")
    image.add("/prog", program(["libcuda.so.1"]))
    given = {"files": site("/usr/lib64/libcuda.so.535", soname="libcuda.so.1"), "cache_first": ("/usr/lib64/",)}
    assert how(image, "libcuda.so.1", **given) == ("/usr/lib64/libcuda.so.535", "ld.so.cache")
    image.add("/prog", program(["libcuda.so.1"], runpath="/opt/own"))
    assert how(image, "libcuda.so.1", **given) == ("/opt/own/libcuda.so.1", "RUNPATH of /prog")


def test_an_injected_file_covers_the_images_own_through_links(image):
    image.add("/usr/lib64/libcuda.so.1", elf())
    image.link("/opt/gpu", "/usr/lib64")
    image.add("/prog", program(["libcuda.so.1"], runpath="/opt/gpu"))
    step, = image.load(files=site("/usr/lib64/libcuda.so.1")).steps
    assert (step.found, step.of_site) == ("/opt/gpu/libcuda.so.1", True)


def test_what_is_mounted_over_is_not_found(image):
    image.add("/opt/hidden/libx.so", elf())
    image.link("/opt/seen/libx.so", "../hidden/libx.so")
    image.add("/prog", program(["libx.so"], runpath="/opt/hidden:/opt/seen"))
    assert how(image, "libx.so")[0] == "/opt/hidden/libx.so"
    assert how(image, "libx.so", hidden=("/opt/hidden",)) == (None, "not found")


def test_what_users_cannot_read_is_passed_over(image):
    image.add("/opt/a/libx.so", elf(), mode=0o700)
    image.add("/usr/lib/libx.so", elf())
    image.add("/prog", program(["libx.so"], runpath="/opt/a"))
    assert how(image, "libx.so") == ("/usr/lib/libx.so", "default folder")


MUSL = "/lib/ld-musl-x86_64.so.1"


def test_musl_looks_up_its_own_folders_and_inherits_either_run_path(bare):
    bare.add(MUSL, elf(soname="ld-musl"))
    needed = ["liba.so", "libc.musl-x86_64.so.1", "libz.so", "libm.so.6"]
    bare.add("/prog", program(needed, interpreter=MUSL, runpath="$ORIGIN/opt/a"))
    bare.add("/opt/a/liba.so", elf(["libb.so"]))
    bare.add("/opt/a/libb.so", elf())
    bare.add("/usr/local/lib/libz.so", elf())
    assert [(step.needed, step.found, step.how) for step in bare.load().steps] == [
        ("liba.so", "/opt/a/liba.so", "RUNPATH of /prog"), ("libc.musl-x86_64.so.1", MUSL, "already loaded"),
        ("libz.so", "/usr/local/lib/libz.so", "default folder"), ("libm.so.6", MUSL, "already loaded"),
        ("libb.so", "/opt/a/libb.so", "RUNPATH of /prog")]
    bare.add("/etc/ld-musl-x86_64.path", "/lib:/opt/z\n/usr/lib\n", mode=0o644)
    assert bare.load().missing[0].tried == ("/opt/a", "/lib", "/opt/z", "/usr/lib")


@pytest.mark.parametrize(("text", "lib", "folders"), [
    (b"\0/lib64/\0/usr/lib64/\0x", "lib64", ("/lib64", "/usr/lib64")), (b"\0/usr/lib/\0", "lib", ("/usr/lib",)),
    (b"\0/nix/store/abc-glibc-2.38/lib/\0", "nix/store/abc-glibc-2.38/lib", ("/nix/store/abc-glibc-2.38/lib",)),
    (b"\0nothing\0", "lib64", ("/lib64", "/usr/lib64"))])
def test_other_distributions_have_other_default_folders(bare, text, lib, folders):
    bare.add("/lib64/ld-linux-x86-64.so.2", elf() + text)
    bare.add("/prog", program(["libx.so"], runpath="/opt/$LIB"))
    assert bare.load().missing[0].tried == (f"/opt/{lib}", *folders)


def test_a_library_is_linked_as_most_programs_of_its_kind_are(bare):
    bare.add(MUSL, elf())
    bare.add("/prog", program(interpreter=MUSL))
    bare.add("/usr/local/lib/liba.so", elf(["libb.so"]))
    bare.add("/usr/local/lib/libb.so", elf())
    assert bare.load("/usr/local/lib/liba.so").steps[0].how == "default folder"


def test_what_is_no_elf_loads_nothing(bare):
    bare.add("/script", "#!/bin/sh\n")
    assert bare.load("/script").steps == bare.load("/none").steps == ()
