"""The site's library cannot be proven to come in where the recipe wants it.

A recipe names in ``host_libraries`` which of the site's libraries must be able to replace its own. For every file of the image
that needs one, the loader's search is followed with what each runtime brings, and its copy has to win. LNK403 tells of the
commonest reason against it, DT_RPATH, and LNK407 and LNK408 of those that no runtime can mend. Here are the others, each
with its cure: a library named by its path, a DT_RUNPATH where the runtime relies on ld.so.cache, LD_LIBRARY_PATH of the image,
a library without SONAME, another kind of machine, a program that opens the library by its path (mpi4py's wheels do).

A name that the site's profile does not know is an error; so is a reason under the site's own runtime. What happens under its
other runtimes is a warning, and so is a library that nothing in the image needs: there is nothing to prove then.

Where the site's files are on the machine that checks, the image's own loader is asked as well: it is started for each of these
files in the simulated site, and the kernel tells whether it opened the site's library. One that did not is an error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from builder.image import PATH
from certify.checks.hit import Hit
from certify.finding import Severity
from certify.host_libraries import own_mpi, telling
from certify.host_libraries.judging import Cause
from certify.host_libraries.proof import proofs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from certify.checks.tree import ImageTree
    from certify.host_libraries.judging import Loss
    from certify.host_libraries.proof import Proof
    from certify.site import Site

CODE = "LNK414"
NAME = "host-library-unproven"
SEVERITY = Severity.ERROR
HELP = "let the loader find the library by its SONAME, first in LD_LIBRARY_PATH; certify check --libs FILE shows its search"


def check(image: ImageTree, site: Site) -> Iterator[Hit]:
    """One hit for each name that is unknown or needless, and for each cause by which the image's copy wins."""
    known = site.libraries
    for name in image.host_libraries:
        if name not in known:
            told = f"it knows {telling.listed(sorted(known))}" if known else "it knows none"
            yield Hit(path=PATH, message=f"host_libraries: the profile of the site {site.name} has no {name}: {told}")
    for proof in proofs(image, site):
        if proof.asked:
            if not proof.complete:
                told = "its libraries need each other in too many ways to follow all"
                yield Hit(path=PATH, message=f"host_libraries: nothing is proven for {proof.library.name}: {told}")
            yield from _needless(proof, image, site)
            yield from _losses(proof, image, site)


def _needless(proof: Proof, image: ImageTree, site: Site) -> Iterator[Hit]:
    if proof.complete and not proof.users and not own_mpi.foreign(image, site) and not own_mpi.static(image, site):
        names = telling.listed(proof.library.replaces)
        yield Hit(path=PATH, severity=Severity.WARNING,
                  message=f"host_libraries: {proof.library.name} has nothing to replace, as no file of the image needs {names}")


def _losses(proof: Proof, image: ImageTree, site: Site) -> Iterator[Hit]:
    losses = [loss for loss in proof.losses if loss.cause is not Cause.RPATH]
    for group in telling.grouped(losses, lambda loss: (loss.cause, image.resolve(loss.folder), loss.companion)):
        runtimes = [loss.runtime for loss in group]
        yield Hit(path=group[0].culprit, message=f"{_text(proof, group)}, {telling.under(proof, runtimes)}: {_cure(group[0])}",
                  severity=telling.severity(proof, site, runtimes, companion=group[0].companion))


def _text(proof: Proof, group: Sequence[Loss]) -> str:
    first = group[0]
    who = first.culprit + telling.more(loss.culprit for loss in group)
    site = f"the site's {first.name} of {proof.library.name}"
    if first.found is None and first.cause is not Cause.MACHINE:
        return f"{telling.chain(first)} finds nothing, and so not {site} ({first.how})"
    match first.cause:
        case Cause.RUNPATH:
            return f"DT_RUNPATH of {who} leads to {first.found} before ld.so.cache, in which {site} is"
        case Cause.ABSOLUTE:
            return f"{who} needs {first.needed} by its path, so that {site} is not looked for"
        case Cause.VARIABLE:
            return f"LD_LIBRARY_PATH of the image leads to {first.found} before {site}"
        case Cause.NAME:
            return f"{who} needs {first.needed}, a name under which the site brings nothing ({' '.join(proof.library.replaces)})"
        case Cause.MACHINE:
            return f"{who} is for another kind of machine than {site}"
        case Cause.OPENED:
            return f"{who} opens {first.found} by its path before it asks the loader, so that {site} is not looked for"
        case _:
            return f"{telling.chain(first)} ({first.how}) comes before {site}"


def _cure(loss: Loss) -> str:
    match loss.cause:
        case Cause.RUNPATH:
            return f"patchelf --remove-rpath {loss.culprit}, list its folders in /etc/ld.so.conf.d, and run ldconfig"
        case Cause.ABSOLUTE:
            return f"patchelf --replace-needed {loss.needed} {loss.name} {loss.culprit}"
        case Cause.VARIABLE:
            return "list the folder in /etc/ld.so.conf.d instead, and run ldconfig"
        case Cause.NAME:
            return "link to a library that has the site's SONAME"
        case Cause.MACHINE:
            return "build for the machines of the site"
        case Cause.OPENED:
            return f"set MPI4PY_LIBMPI to {loss.name} in env, and list the folder in /etc/ld.so.conf.d"
        case _:
            return f"let {loss.culprit} find it through LD_LIBRARY_PATH, as other programs do"
