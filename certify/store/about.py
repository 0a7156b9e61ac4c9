"""All that a store says about one image: what is signed about it, and how it stands. It is told only to those who may use it."""

from __future__ import annotations

import grp
import os
import pwd
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from builder.errors import Error, Fault
from builder.image import ImageConfig
from certify import reference
from certify.bundle import Bundle
from certify.certificate import Certificate
from certify.statement import Statement
from certify.store import holds, oci, quarantine, query, revoked, sight, tags
from certify.store.entering import read_access
from certify.trust import CERTIFICATE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from certify.reference import Reference
    from certify.store.access import AccessRecord, Realm
    from certify.store.holds import Hold
    from certify.store.layout import Store
    from certify.store.query import Entry
    from certify.trust import Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """An image of a store. What is None is not for the caller to see; without a trust nobody's signature was checked.

    ``tags`` are those that lead to it, ``signers`` the names of trusted keys by role, ``problems`` why it should not be
    used. ``in_sight`` tells whether the runtime would start it, ``hidden`` why it does not.
    """

    entry: Entry
    config: ImageConfig
    certificate: Certificate
    access: AccessRecord
    tags: tuple[str, ...]
    signers: dict[str, tuple[str, ...]] | None
    problems: tuple[str, ...]
    held: tuple[Hold, ...] | None
    in_sight: bool
    hidden: str | None


def look(store: Store, wanted: Reference, trust: Trust | None, now: datetime) -> list[About]:
    """Give all about the images of a reference that the calling user may use, one for each platform. ``now`` has a time zone.

    Raises Fault if there is none, or none for the caller, or its parts cannot be read.
    """
    return [_about(store, one, trust, now) for one in _readable(store, wanted)]


def access(store: Store, wanted: Reference, trust: Trust | None) -> list[tuple[Entry, AccessRecord]]:
    """Give the access records of the images of a reference that the calling user may use; verified, with a trust.

    Raises Fault.
    """
    believed = revoked.believed(store, trust) if trust is not None else None
    return [(one, _access(store, one, believed)) for one in _readable(store, wanted)]


def renamed(realm: Realm) -> Iterator[str]:
    """Tell of numbers that are another's on this machine now than when the record was signed: accounts are used again."""
    for one in realm.users:
        if one.name and (here := _here(pwd.getpwuid, one.id, "pw_name")) not in (None, one.name):
            yield f"the user {one.id} was {one.name} when access was granted, and is {here} on this machine"
    for one in realm.groups:
        if one.name and (here := _here(grp.getgrgid, one.id, "gr_name")) not in (None, one.name):
            yield f"the group {one.id} was {one.name} when access was granted, and is {here} on this machine"


def _about(store: Store, entry: Entry, trust: Trust | None, now: datetime) -> About:
    bundle = Bundle.read(entry.certs)
    certificate = Certificate.parse(Statement.from_bytes(bundle.certificate.payload))
    if certificate.digest != entry.digest:
        raise Fault(f"the certificate of sha256:{entry.digest} is about sha256:{certificate.digest}")
    config = ImageConfig.from_json(oci.read_blob(store, certificate.config).decode("utf-8", "replace"))
    signers, problems = _judged(store, bundle, certificate, trust, now)
    in_sight = os.path.lexists(entry.meta)
    return About(entry=entry, config=config, certificate=certificate, access=_access(store, entry, None), signers=signers,
                 tags=tuple(_tags(store, entry)), held=_held(store, entry.digest, now), problems=problems, in_sight=in_sight,
                 hidden=None if in_sight else _hidden(store, entry.digest))


def _judged(store: Store, bundle: Bundle, certificate: Certificate, trust: Trust | None,
            now: datetime) -> tuple[dict[str, tuple[str, ...]] | None, tuple[str, ...]]:
    """Who signed, and why the image should not be used."""
    signers, problems, listed = None, [], None
    if trust is not None:
        try:
            listed = revoked.read(store, trust)
            believed = trust if listed is None else trust.without(listed.keys)
            bundle.verified(believed)
            bundle.evidence(certificate, believed)
            read_access(store, certificate.digest, believed)
            signers = {CERTIFICATE: believed.check(bundle.certificate, CERTIFICATE), **bundle.signers(certificate, believed)}
        except Fault as error:
            problems.append(error.message)
    if why := sight.reason(certificate, listed, now):
        problems.append(why)
    else:
        problems += _not_in_force(certificate, now)
    return signers, tuple(problems)


def _not_in_force(certificate: Certificate, now: datetime) -> Iterator[str]:
    try:
        certificate.require_valid(now)
    except Fault as error:
        yield error.message


def _access(store: Store, entry: Entry, trust: Trust | None) -> AccessRecord:
    record = read_access(store, entry.digest, trust)
    if record is None:
        raise Fault(f"the access record of sha256:{entry.digest} is missing", hint="certify store fsck tells more")
    return record


def _readable(store: Store, wanted: Reference) -> list[Entry]:
    found = [one for one in query.resolve_all(store, wanted) if os.access(one.squashfs, os.R_OK)]
    if not found:
        raise query.not_there(store, wanted)
    return found


def _tags(store: Store, entry: Entry) -> Iterator[str]:
    """The tags and pointers that lead to an image; of those that nobody but the owner can list, the ones that it would have."""
    try:
        names = sorted(one.name for one in store.tags(entry.name).iterdir())
    except OSError:
        names = [entry.tag, entry.tag.rpartition("-")[0], reference.LATEST]
    for name in names:
        try:
            record = tags.read(store, entry.name, name, None)
        except Error:
            continue
        if record is not None and any(one.digest == entry.digest for one in record.images.values()):
            yield name


def _held(store: Store, digest: str, now: datetime) -> tuple[Hold, ...] | None:
    try:
        return tuple(one for one in holds.read(store) if one.digest == digest and one.holds(now))
    except Error:
        return None         # pins and leases are the owner's alone


def _hidden(store: Store, digest: str) -> str | None:
    try:
        item = quarantine.hidden(store, digest)
    except OSError:
        return None         # so is the quarantine
    return item.why if item is not None else None


def _here(lookup: Callable[[int], Any], number: int, key: str) -> str | None:
    try:
        return str(getattr(lookup(number), key))
    except KeyError:
        return None
