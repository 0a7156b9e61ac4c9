"""The loader's cache and its configuration: as ldconfig writes and reads them, and as nobody would."""

from __future__ import annotations

import os
import struct
import subprocess
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certify.linking.cache import cache_of, parse
from certify.linking.conf import conf_of
from tests.elf.elf_maker import elf

CACHE = "/etc/ld.so.cache"


@pytest.mark.parametrize("form", ["new", "compat"])
def test_the_cache_says_what_ldconfig_says(image, form):
    for name, machine, bits in (("a", 62, 64), ("b", 62, 64), ("c", 3, 32)):
        image.add(f"/opt/lib/lib{name}.so.1", elf(["libc.so.6"], soname=f"lib{name}.so.1", machine=machine, bits=bits))
    better = "/opt/lib/glibc-hwcaps/x86-64-v3/liba.so.1"
    if form == "new":       # ldconfig 2.36 writes wrong offsets for these into the other form, and no loader finds them
        image.add(better, elf(["libc.so.6"], soname="liba.so.1"))
    image.ldconfig("/opt/lib", form=form)
    said = subprocess.run(["/sbin/ldconfig", "-p", "-C", image.top / "etc/ld.so.cache"], capture_output=True, text=True).stdout
    cache = cache_of(image.tree())
    assert cache.fault is None
    assert cache.names() == {line.split()[0] for line in said.splitlines()[1:] if "=>" in line}
    assert cache.lookup("liba.so.1", "x86_64", 64) == "/opt/lib/liba.so.1"
    found = cache.lookup("liba.so.1", "x86_64", 64, ("x86-64-v4", "x86-64-v3"))
    assert found == (better if form == "new" else "/opt/lib/liba.so.1")
    assert cache.lookup("liba.so.1", "aarch64", 64) is None
    assert cache.lookup("libc.so.1", "i386", 32) == "/opt/lib/libc.so.1"
    assert cache.lookup("libnone.so", "x86_64", 64) is None


def test_the_cache_of_this_machine_is_read_in_full(machine):
    said = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True).stdout
    cache = cache_of(machine)
    told = {line.split()[0]: line.rpartition("=> ")[2] for line in said.splitlines()[1:] if "x86-64" in line}
    assert len(told) > 20
    assert {name: cache.lookup(name, "x86_64", 64) for name in told} == told


def one_entry(name=b"liba.so.1", path=b"/opt/liba.so.1", count=1, extension=0, flags=0x303, hwcap=0):
    strings = 48 + 24
    head = b"glibc-ld.so.cache1.1" + struct.pack("<IIIIIII", count, 100, 2, extension, 0, 0, 0)
    entry = struct.pack("<iIIIQ", flags, strings, strings + len(name) + 1, 0, hwcap)
    return head + entry + name + b"\0" + path + b"\0"


def test_a_cache_by_hand_is_read():
    assert parse(one_entry()).lookup("liba.so.1", "x86_64", 64) == "/opt/liba.so.1"


@pytest.mark.parametrize("data", [
    b"", b"glibc-ld.so.cache1.1", b"ld.so-1.7.0", b"ld.so-1.7.0\0\xff\xff\xff\xff", b"x" * 100, one_entry(count=0xFFFFFFFF),
    one_entry()[:60]], ids=["nothing", "magic", "old", "old_count", "text", "count", "cut"])
def test_a_cache_that_lies_has_a_fault(data):
    assert parse(data).fault


NOWHERE = {"name": {"name": b"x" * 300}, "path": {"path": b"x" * 5000}, "level": {"hwcap": 1 << 62}, "flags": {"flags": -1},
           "extension": {"hwcap": (1 << 62) + 7, "extension": 72}, "old_hwcap": {"hwcap": 1}}


@pytest.mark.parametrize("data", [one_entry(**given) for given in NOWHERE.values()], ids=NOWHERE)
def test_an_entry_that_leads_nowhere_is_not_found(data):
    assert not parse(data).lookup("liba.so.1", "x86_64", 64)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200), st.lists(st.tuples(st.integers(0, 200), st.binary(min_size=1, max_size=4)), max_size=5))
def test_no_bytes_raise(tail, patches):
    for start in (one_entry(), b"ld.so-1.7.0\0" + struct.pack("<I", 1) + bytes(16) + one_entry(), b"glibc-ld.so.cache1.1"):
        data = bytearray(start + tail)
        for place, patch in patches:
            data[place % len(data):place % len(data) + len(patch)] = patch
        cache = parse(bytes(data))
        for name in cache.names() | {"liba.so.1"}:
            cache.lookup(name, "x86_64", 64, ("x86-64-v3",))


def test_a_million_entries_take_no_time():
    head = b"glibc-ld.so.cache1.1" + struct.pack("<IIIIIII", 1 << 20, 0, 2, 0, 0, 0, 0)
    data = head + struct.pack("<iIIIQ", 0x303, 20, 20, 0, 0) * 349_000
    begin = time.process_time()
    assert parse(data).fault
    assert time.process_time() - begin < 1


def conf(image, text, **others):
    image.add("/etc/ld.so.conf", text, mode=0o644)
    for name, inner in others.items():
        image.add(f"/etc/ld.so.conf.d/{name}.conf", inner, mode=0o644)
    return conf_of(image.tree())


def test_folders_are_listed_as_ldconfig_lists_them(image):
    found = conf(image, "# a comment\n\n  /opt/a/ \t\ninclude /etc/ld.so.conf.d/*.conf\n/opt/b=libc6\n/opt/c # why\n"
                        "include\tother.conf\nhwcap 1 x\nrelative/path\n", z="/opt/z\n", y="/opt/y\n")
    image.add("/etc/other.conf", "/opt/other\n")
    for folder in "abcyz":
        (image.top / f"opt/{folder}").mkdir(parents=True)
    assert set(found.folders) == {"/opt/a", "/opt/b", "/opt/c", "/opt/y", "/opt/z"}
    assert found.includes_folder
    assert set(conf_of(image.tree()).folders) == {*found.folders, "/opt/other"}
    (image.top / "opt/other").mkdir()
    said = subprocess.run(["/sbin/ldconfig", "-r", image.top, "-v", "-N", "-X"], capture_output=True, text=True).stdout
    listed = {line.partition(":")[0] for line in said.splitlines() if line.startswith("/")}
    assert set(conf_of(image.tree()).folders) == {one for one in listed if one.startswith("/opt")}


@pytest.mark.parametrize(("text", "included"), [
    ("include /etc/ld.so.conf.d/*.conf\n", True), ("include ld.so.conf.d/*.conf\n", True), ("include ld.so.conf.d/*\n", True),
    ("include /etc/ld.so.conf.d/a.conf\n", False), ("# include ld.so.conf.d/*.conf\n", False), ("/opt/lib\n", False),
    ("", False)])
def test_an_include_of_the_folder_is_known(image, text, included):
    assert conf(image, text).includes_folder == included


def test_no_file_is_no_configuration(image):
    assert conf_of(image.tree()) is None
    (image.top / "etc").mkdir()
    os.mkfifo(image.top / "etc/ld.so.conf")
    assert conf_of(image.tree()) is None


def test_files_that_include_each_other_end(image):
    found = conf(image, "include ld.so.conf.d/*.conf ld.so.conf\n/opt/a\n", a="include ../ld.so.conf.d/*.conf\n/opt/b\n")
    assert set(found.folders) == {"/opt/a", "/opt/b"}


@pytest.mark.parametrize("pattern", ["*a" * 120, "[" * 200, "*" * 250, "?" * 200, "\x00\xff", "x" * 10_000])
def test_a_hostile_pattern_takes_no_time(image, pattern):
    image.add("/etc/ld.so.conf.d/" + "a" * 250, "")
    begin = time.process_time()
    conf(image, f"include /etc/ld.so.conf.d/{pattern}\n" * 50 + "".join(f"include /etc/*{one}\n" for one in range(50_000)))
    assert time.process_time() - begin < 1
