"""The site's libraries need what the image does not have.

They come into the image alone, and take the rest from it: the C library, the C++ library, libgcc. Built on the site's system,
they may need a newer one (``version GLIBC_2.34 not found``), and then no program that uses them starts. Or they need a
library that neither comes with them nor is in the image.

What they need is in the site's profile (``certify site add-library`` reads it from the libraries themselves), compared
with the very file that the loader would take in this image. It is an error where the recipe names the library in
``host_libraries`` and the site's own runtime is concerned, else a warning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from certify.checks.hit import Hit
from certify.finding import Severity
from certify.host_libraries import telling
from certify.host_libraries.proof import proofs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from certify.checks.tree import ImageTree
    from certify.host_libraries.proof import Proof
    from certify.host_libraries.unmet import Unmet
    from certify.site import Site

CODE = "LNK413"
NAME = "host-library-unmet"
SEVERITY = Severity.ERROR
HELP = "build on a newer base (glibc and libstdc++ are as new as the distribution), and install the libraries that are missing"


def check(image: ImageTree, site: Site) -> Iterator[Hit]:
    """One hit for each library of the image that is too old, and one for those that are missing."""
    for proof in proofs(image, site):
        if not (proof.asked or proof.users):
            continue
        by_provider: dict[str | None, list[Unmet]] = {}
        for one in proof.unmet:
            by_provider.setdefault(one.provider, []).append(one)
        for provider, found in by_provider.items():
            runtimes = [one.runtime for one in found]
            text = _missing(proof, found) if provider is None else _too_old(proof, provider, found)
            yield Hit(path=provider or _example(proof), message=f"{text}, {telling.under(proof, runtimes)}",
                      severity=telling.severity(proof, site, runtimes))


def _missing(proof: Proof, found: Sequence[Unmet]) -> str:
    needed = telling.listed(sorted({one.needed for one in found}))
    return f"the site's {found[0].file} of {proof.library.name} needs {needed}, which neither comes with it nor is in the image"


def _too_old(proof: Proof, provider: str, found: Sequence[Unmet]) -> str:
    versions = telling.listed(sorted({one.version for one in found}))
    best = telling.listed(sorted({best for one in found for best in one.best}))
    has = f"has no more than {best}" if best else "has no such version"
    return f"the site's {found[0].file} of {proof.library.name} needs {versions} of {found[0].needed}, and {provider} {has}"


def _example(proof: Proof) -> str:
    way = next(iter(proof.library.runtimes.values()))
    return proof.users[0] if proof.users else way.folder
