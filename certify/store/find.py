"""Which images of a store hold a package: read from the bills of materials that their certificates rest on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from builder.errors import Fault
from certify.bundle import Bundle
from certify.sbom import read
from certify.statement import SBOM
from certify.store import tags
from certify.store.query import list_images, resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from certify.packages.wanted import Wanted
    from certify.reference import Reference
    from certify.sbom.read import Component
    from certify.store.layout import Store
    from certify.store.query import Entry, Listing
    from certify.trust import Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An image and those of its packages that were looked for.

    ``hidden`` are packages of that name that only their epoch keeps from being compared as people expect. ``problem``
    says why nothing is known of the image, if so.
    """

    image: Listing
    packages: tuple[Component, ...] = ()
    hidden: tuple[Component, ...] = ()
    problem: str | None = None


def find(store: Store, wanted: Wanted, trust: Trust, on_problem: Callable[[str], None] | None = None) -> list[Found]:
    """Look through every image that the caller may use; also gives those of which nothing is known, as ``problem`` says.

    Those that cannot even be named are told to ``on_problem``.
    Raises Error if the store cannot be read at all.
    """
    looked = [_look(store, one, wanted, trust) for one in list_images(store, trust, on_problem)]
    return [one for one in looked if one.packages or one.hidden or one.problem]


def materials(store: Store, wanted: Reference, trust: Trust, platform: str) -> tuple[Entry, Mapping[str, Any] | None]:
    """The image of a reference and its bill of materials, both as signed; None for one that was certified without.

    Raises Fault.
    """
    entry = resolve(store, wanted, platform)
    if entry.record is not None:
        signed = tags.read(store, entry.name, entry.record.tag, trust)
        if signed is None or not signed.means(entry.record):
            raise Fault(f"{entry.name}:{entry.record.tag} changed meanwhile", hint="try again")
    return entry, _document(store, entry.digest, trust)


def _look(store: Store, image: Listing, wanted: Wanted, trust: Trust) -> Found:
    if image.problem:
        return Found(image=image, problem=image.problem)
    try:
        document = _document(store, image.digest, trust)
    except Fault as error:
        return Found(image=image, problem=error.message)
    if document is None:
        return Found(image=image, problem="certified without a bill of materials: what it holds is not known")
    named = [one for one in read.packages(document) if wanted.names(one.kind, one.name)]
    fitting = tuple(one for one in named if wanted.allows(one.kind, one.version))
    hidden = tuple(one for one in named if one not in fitting and wanted.hides(one.version))
    return Found(image=image, packages=fitting, hidden=hidden)


def _document(store: Store, digest: str, trust: Trust) -> Mapping[str, Any] | None:
    bundle = Bundle.read(store.certs(digest))
    certificate = bundle.verified(trust)
    if certificate.digest != digest:
        raise Fault(f"the certificate of sha256:{digest} is about sha256:{certificate.digest}")
    return next((one.predicate for one in bundle.evidence(certificate, trust) if one.predicate_type == SBOM), None)
