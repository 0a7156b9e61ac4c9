"""The answer to a user who asks what the loader finds for a file, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from builder.errors import Error
from certify.linking.drawing import lines
from certify.linking.loader import Loader
from certify.report.safe import escaped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.tree import ImageTree
    from certify.elf.reader import Elf


def explain(image: ImageTree, path: str) -> list[str]:
    """The tree of what is loaded with a file, as lines for a terminal. Raises Error if it is no ELF file of the image."""
    place = image.resolve(path)
    if place is None:
        raise Error(f"{escaped(path)}: there is no such file in the image", hint="name it by its path in the image, from / on")
    elf = image.elves.get(place)
    if elf is None:
        raise Error(f"{escaped(path)}: it is no ELF file", hint="name a program or a library; scripts have none of their own")
    found = Loader(image).load(place)
    return [*lines(found), *_notes(image, elf), *([f"{len(found.missing)} not found"] if found.missing else [])]


def _notes(image: ImageTree, elf: Elf) -> Iterator[str]:
    if elf.interpreter is not None:
        there = "" if image.resolve(elf.interpreter) else ", which is not in the image"
        yield f"started by {escaped(elf.interpreter)}{there}"
    elif not elf.dynamic:
        yield "linked statically: it loads nothing"
    yield from (f"damaged: {fault}" for fault in elf.faults)
