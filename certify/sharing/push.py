"""An image of the store, sent to a registry with its certificate and who may use it, after all of it was proven."""

from __future__ import annotations

import enum
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from builder.bases.blobs import Blob
from builder.errors import Fault, UsageError
from builder.image import ImageConfig
from builder.progress import human_size
from certify.bundle import Bundle
from certify.certificate import Certificate
from certify.dsse import Envelope
from certify.sharing import documents
from certify.sharing.documents import ACCESS, CERTIFICATE, EMPTY
from certify.sharing.layout import Layout
from certify.statement import Statement
from certify.store import oci
from certify.store.exporting import CERTS, CONFIG, RECORD, proven

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from builder.bases.reference import Place
    from certify.proof import Verified
    from certify.reference import Reference
    from certify.sharing.documents import Image
    from certify.sharing.repository import Repository
    from certify.store.layout import Store
    from certify.trust import Trust

class Status(enum.StrEnum):
    """What was done: in a registry it may be that all was there."""

    PUSHED = "pushed"
    WRITTEN = "written"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """What stands in the registry now: where, and the sha256 (hex) of its manifest and of the squashfs."""

    place: Place
    manifest: str
    digest: str
    status: Status


def push(store: Store, wanted: Reference, repository: Repository, trust: Trust, *, now: datetime, platform: str, widen: bool,
         replace: bool) -> Pushed:
    """Send an image, its certificate and its access record; the tag is bound last, when all that belongs to it is there.

    The tag is the repository's, or the image's own. Raises VerificationFailed; Fault for a private image without ``widen``,
    as whoever may read the registry could read it then; and without ``replace`` for a tag that is something else already, or
    an image that has a newer certificate there.
    """
    refuse_digest(repository.place)
    with proven(store, wanted, trust, now=now, platform=platform) as (found, files, fd):
        refuse_private(found, repository.place.host, widen=widen)
        place = named(repository.place, found.certificate.tag)
        data = documents.image(ImageConfig.from_json(files[CONFIG].decode()), Blob(digest=found.digest, size=found.size))
        image = documents.read_image(data, str(wanted))
        layout, manifests = _layout(repository, image, files, {str(place.tag): data})
        layout.link(found.digest, fd)
        before = {tag: repository.manifest(tag) for tag in manifests}
        if not replace:
            _refuse_replacing(repository, place, image, before, data, found.certificate)
        repository.on_line(f"sending {human_size(found.size)} to {place}")
        for tag in manifests:
            repository.send(layout.folder, tag, tag, given=(fd,))
        return Pushed(place=place, manifest=image.digest, digest=found.digest,
                      status=Status.UNCHANGED if before == manifests else Status.PUSHED)


def refuse_private(found: Verified, where: str, *, widen: bool) -> None:
    """Raise Fault for an image that is not for everybody, unless that is known."""
    if widen or (found.access is not None and found.access.realm.public):
        return
    said = found.access.realm if found.access is not None else "nobody knows whom"
    raise Fault(f"the image is private ({said}), and whoever may read {where} could read it there",
                hint="if those who may read that repository are the right ones, push it with --widen")


def refuse_digest(place: Place) -> None:
    """Raise UsageError for a place with a digest, which nobody can choose."""
    if place.digest is not None:
        raise UsageError(f"{place}: what is pushed gets a tag", hint=f"docker://{place.host}/{place.name}:TAG")


def named(place: Place, tag: str) -> Place:
    """The place with the tag that it has, or with the one given."""
    return type(place)(host=place.host, name=place.name, tag=place.tag or tag)


def taken(place: Place) -> Fault:
    """The error that a tag is something else."""
    return Fault(f"{place} is something else already", hint="give another tag, or push with --replace")


def _layout(repository: Repository, image: Image, files: Mapping[str, bytes],
            last: Mapping[str, bytes]) -> tuple[Layout, dict[str, bytes]]:
    """What is to be sent, and the manifests by the tags that they get, that of the image last."""
    layout, manifests = Layout(repository.work / "layout"), dict[str, bytes]()
    certs = {name.removeprefix(CERTS): content for name, content in files.items() if name.startswith(CERTS)}
    for kind, content in ((CERTIFICATE, certs), (ACCESS, {RECORD: files[RECORD]})):
        layout.add([EMPTY, *content.values()])
        manifests[image.tag(kind)] = documents.artifact(kind, image, content)
    layout.add([files[CONFIG]])
    manifests |= last
    for tag, manifest in manifests.items():
        layout.name(tag, manifest)
    return layout, manifests


def _refuse_replacing(repository: Repository, place: Place, image: Image, before: Mapping[str, bytes | None], data: bytes,
                      certificate: Certificate) -> None:
    if before[str(place.tag)] not in (None, data):
        raise taken(place)
    if _is_newer(repository, image, before[image.tag(CERTIFICATE)], certificate):
        raise Fault(f"{place} has a newer certificate than the store",
                    hint="certify store pull brings it here; --replace puts the older one in its place")


def _is_newer(repository: Repository, image: Image, there: bytes | None, mine: Certificate) -> bool:
    """Whether the registry has a certificate of the image from after ours; whatever else stands there may go."""
    if there is None:
        return False
    with suppress(Fault):
        blobs = documents.read_artifact(there, CERTIFICATE, image, image.tag(CERTIFICATE))
        found = repository.fetch(oci.sha256(there), blobs)
        envelope = Bundle.pick([Envelope.from_json(found[one.digest].read_bytes()) for one in blobs]).certificate
        return Certificate.parse(Statement.from_bytes(envelope.payload)).valid_from > mine.valid_from
    return False
