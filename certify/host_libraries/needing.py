"""Which files of an image may need a library, themselves or through others: seen by names alone, and so rather too many."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from certify.elf.reader import Elf


def needing(elves: Mapping[str, Elf], names: Iterable[str]) -> dict[str, Elf]:
    """Every file that needs one of these names, or a library that does, in the order of the image."""
    users: dict[str, list[str]] = {}
    for path, elf in elves.items():
        for needed in elf.needed:
            users.setdefault(basename(needed), []).append(path)
    found: set[str] = set()
    pending = list(dict.fromkeys(names))
    known = set(pending)
    while pending:
        for path in users.get(pending.pop(), ()):
            if path not in found:
                found.add(path)
                fresh = {basename(path), elves[path].soname or ""} - known
                known |= fresh
                pending += fresh
    return {path: elf for path, elf in elves.items() if path in found}


def development_names(names: Iterable[str]) -> set[str]:
    """The names that a linker looks for (``libmpi.so``): those who need one of them linked to a library without a SONAME."""
    return {stem + ".so" for name in names for stem, so, _ in [name.partition(".so")] if so}


def basename(path: str) -> str:
    """The last component."""
    return path.rpartition("/")[2]
