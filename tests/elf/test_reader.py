"""The reader against pyelftools and readelf, on real files and on files that lie."""

from __future__ import annotations

import contextlib
import functools
import io
import itertools
import os
import re
import stat
import struct
import subprocess
import tempfile
import time
import tracemalloc
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from hypothesis import given, settings
from hypothesis import strategies as st

from builder.image import ImageConfig
from builder.rootfs import Root
from certify.checks.tree import ImageTree
from certify.elf import defined_versions, needed_versions, read, symbols
from tests.elf.elf_maker import LOADER, elf, program
from tests.tools import needs

CONFIG = ImageConfig(name="tool", version="1", revision=1, platform="linux/amd64", environment={})
NAMES = frozenset({"malloc", "main", "printf", "qsort", "MPI_Init", "_start"})
KINDS = {"ET_EXEC": "executable", "ET_DYN": "shared", "ET_REL": "object", "ET_CORE": "core"}
MACHINES = {"EM_X86_64": "x86_64", "EM_386": "i386", "EM_AARCH64": "aarch64"}


def of(data):
    """What the reader says of bytes."""
    with tempfile.TemporaryFile(buffering=0) as file:
        file.write(data)
        return read(file, len(data))


@functools.cache
def files_of_this_machine():
    """Some thousand ELF files of /usr/bin and /usr/lib, found without the code under test."""
    found = []
    for top, recursive in (("/usr/bin", False), ("/usr/sbin", False), ("/usr/lib/x86_64-linux-gnu", False),
                           ("/usr/lib/gcc", True), ("/usr/lib/python3", True)):
        walked = os.walk(top) if recursive else itertools.islice(os.walk(top), 1)
        paths = [f"{folder}/{name}" for folder, _, names in walked for name in names]
        found += [path for path in paths if stat.S_ISREG(os.lstat(path).st_mode) and magic(path)]
    return sorted(found)


@contextlib.contextmanager
def opened(path):
    with Path(path).open("rb", buffering=0) as file:
        yield file, Path(path).stat().st_size


def readelf(*words):
    environment = {"LC_ALL": "C", "PATH": os.environ["PATH"]}
    return subprocess.run(["readelf", *words], capture_output=True, text=True, env=environment).stdout


def magic(path):
    with Path(path).open("rb") as file:
        return file.read(4) == b"\x7fELF"


def peers_view(path):
    with Path(path).open("rb") as file:
        whole = ELFFile(file)
        segments = list(whole.iter_segments())
        interpreter = next((one.get_interp_name() for one in segments if one["p_type"] == "PT_INTERP"), None)
        stack = any(one["p_type"] == "PT_GNU_STACK" and one["p_flags"] & 1 for one in segments)
        dynamic = next((one for one in segments if one["p_type"] == "PT_DYNAMIC" and one["p_filesz"]), None)
        tags = list(dynamic.iter_tags()) if dynamic else []
        texts = {tag: [getattr(one, tag[3:].lower()) for one in tags if one.entry.d_tag == tag]
                 for tag in ("DT_NEEDED", "DT_SONAME", "DT_RPATH", "DT_RUNPATH")}
        flags_1 = next((one.entry.d_val for one in tags if one.entry.d_tag == "DT_FLAGS_1"), 0)
        return {"machine": MACHINES.get(whole["e_machine"], whole["e_machine"]), "bits": whole.elfclass,
                "kind": KINDS[whole["e_type"]], "interpreter": interpreter, "executable_stack": stack, "dynamic": bool(tags),
                "needed": tuple(texts["DT_NEEDED"]), "pie": bool(flags_1 & 0x8000000),
                **{key: next(iter(texts[tag]), None) for key, tag in (
                    ("soname", "DT_SONAME"), ("rpath", "DT_RPATH"), ("runpath", "DT_RUNPATH"))}}


def mine(path):
    with opened(path) as (file, size):
        return read(file, size)


def test_it_agrees_with_pyelftools_on_this_machine():
    paths = files_of_this_machine()
    assert len(paths) > 100
    for path in paths[::max(1, len(paths) // 40)]:
        found, wanted = mine(path), peers_view(path)
        assert {key: getattr(found, key) for key in wanted} == wanted, path
        assert found.faults == (), path


@needs("readelf")
def test_it_agrees_with_readelf_on_this_machine():
    paths = files_of_this_machine()[::7][:150]
    blocks = re.split(r"^File: (.*)$", readelf("-dlW", *paths), flags=re.MULTILINE)[1:]
    told = dict(zip(blocks[::2], blocks[1::2], strict=True))
    assert set(told) == set(paths)
    for path, text in told.items():
        found = mine(path)
        assert list(found.needed) == re.findall(r"\(NEEDED\) .*\[(.*)\]", text), path
        for key, word in (("soname", "SONAME"), ("rpath", "RPATH"), ("runpath", "RUNPATH")):
            assert [getattr(found, key)] == (re.findall(rf"\({word}\) .*\[(.*)\]", text) or [None]), path
        assert [found.interpreter] == (re.findall(r"interpreter: (.*)\]", text) or [None])
        assert found.text_relocations == ("(TEXTREL)" in text or bool(re.search(r"\(FLAGS\).*TEXTREL", text)))


@needs("readelf")
@pytest.mark.parametrize("path", ["/usr/bin/bash", "/lib/x86_64-linux-gnu/libc.so.6", "/lib/x86_64-linux-gnu/libstdc++.so.6"])
def test_versions_agree_with_readelf(path):
    definitions, _, needed = readelf("-VW", path).partition("Version needs section")
    wanted, library = {}, ""
    for line in needed.splitlines():
        library = (re.findall(r"File: (\S+)", line) or [library])[0]
        for version in re.findall(r"^\s+\w+:\s+Name: (\S+)", line):
            wanted.setdefault(library, set()).add(version)
    definitions = definitions.partition("Version definition section")[2]
    with opened(path) as (file, size):
        assert {key: set(value) for key, value in needed_versions(file, size).items()} == wanted
        assert set(defined_versions(file, size)) == set(re.findall(r"Flags: .*Name: (\S+)", definitions))


@needs("gcc")
@pytest.mark.parametrize("flags", [[], ["-s"], ["-static"], ["-Wl,-O2"]], ids=lambda flags: "".join(flags) or "plain")
def test_symbols_are_found_where_they_are(tmp_path, flags):
    (tmp_path / "a.c").write_text("#include <stdlib.h>\nint PMPI_Init(void){return 0;}\nint MPI_Init(void){return PMPI_Init();}\n"
                                  "int main(void){return malloc(1)==0;}\n")
    out = tmp_path / "a"
    subprocess.run(["gcc", *flags, "-o", out, tmp_path / "a.c"], check=True)
    with opened(out) as (file, size):
        found = symbols(file, size, NAMES)
    if "-static" in flags:
        assert {"main", "MPI_Init", "malloc"} <= found[0]
        assert "malloc" not in found[1]
    else:
        assert found == (frozenset() if "-s" in flags else {"main", "MPI_Init", "_start"}, {"malloc"})


@needs("gcc")
@pytest.mark.parametrize(("flags", "field", "value"), [
    (["-Wl,-z,execstack"], "executable_stack", True), (["-Wl,-z,noexecstack"], "executable_stack", False),
    (["-Wl,-z,nodefaultlib"], "no_default_paths", True), (["-static"], "dynamic", False), (["-static-pie"], "pie", True),
    (["-no-pie"], "kind", "executable"), (["-pie"], "kind", "shared"),
    (["-Wl,-rpath,/a:/b", "-Wl,--disable-new-dtags"], "rpath", "/a:/b"), (["-Wl,-rpath,$ORIGIN"], "runpath", "$ORIGIN"),
    (["-Wl,--dynamic-linker,/x/ld.so"], "interpreter", "/x/ld.so"),
    (["-shared", "-Wl,-soname,libx.so.1"], "soname", "libx.so.1"), (["-c"], "kind", "object")],
    ids=lambda value: "_".join(value) if isinstance(value, list) else "")
def test_what_the_linker_was_told_is_read(tmp_path, flags, field, value):
    (tmp_path / "a.c").write_text("int main(void){return 0;}\n")
    subprocess.run(["gcc", *flags, "-o", tmp_path / "a", tmp_path / "a.c"], check=True)
    found = mine(tmp_path / "a")
    assert getattr(found, field) == value
    assert found.program == (flags[0] not in ("-shared", "-c"))
    assert found.faults == ()


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("bits", [32, 64])
def test_both_widths_and_byte_orders_are_read(bits, order):
    found = of(elf(["liba.so", "libb.so"], soname="libx.so", rpath="/r", runpath="/u", interpreter="/ld", machine=21,
                   bits=bits, order=order, stack=7, flags=4))
    assert (found.bits, found.machine, found.needed) == (bits, "ppc64le" if order == "<" else "ppc64", ("liba.so", "libb.so"))
    assert (found.soname, found.rpath, found.runpath, found.interpreter) == ("libx.so", "/r", "/u", "/ld")
    assert found.executable_stack
    assert found.text_relocations
    assert found.faults == ()


def test_the_c_library_is_no_program_although_it_can_be_started():
    assert not mine("/lib/x86_64-linux-gnu/libc.so.6").program
    assert mine("/usr/bin/env").program
    assert of(program()).program


def test_names_are_bytes():
    found = of(elf([b"a\nb\xff"], soname=b"\xfe\x1b[31m"))
    assert [os.fsencode(name) for name in (*found.needed, found.soname)] == [b"a\nb\xff", b"\xfe\x1b[31m"]


@pytest.mark.parametrize("data", [b"", b"\x7fELF", b"#!/bin/sh\n", b"\x7fELG" + bytes(60), b"MZ" + bytes(100)])
def test_what_is_no_elf_is_none(data):
    assert of(data) is None


WHOLE = program(["liba.so.1", "libb.so.2"], soname="libx.so", rpath="/opt/a:/opt/b", stack=6)


@pytest.mark.parametrize(("place", "form", "value", "said"), [
    (4, "B", 9, "class or byte order"), (5, "B", 0, "class or byte order"), (54, "H", 7, "wrong size"),
    (32, "Q", 1 << 62, "outside the file"), (32, "Q", (1 << 64) - 8, "outside the file"),
    (56, "H", 65535, "65535 program headers")])
def test_a_header_that_lies_is_a_fault(place, form, value, said):
    data = bytearray(WHOLE)
    struct.pack_into("<" + form, data, place, value)
    assert said in "; ".join(of(bytes(data)).faults)


@pytest.mark.parametrize(("tag", "value", "said"), [
    (5, 1 << 40, "nowhere in the file"), (1, 1 << 50, "outside its table"), (10, 3, "outside its table"),
    (14, 99999, "outside its table")])
def test_a_dynamic_section_that_lies_is_a_fault(tag, value, said):
    data = bytearray(WHOLE)
    start = next(at for at in range(0, len(data) - 16, 8) if struct.unpack_from("<qQ", data, at) == (1, 1))
    at = next(at for at in range(start, len(data) - 16, 16) if struct.unpack_from("<q", data, at)[0] == tag)
    struct.pack_into("<Q", data, at + 8, value)
    assert said in "; ".join(of(bytes(data)).faults)


@pytest.mark.parametrize("size", range(20, len(WHOLE) - 1, 13))
def test_a_file_that_was_cut_off_is_read_as_far_as_it_goes(size):
    found = of(WHOLE[:size])
    assert found.machine == "x86_64"
    assert found.faults or size > len(WHOLE) - 50


def everything(data):
    with tempfile.TemporaryFile(buffering=0) as file:
        file.write(data)
        size = len(data)
        return read(file, size), needed_versions(file, size), defined_versions(file, size), symbols(file, size, NAMES)


@functools.cache
def real():
    return Path("/usr/bin/env").read_bytes()


BAD = st.one_of(st.binary(min_size=1, max_size=8), st.sampled_from([b"\xff" * 4, b"\xff" * 8, bytes(8), b"\x01" + bytes(7)]))
PATCHES = st.lists(st.tuples(st.integers(0, 1 << 16), BAD), min_size=1, max_size=12)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["whole", "real"]), PATCHES, st.integers(0, 1 << 16))
def test_no_bytes_whatever_raise_or_take_long(which, patches, cut):
    data = bytearray(WHOLE if which == "whole" else real())
    for place, patch in patches:
        at = place % (len(data) if which == "whole" or place % 2 else 1024)
        data[at:at + len(patch)] = patch
    begin = time.process_time()
    found = everything(bytes(data[:max(64, len(data) - cut)] if cut % 3 == 0 else data))
    assert time.process_time() - begin < 1
    assert found[0] is None or found[0].machine


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_behind_a_magic_raise(data):
    everything(b"\x7fELF\x02\x01\x01" + data)
    everything(b"\x7fELF\x01\x02\x01" + data)


def test_many_long_names_take_bounded_memory():
    """A string of 60 kB that ten thousand entries name: 600 MB if it were believed."""
    data = bytearray(elf(["x" * 60_000]))
    start = next(at for at in range(0, 4096, 8) if struct.unpack_from("<qQ", data, at) == (1, 1))
    table = b"".join(struct.pack("<qQ", 1, 1) for _ in range(10_000)) + bytes(data[start + 16:start + 96])
    at_table = (len(data) + 15) & ~15
    data = data.ljust(at_table, b"\0") + table
    head = 64 + 56
    struct.pack_into("<QQQQ", data, head + 8, at_table, at_table, at_table, len(table))     # PT_DYNAMIC is the second
    tracemalloc.start()
    found = of(bytes(data))
    assert tracemalloc.get_traced_memory()[1] < 40_000_000
    tracemalloc.stop()
    assert len(found.needed) == 4096
    assert "a name lies outside its table of strings" in found.faults


def test_a_sparse_file_of_a_terabyte_is_read_at_once(tmp_path):
    place = tmp_path / "big"
    data = bytearray(WHOLE)
    struct.pack_into("<Q", data, 32, (1 << 40) - 4096)
    place.write_bytes(data)
    os.truncate(place, 1 << 40)
    begin = time.process_time()
    with opened(place) as (file, size):
        assert read(file, size).needed == ()
    assert time.process_time() - begin < 0.5


@pytest.fixture
def tree(tmp_path):
    for path, data, mode in (("bin/prog", program(["libc.so.6"]), 0o755), ("lib/libx.so.1", elf(), 0o644),
                             ("lib/module.py", elf(), 0o644), ("bin/tool.py", elf(), 0o755), ("etc/empty", b"", 0o755),
                             ("bin/script", b"#!/bin/sh\n" + b"x" * 100, 0o755)):
        place = tmp_path / path
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(data)
        place.chmod(mode)
    os.mkfifo(tmp_path / "bin/fifo")
    (tmp_path / "bin/link").symlink_to(LOADER)
    return ImageTree(Root(tmp_path), CONFIG)


def test_every_elf_file_of_a_tree_is_found(tree):
    assert set(tree.elves) == {"/bin/prog", "/lib/libx.so.1", "/bin/tool.py"}
    assert tree.elves["/bin/prog"].needed == ("libc.so.6",)
    assert tree.elves is tree.elves


def test_a_file_without_a_descriptor_is_not_asked_for():
    with pytest.raises(io.UnsupportedOperation):
        read(io.BytesIO(WHOLE), len(WHOLE))
