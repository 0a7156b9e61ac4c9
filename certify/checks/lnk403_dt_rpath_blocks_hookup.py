"""DT_RPATH that leads to the image's own copy of a library which the site brings in.

The site's MPI and GPU libraries come into the image by LD_LIBRARY_PATH. The loader looks into the folders of DT_RPATH
before that, and into those of DT_RUNPATH after it: with DT_RPATH the site's copy is never used, and MPI ranks run alone.
A program's DT_RPATH counts for the libraries that it loads as well. Compilers of conda and Spack write it; linkers do
where they get ``--disable-new-dtags``.

What counts is what the loader would do: a DT_RPATH whose folders hold no copy of a library that the site replaces does
no harm and is no finding, so the stacks of EasyBuild, which are linked that way throughout, pass where their MPI is not
among them. The loader is asked for every file that needs such a library, under each runtime of the site's profile. It
is an error where the recipe names the library in ``host_libraries`` and the site's own runtime is concerned, else a warning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from certify.checks.hit import Hit
from certify.finding import Severity
from certify.host_libraries import telling
from certify.host_libraries.judging import Cause
from certify.host_libraries.proof import proofs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from certify.checks.tree import ImageTree
    from certify.host_libraries.judging import Loss
    from certify.host_libraries.proof import Proof
    from certify.site import Site

CODE = "LNK403"
NAME = "dt-rpath-blocks-hookup"
SEVERITY = Severity.ERROR
HELP = ("link again with -Wl,--enable-new-dtags, or turn it into DT_RUNPATH: "
        'patchelf --set-rpath "$(patchelf --print-rpath FILE)" FILE')


def check(image: ImageTree, site: Site) -> Iterator[Hit]:
    """One hit for each folder that is searched too early, whoever has it in its DT_RPATH."""
    for proof in proofs(image, site):
        losses = [loss for loss in proof.losses if loss.cause is Cause.RPATH]
        for group in telling.grouped(losses, lambda loss: (image.resolve(loss.folder), loss.companion)):
            yield Hit(path=group[0].culprit, message=_message(proof, group, image.resolve(group[0].folder) or group[0].folder),
                      severity=telling.severity(proof, site, [loss.runtime for loss in group], companion=group[0].companion))


def _message(proof: Proof, group: Sequence[Loss], folder: str) -> str:
    first = group[0]
    names = telling.listed(sorted({loss.name for loss in group}))
    who = first.culprit + telling.more(loss.culprit for loss in group)
    return (f"DT_RPATH of {who} leads to {folder} before the site's {names} of {proof.library.name} can come in, "
            f"{telling.under(proof, [loss.runtime for loss in group])}: {telling.chain(first)}")
