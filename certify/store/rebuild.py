"""What can be made again without a key, from the blobs, the certificates and the access records: a backup is these three."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from builder.errors import Fault
from builder.image import ImageConfig
from certify import reference
from certify.bundle import FILE, SUFFIX, Bundle
from certify.dsse import Envelope
from certify.files import read_if_there, read_small
from certify.store import atomic, listing, lists, meta, oci, protect, quarantine, rights, tags
from certify.store.access import numbered
from certify.store.desk import put
from certify.store.entering import read_access
from certify.store.quarantine import Kind
from certify.store.reach import listed, names

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from certify.certificate import Certificate
    from certify.store.access import AccessRecord, Realm
    from certify.store.layout import Store
    from certify.trust import Trust


def certificate_of(store: Store, digest: str, trust: Trust) -> Certificate:
    """Give the certificate of an image that the trust believes. Raises Fault."""
    found = Bundle(certificate=Envelope.from_json(read_small(store.certs(digest) / FILE)), others=()).verified(trust)
    if found.digest != digest:
        raise Fault(f"the certificate of sha256:{digest} is about sha256:{found.digest}")
    return found


def access_of(store: Store, digest: str, trust: Trust | None) -> AccessRecord:
    """Give the access record of an image. Raises Fault if there is none that the trust believes."""
    found = read_access(store, digest, trust)
    if found is None:
        raise Fault(f"the access record of sha256:{digest} is missing", hint="publish the image again, with its recipe's access")
    return found


def rendered(store: Store, digest: str, trust: Trust) -> tuple[bytes, Realm]:
    """Give the .meta that the access record was signed for, and the realm.

    Raises Fault if the signed parts do not add up to it.
    """
    record = access_of(store, digest, trust)
    config = ImageConfig.from_json(oci.read_blob(store, certificate_of(store, digest, trust).config).decode())
    data = meta.render(config, record.realm)
    if oci.sha256(data) != record.meta:
        raise Fault(f"the access record of sha256:{digest} was signed for another .meta",
                    hint="publish the image again: that signs a new one")
    return data, record.realm


def admits_fewer(store: Store, data: bytes, config: str, realm: Realm) -> bool:
    """Tell whether a .meta says what the image's image.json (sha256 in hex) says, and admits nobody whom the realm does not.

    A change of access moves the .meta before or after the record that it was signed for, whichever admits fewer.
    """
    try:
        read = meta.parse(data)
        fewer = numbered(read.uids, read.gids)
        made = meta.render(ImageConfig.from_json(oci.read_blob(store, config).decode("utf-8", "replace")), fewer)
    except Fault:
        return False
    return data == made and not fewer.wider_than(realm)


def make_meta(store: Store, digest: str, trust: Trust, now: datetime) -> bool:
    """Make an image's .meta again; False if it was as it should be. Only under the store's lock. Raises Fault.

    Whether the image may be in the runtime's sight is for the caller to know: see ``sight``.
    """
    data, realm = rendered(store, digest, trust)
    _aside(store, store.meta(digest), digest, now)
    return put(store, store.meta(digest), data, lambda fd: protect.protect_meta(fd, realm, store.group))


def make_link(store: Store, digest: str, now: datetime) -> None:
    """Give the blob its second name again, that the runtime uses; what stands there instead goes to quarantine."""
    blob, image = store.blob(digest), store.image(digest)
    os.close(atomic.require_bytes(blob, digest))
    if not atomic.link(blob, image) and not image.samefile(blob):
        quarantine.move(store, Kind.PLANTED, digest, [image], "it was not the blob's second name", now)
        atomic.link(blob, image)


def protect_image(store: Store, digest: str, trust: Trust) -> None:
    """Give all files of an image the owner, modes and ACLs that its access record asks for. Raises Fault."""
    realm = access_of(store, digest, trust).realm
    rights.image(store, digest, certificate_of(store, digest, trust).config, realm)
    rights.runtime(store, digest, realm)


def protect_name(store: Store, name: str, trust: Trust) -> None:
    """Give the tag records of a name, and the documents that they lead to, to those who may use any of their images."""
    records = tags.read_all(store, name, trust)
    digests = {one.digest for record in records.values() for one in record.images.values()}
    realms: rights.Realms = {digest: access_of(store, digest, trust).realm for digest in digests}
    for record in records.values():
        rights.tag(store, record, realms)
    rights.passage(store, name, records.values(), realms)


def index_json(store: Store, trust: Trust | None) -> bytes:
    """Give the list of public images that the tags make. Raises Fault where one cannot be read."""
    entries = {}
    public: dict[str, bool] = {}
    for name in names(store):
        for tag, record in tags.read_all(store, name, trust).items():
            for image in record.images.values():
                if image.digest not in public:
                    access = read_access(store, image.digest, trust)
                    public[image.digest] = access is not None and access.realm.public
            if all(public[one.digest] for one in record.images.values()):
                entries[f"{name}:{tag}"] = oci.descriptor(oci.INDEX, record.index, store.blob(record.index).lstat().st_size)
    return listing.content(entries)


def make_index_json(store: Store, trust: Trust, now: datetime) -> bool:
    """Make the list of public images again; False if it was as it should be. Only under the store's lock. Raises Fault."""
    content = index_json(store, trust)
    _aside(store, store.index_json, "other", now)
    return listing.write(store, content, read_if_there(store.index_json, listing.MOST))


def make_lists(store: Store, trust: Trust) -> None:
    """Make the lists of what is whose again; only under the store's lock. Raises Fault, Error."""
    lists.settle(store, realms(store, trust))


def realms(store: Store, trust: Trust | None) -> dict[str, Realm]:
    """Give who may use each image, by digest (hex), as those access records say that are believed."""
    found: dict[str, Realm] = {}
    for digest in (name.removesuffix(SUFFIX) for name in listed(store.root / "access")):
        if reference.HEX.fullmatch(digest):
            with suppress(Fault):
                found[digest] = access_of(store, digest, trust).realm
    return found


def _aside(store: Store, path: Path, digest: str, now: datetime) -> None:
    """Take what is no file of ours away from a name that is about to be written."""
    try:
        atomic.refuse_odd(path)
    except Fault as error:
        quarantine.move(store, Kind.PLANTED, digest, [path], error.message, now)
