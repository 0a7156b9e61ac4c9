"""What is in a store, as the calling user sees it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from builder.errors import Error, Fault
from certify import reference
from certify.bundle import Bundle
from certify.files import Unreadable
from certify.reference import Reference
from certify.store import lists, revoked, tags
from certify.store.entering import read_access, read_certificate

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from certify.store.access import Realm
    from certify.store.layout import Store
    from certify.store.memory import Memory
    from certify.store.revoked import Revoked
    from certify.store.tags import TagRecord
    from certify.trust import Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An image that a reference led to; nothing of it is verified yet.

    ``tag`` is the immutable one, ``digest`` the sha256 in hex, ``size`` in bytes. ``record`` is the tag
    record that led here, None for a reference by digest.
    """

    name: str
    tag: str
    platform: str
    digest: str
    size: int
    squashfs: Path
    meta: Path
    certs: Path
    access: Path
    record: TagRecord | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One line of a store's list; ``problem`` says why the image should not be used, if it should not."""

    name: str
    tag: str
    platform: str
    digest: str
    size: int
    valid_until: datetime
    access: Realm
    problem: str | None = None


def resolve(store: Store, wanted: Reference, platform: str) -> Entry:
    """Find the image of a reference.

    Raises Fault if there is none, or none that the calling user may know of.
    """
    try:
        return (
            _by_digest(store, wanted)
            if wanted.tag is None and wanted.digest
            else _by_tag(store, wanted, platform)
        )
    except Unreadable as error:
        raise not_there(store, wanted) from error


def resolve_all(store: Store, wanted: Reference, trust: Trust | None = None) -> list[Entry]:
    """Find the images of a reference for all platforms, in their order; with a trust, its tag record is verified.

    Raises Fault if there is none, or none that the calling user may know of.
    """
    if wanted.name is None or (wanted.tag is None and wanted.digest is not None):
        return [resolve(store, wanted, "")]
    try:
        record = tags.read(store, wanted.name, wanted.tag or reference.LATEST, trust)
        digests = {platform: one.digest for platform, one in sorted(record.images.items())
                   if wanted.digest in (None, one.digest)} if record is not None else {}
        if record is None or not digests:
            raise not_there(store, wanted)
        return [_entry(store, digest, wanted.name, record.target, platform, record) for platform, digest in digests.items()]
    except Unreadable as error:
        raise not_there(store, wanted) from error


def not_there(store: Store, wanted: Reference) -> Fault:
    """The one answer for "not there" and "not for you": a private name is not confirmed to strangers."""
    return Fault(f"{wanted}: no such image in {store.root}, or it is not for you",
                 hint="certify store ls shows what is there for you")


def list_images(store: Store, trust: Trust | None = None, on_problem: Callable[[str], None] | None = None,
                memory: Memory | None = None) -> list[Listing]:
    """List the images that the calling user may use, by name and tag.

    With a trust, signatures are checked too. An image whose certificate or access record cannot be read has no name: it is
    not listed, but told to ``on_problem`` in a line. With a ``memory``, what did not change is not read again.

    Raises Error if the store cannot be read at all.
    """
    revocations = _revocations(store, trust)
    if trust is not None and isinstance(revocations, revoked.Revoked):
        trust = trust.without(revocations.keys)
    found = []
    for digest in lists.readable(store):
        try:
            one = _listing(store, digest, trust, revocations, memory)
        except Error as error:          # one broken image must not hide all others
            if on_problem is not None:
                on_problem(f"sha256:{digest[:12]} is not listed: {error.message}")
        else:
            found += [one] if one is not None else []
    if memory is not None:
        memory.save()
    return sorted(found, key=lambda one: (one.name, one.tag, one.platform))


def _by_tag(store: Store, wanted: Reference, platform: str) -> Entry:
    name, tag = str(wanted.name), wanted.tag or reference.LATEST
    record = tags.read(store, name, tag, None)
    if record is None:
        raise not_there(store, wanted)
    digest = record.image(platform).digest
    if wanted.digest not in (None, digest):
        raise Fault(f"{name}:{tag} is sha256:{digest}, not sha256:{wanted.digest}")
    return _entry(store, digest, name, record.target, platform, record)


def _by_digest(store: Store, wanted: Reference) -> Entry:
    digest = str(wanted.digest)
    there = read_certificate(store, digest)
    if there is None or wanted.name not in (None, there.name):
        raise not_there(store, wanted)
    return _entry(store, digest, there.name, there.tag, there.platform, None)


def _entry(store: Store, digest: str, name: str, tag: str, platform: str, record: TagRecord | None) -> Entry:
    squashfs = store.image(digest)
    try:
        size = squashfs.lstat().st_size
    except OSError as error:
        raise Unreadable(squashfs, "is not there", absent=True) from error
    return Entry(
        name=name,
        tag=tag,
        platform=platform,
        digest=digest,
        size=size,
        squashfs=squashfs,
        meta=store.meta(digest),
        certs=store.certs(digest),
        access=store.access(digest),
        record=record,
    )


def _revocations(store: Store, trust: Trust | None) -> Revoked | Fault | None:
    """The list of what was revoked, or why it cannot be believed."""
    try:
        return None if trust is None else revoked.read(store, trust)
    except Fault as error:
        return error


def _listing(store: Store, digest: str, trust: Trust | None, revocations: Revoked | Fault | None,
             memory: Memory | None) -> Listing | None:
    if not os.access(f"{store.root}/images/{digest}.squashfs", os.R_OK):
        return None
    stamp = memory.stamp(digest) if memory is not None else None
    known = memory.get(digest, stamp) if memory is not None else None
    if known is not None:
        return Listing(**known, problem=_problem(store, digest, trust, revocations))
    one = _read(store, digest, trust, revocations)
    if memory is not None and one is not None:
        memory.put(stamp, one)
    return one


def _read(store: Store, digest: str, trust: Trust | None, revocations: Revoked | Fault | None) -> Listing | None:
    image = store.image(digest)
    try:
        certificate, access, size = read_certificate(store, digest), read_access(store, digest, None), image.lstat().st_size
    except (Unreadable, FileNotFoundError):
        return None
    if access is None or certificate is None:
        return None
    return Listing(name=certificate.name, tag=certificate.tag, platform=certificate.platform, digest=digest,
                   size=size, valid_until=certificate.valid_until, access=access.realm,
                   problem=_problem(store, digest, trust, revocations))


def _problem(store: Store, digest: str, trust: Trust | None, revocations: Revoked | Fault | None) -> str | None:
    if trust is None:
        return None
    try:
        bundle = Bundle.read(store.certs(digest))
        certificate = bundle.verified(trust)
        bundle.evidence(certificate, trust)
        if certificate.digest != digest:
            return f"its certificate is about sha256:{certificate.digest}"
        read_access(store, certificate.digest, trust)
        record = tags.read(store, certificate.name, certificate.tag, trust)
        if record is None or record.image(certificate.platform).digest != certificate.digest:
            return "no tag leads to it"
        if isinstance(revocations, Fault):
            return revocations.message
        if revocations is not None:
            revocations.refuse(certificate)
    except Fault as error:
        return error.message
    return None
