"""Which files of an image are to show, by being loaded, that the site's library takes the place of the image's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from certify.host_libraries.proof import proofs

if TYPE_CHECKING:
    from certify.checks.tree import ImageTree
    from certify.host_libraries.proof import Proof
    from certify.site import Site

MOST: Final = 32        # of a library; where the loader treats so many alike, more of them show nothing new


def programs(image: ImageTree, site: Site) -> dict[str, list[tuple[str, str]]]:
    """By library that the recipe names and that wins as far as can be read: paths, each with the loader that is asked for it.

    A library of the image is asked for by the loader of its first program for the same machine.
    """
    loaders: dict[tuple[str, int], str] = {}
    for elf in image.elves.values():
        if elf.program and elf.interpreter is not None:
            loaders.setdefault((elf.machine, elf.bits), elf.interpreter)
    found: dict[str, list[tuple[str, str]]] = {}
    for proof in proofs(image, site):
        if proof.asked:
            kinds = {path: image.elves[path] for path in _winning(proof, site) if path in image.elves}
            asked = [(path, elf.interpreter or loaders.get((elf.machine, elf.bits))) for path, elf in kinds.items()]
            found[proof.library.name] = [(path, loader) for path, loader in asked if loader is not None][:MOST]
    return found


def _winning(proof: Proof, site: Site) -> list[str]:
    """The files that get the site's copy: of the others the findings say why not."""
    if any(one.runtime == site.runtime for one in proof.unmet):
        return []
    lost = {one.path for one in proof.losses if one.runtime == site.runtime and not one.companion}
    return [path for path in proof.users if path not in lost]
