"""The folders that the loader searches by itself, and its cache."""

from __future__ import annotations

import pytest

from tests.elf.elf_maker import elf, program
from tests.linking.conftest import agrees, how

MULTI = "/lib/x86_64-linux-gnu"


def test_lib_and_platform_are_the_loaders_own(image):
    image.add("/opt/lib/x86_64-linux-gnu/liba.so", elf())
    for platform in ("haswell", "x86_64"):
        image.add(f"/opt/{platform}/libb.so", elf())
    image.add("/prog", program(["liba.so", "libb.so"], runpath="/opt/$LIB:/opt/${PLATFORM}"))
    real = [(name, path.replace("haswell", "x86_64")) for name, path in image.ask()]     # as the processor is
    assert image.pairs() == real == [("liba.so", "/opt/lib/x86_64-linux-gnu/liba.so"), ("libb.so", "/opt/x86_64/libb.so")]


def test_default_folders_are_those_built_into_the_loader(image):
    for folder in ("/usr/lib", "/lib", "/usr/lib/x86_64-linux-gnu", MULTI):
        image.add(f"{folder}/libx.so", elf())
        image.add("/prog", program(["libx.so"]))
        assert agrees(image) == {"libx.so": f"{folder}/libx.so"}
    assert how(image, "libx.so")[1] == "default folder"


def test_folders_that_are_no_default_are_not_searched(image):
    for folder in ("/usr/local/lib", "/usr/lib64", "/lib64", "/opt/lib"):
        image.add(f"{folder}/libx.so", elf())
    image.add("/prog", program(["libx.so"]))
    assert agrees(image) == {"libx.so": None}
    assert image.load().missing[0].tried == (MULTI, "/usr/lib/x86_64-linux-gnu", "/lib", "/usr/lib")


def test_a_listed_folder_counts_only_through_the_cache(image):
    image.add("/opt/lib/libx.so.1", elf(soname="libx.so.1"))
    image.add("/prog", program(["libx.so.1"]))
    image.add("/etc/ld.so.conf", "/opt/lib\n", mode=0o644)
    assert agrees(image) == {"libx.so.1": None}
    image.ldconfig("/opt/lib")
    assert agrees(image) == {"libx.so.1": "/opt/lib/libx.so.1"}
    assert how(image, "libx.so.1") == ("/opt/lib/libx.so.1", "ld.so.cache")


@pytest.mark.parametrize("form", ["new", "compat"])
def test_both_forms_of_the_cache_are_read(image, form):
    for name in "abc":
        image.add(f"/opt/lib/lib{name}.so.1", elf(soname=f"lib{name}.so.1"))
    image.add("/prog", program(["liba.so.1", "libb.so.1", "libd.so.1"]))
    image.ldconfig("/opt/lib", form=form)
    assert agrees(image) == {"liba.so.1": "/opt/lib/liba.so.1", "libb.so.1": "/opt/lib/libb.so.1", "libd.so.1": None}


def test_a_program_without_default_folders_gets_nothing_of_them_from_the_cache(image):
    image.add("/opt/lib/liba.so.1", elf(soname="liba.so.1"))
    image.add("/usr/lib/libb.so.1", elf(soname="libb.so.1"))
    image.add("/prog", program(["liba.so.1", "libb.so.1"], flags_1=0x8000800))
    image.ldconfig("/opt/lib")
    assert agrees(image) == {"liba.so.1": "/opt/lib/liba.so.1", "libb.so.1": None}


@pytest.mark.parametrize("cached", [False, True], ids=["folder", "cache"])
def test_folders_for_better_processors_come_first(image, cached):
    image.add("/opt/lib/libx.so.1", elf(soname="libx.so.1"))
    image.add("/opt/lib/glibc-hwcaps/x86-64-v2/libx.so.1", elf(soname="libx.so.1"))
    image.add("/opt/lib/glibc-hwcaps/x86-64-v9/libx.so.1", elf(soname="libx.so.1"))
    image.add("/prog", program(["libx.so.1"], **({} if cached else {"runpath": "/opt/lib"})))
    if cached:
        image.ldconfig("/opt/lib")
    assert agrees(image) == {"libx.so.1": "/opt/lib/glibc-hwcaps/x86-64-v2/libx.so.1"}


def test_libraries_of_other_machines_are_passed_over(image):
    image.add("/opt/1/libx.so", elf(machine=183))
    image.add("/opt/2/libx.so", elf(machine=3, bits=32))
    image.add("/opt/3/libx.so", elf())
    image.add("/prog", program(["libx.so"], runpath="/opt/1:/opt/2:/opt/3"))
    assert agrees(image) == {"libx.so": "/opt/3/libx.so"}
    assert image.load().steps[0].tried == ("/opt/1", "/opt/2")
