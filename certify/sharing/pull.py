"""An image of a registry, brought into the store: verified step by step, and the large part only when all else holds.

Who may use it says the access record that came with it if this site lets its signer say so, or whoever pulls it; and for an
image that is in the store already the store's own record, as it was perhaps narrowed there.
"""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from builder.bases.reference import Place
from builder.errors import Error, Fault, UsageError
from builder.image import ImageConfig
from builder.progress import human_size
from certify.bundle import SUFFIX, Bundle
from certify.dsse import Envelope
from certify.sharing import documents
from certify.sharing.documents import ACCESS, CERTIFICATE
from certify.store import exporting, oci, revoked
from certify.store.entering import read_access
from certify.store.exporting import CERTS, CONFIG, INCOMING, RECORD, Parcel
from certify.trust import Untrusted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from builder.recipe.model import Access
    from certify.sharing.documents import Image
    from certify.sharing.repository import Repository
    from certify.signing import Signer
    from certify.store.layout import Store
    from certify.store.publish import Published
    from certify.trust import Trust


_SAY: Final = "say it yourself: --public, or --user and --group"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On which terms an image is let in.

    ``access`` is who may use it, None for what its access record says; ``numeric`` and ``widen`` are as for
    ``exporting.take``, ``most`` is the size in bytes of the largest squashfs that is fetched.
    """

    access: Access | None
    numeric: bool
    widen: bool
    most: int


@contextmanager
def incoming(store: Store) -> Iterator[Path]:
    """A new folder of the store's quarantine, gone at the end; gc sweeps it if this process is killed."""
    folder = store.quarantine / f"{INCOMING}{secrets.token_hex(8)}"
    try:
        folder.mkdir(mode=0o700)
        yield folder
    except OSError as error:
        raise Error(f"{error.filename or folder}: {error.strerror}", hint="is the disk full, or the store not yours?") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def pull(store: Store, repository: Repository, terms: Terms, *, signer: Signer, trust: Trust, now: datetime) -> Published:
    """Fetch and publish an image; what is there already is not fetched again.

    Raises Fault for what is not signed, in force, and whole, and Error where the registry cannot be asked. Nothing of it can
    be seen before all of it was verified.
    """
    place = repository.place
    wanted = f"sha256:{place.digest}" if place.digest else place.tag
    if wanted is None:
        raise UsageError(f"{place}: without a tag", hint=f"docker://{place}:<tag>")
    data = repository.manifest(wanted)
    if data is None:
        raise Fault(f"{place}: the registry has no such image, or none for you", hint="is the reference right? skopeo login HOST")
    image = documents.read_image(data, str(place))
    files = _files(repository, image, data)
    access = _certified(store, image, files, terms, trust=trust, now=now)
    parcel = Parcel(squashfs=_squashfs(store, repository, image, terms), files=files)
    return exporting.take(store, parcel, signer=signer, trust=trust, now=now, access=access, widen=terms.widen)


def _files(repository: Repository, image: Image, data: bytes) -> dict[str, bytes]:
    """The small files, each what its digest says; nothing else is known of them yet."""
    config = repository.config(image.digest, image.config)
    if documents.image(ImageConfig.from_json(config.decode("utf-8", "replace")), image.squashfs) != data:
        raise Fault(f"{repository.place}: its manifest is not as certify makes it", hint="push it again from its store")
    envelopes = _attached(repository, image, CERTIFICATE)
    if not envelopes:
        raise Fault(f"{repository.place}: has no certificate there", hint="certify store push sends it, too")
    records = _attached(repository, image, ACCESS)
    if len(records) > 1:
        raise Fault(f"{repository.place}: has {len(records)} access records", hint="push it again from its store")
    return {CONFIG: config, **{f"{CERTS}{number}{SUFFIX}": one for number, one in enumerate(envelopes)},
            **dict.fromkeys([RECORD] * len(records), b"".join(records))}


def _attached(repository: Repository, image: Image, kind: str) -> list[bytes]:
    """The files of an artifact that is about the image; none if there is no such artifact."""
    tag = image.tag(kind)
    data = repository.manifest(tag)
    if data is None:
        return []
    blobs = documents.read_artifact(data, kind, image, f"{repository.place.host}/{repository.place.name}:{tag}")
    found = repository.fetch(oci.sha256(data), blobs)
    return [found[one.digest].read_bytes() for one in blobs]


def _certified(store: Store, image: Image, files: Mapping[str, bytes], terms: Terms, *, trust: Trust,
               now: datetime) -> Access:
    """Give who may use the image here; raises Fault unless all but its own bytes holds: else it is not worth fetching."""
    trust = revoked.believed(store, trust)
    bundle = Bundle.pick([Envelope.from_json(data) for name, data in files.items() if name.startswith(CERTS)])
    certificate = bundle.verified(trust)
    bundle.evidence(certificate, trust)
    certificate.require_valid(now)
    if certificate.digest != image.squashfs.digest:
        raise Fault(f"the certificate is about sha256:{certificate.digest}, the manifest about sha256:{image.squashfs.digest}")
    listed = revoked.read(store, trust)
    if listed is not None:
        listed.refuse(certificate)
    return _allowed(store, Parcel(squashfs=store.blob(certificate.digest), files=files), certificate.digest, terms, trust)


def _allowed(store: Store, parcel: Parcel, digest: str, terms: Terms, trust: Trust) -> Access:
    if terms.access is not None:
        if not terms.widen:
            exporting.refuse_wider(parcel, terms.access)
        return terms.access
    there = read_access(store, digest, trust)
    if there is not None:
        return exporting.as_access(there.realm, numeric=True)
    try:
        return exporting.carried_access(parcel, digest, trust, numeric=terms.numeric)
    except Untrusted as error:
        raise Fault(f"who may use the image says somebody whose word that is not here: {error.message}", hint=_SAY) from error
    except Fault as error:
        raise Fault(error.message, hint=_SAY if RECORD not in parcel.files else error.hint) from error


def _squashfs(store: Store, repository: Repository, image: Image, terms: Terms) -> Path:
    """The image's file: the store's own if it has it, which publishing hashes; else what is fetched now."""
    wanted, own = image.squashfs, store.blob(image.squashfs.digest)
    if os.path.lexists(own):
        return own
    if wanted.size > terms.most:
        raise Fault(f"{repository.place}: the image has {human_size(wanted.size)}, and the site allows {human_size(terms.most)}",
                    hint="max_bytes of the site's profile says how much")
    disk = os.statvfs(repository.work)
    if disk.f_bavail * disk.f_frsize < 2 * wanted.size:         # what was fetched is copied into its place
        raise Error(f"{store.root}: no room for twice {human_size(wanted.size)}", hint="certify store gc --apply makes room")
    repository.on_line(f"fetching {human_size(wanted.size)} from {Place(host=repository.place.host, name=repository.place.name)}")
    return repository.fetch(image.digest, [wanted])[wanted.digest]
