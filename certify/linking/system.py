"""What a loader has built in: the folders it looks into by default, and what $LIB and $PLATFORM mean to it.

Every distribution builds other folders into its loader (Debian those with a triplet, Fedora's kin lib64, others a prefix of
their own), so they are read from the loader in the image, where they stand as text one after another.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from certify.checks.tree import ImageTree
    from certify.elf.reader import Elf

_MAX_LOADER: Final = 4 << 20    # bytes; a loader has a quarter of one MiB
_MULTIARCH: Final = {("x86_64", 64): "x86_64-linux-gnu", ("x86_64", 32): "x86_64-linux-gnux32", ("i386", 32): "i386-linux-gnu",
                     ("aarch64", 64): "aarch64-linux-gnu", ("ppc64le", 64): "powerpc64le-linux-gnu",
                     ("s390x", 64): "s390x-linux-gnu", ("riscv64", 64): "riscv64-linux-gnu"}
_LOADERS: Final = {("x86_64", 64): "/lib64/ld-linux-x86-64.so.2", ("i386", 32): "/lib/ld-linux.so.2",
                   ("aarch64", 64): "/lib/ld-linux-aarch64.so.1", ("ppc64le", 64): "/lib64/ld64.so.2",
                   ("s390x", 64): "/lib/ld64.so.1", ("riscv64", 64): "/lib/ld-linux-riscv64-lp64d.so.1"}
# The best first, as the loader prefers them (sysdeps/*/dl-hwcaps-subdirs.c). Which ones a node has is not known here.
_LEVELS: Final[Mapping[str, tuple[str, ...]]] = {
    "x86_64": ("x86-64-v4", "x86-64-v3", "x86-64-v2"), "ppc64le": ("power10", "power9"), "s390x": ("z16", "z15", "z14", "z13")}
# Two values for x86_64: on some processors the loader says "haswell" (sysdeps/x86/cpu-features.c).
_PLATFORMS: Final[Mapping[str, tuple[str, ...]]] = {"x86_64": ("x86_64", "haswell"), "i386": ("i686",)}
_MUSL_NAMES: Final[Mapping[str, str]] = {"arm": "armhf", "ppc64le": "powerpc64le", "ppc64": "powerpc64"}
_MUSL_FOLDERS: Final = ("/lib", "/usr/local/lib", "/usr/lib")


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """The loader for one kind of machine. ``folders`` are its default ones, ``levels`` its hwcaps with the best first.

    ``interpreter`` is its path, None if the image has none; ``lib`` and ``platforms`` are what $LIB and $PLATFORM stand for.
    """

    machine: str
    bits: int
    interpreter: str | None
    folders: tuple[str, ...]
    lib: str
    platforms: tuple[str, ...]
    levels: tuple[str, ...]
    musl: bool = False


def system_of(image: ImageTree, elf: Elf) -> System:
    """The loader that an object gets: the one it names, or for a library the one that most programs name."""
    interpreter = elf.interpreter or _usual(image.elves.values(), elf) or _known(image, elf)
    if interpreter is not None and interpreter.rpartition("/")[2].startswith("ld-musl-"):
        return System(machine=elf.machine, bits=elf.bits, interpreter=interpreter, folders=_musl_folders(image, elf.machine),
                      lib="lib", platforms=(), levels=(), musl=True)
    folders = _built_in(image, interpreter) or _conventional(image, elf)
    return System(machine=elf.machine, bits=elf.bits, interpreter=interpreter, folders=folders, lib=_lib(folders),
                  platforms=_PLATFORMS.get(elf.machine, (elf.machine,)), levels=_LEVELS.get(elf.machine, ()))


def _usual(elves: Iterable[Elf], like: Elf) -> str | None:
    named = Counter(one.interpreter for one in elves
                    if one.interpreter and one.machine == like.machine and one.bits == like.bits)
    return min(named, key=lambda path: (-named[path], path), default=None)


def _known(image: ImageTree, elf: Elf) -> str | None:
    """The loader of an image without programs, at its place by the ABI."""
    path = _LOADERS.get((elf.machine, elf.bits))
    return path if path is not None and image.resolve(path) is not None else None


def _built_in(image: ImageTree, interpreter: str | None) -> tuple[str, ...]:
    """The folders as they stand in the loader: texts in a row that begin and end with a slash."""
    place = image.resolve(interpreter) if interpreter else None
    rows: list[list[bytes]] = [[]]
    for text in image.head(place, _MAX_LOADER).split(b"\0") if place else ():
        if text[:1] == b"/" and text[-1:] == b"/" and 1 < len(text) < 256:
            rows[-1].append(text[:-1])
        elif rows[-1]:
            rows.append([])
    found = [row for row in rows if any(text.rpartition(b"/")[2].startswith(b"lib") for text in row)]
    return tuple(map(os.fsdecode, max(found, key=len, default=())))


def _conventional(image: ImageTree, elf: Elf) -> tuple[str, ...]:
    triplet = _MULTIARCH.get((elf.machine, elf.bits), "")
    if triplet and f"/usr/lib/{triplet}" in image.entries:
        return f"/lib/{triplet}", f"/usr/lib/{triplet}", "/lib", "/usr/lib"
    if elf.bits == 64 and ("/usr/lib64" in image.entries or "/lib64" in image.entries):
        return "/lib64", "/usr/lib64"
    return "/lib", "/usr/lib"


def _lib(folders: Sequence[str]) -> str:
    """$LIB is the first default folder without its prefix: lib/x86_64-linux-gnu, lib64 or lib."""
    return folders[0].removeprefix("/usr").lstrip("/") if folders else "lib"


def _musl_folders(image: ImageTree, machine: str) -> tuple[str, ...]:
    text = image.text(image.resolve(f"/etc/ld-musl-{_MUSL_NAMES.get(machine, machine)}.path") or "")
    if text is None:
        return _MUSL_FOLDERS
    return tuple(part for line in text.splitlines()[:256] for part in line.split(":") if part)[:256]
