"""Publishing: prove first, write aside, name whole files, bind the tag last."""

from __future__ import annotations

import enum
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from builder.errors import Error, Fault
from certify import reference
from certify.bundle import Bundle
from certify.certificate import config_digest
from certify.reference import Reference
from certify.store import access as accesses
from certify.store import entering, granting, meta, revoked, tags
from certify.store.access import Realm
from certify.store.desk import Candidate, Desk, Standing
from certify.store.recovery import recover

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from builder.image import ImageConfig
    from builder.recipe.model import Access
    from certify.certificate import Certificate
    from certify.dsse import Envelope
    from certify.signing import Signer
    from certify.store.layout import Store
    from certify.trust import Trust


class Status(enum.StrEnum):
    """Whether publishing changed anything."""

    PUBLISHED = "published"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What stands in the store now: reference with the immutable tag, sha256 in hex, size in bytes."""

    reference: Reference
    digest: str
    size: int
    status: Status


def publish(
    store: Store,
    squashfs: Path,
    *,
    config: ImageConfig,
    envelopes: Sequence[Envelope],
    access: Access,
    signer: Signer,
    trust: Trust,
    widen: bool,
    now: datetime,
) -> Published:
    """Put a certified image into the store under its tag and move the pointers to it.

    ``envelopes`` are the certificate and its evidence, ``config`` the squashfs's own /.certify/image.json.
    All is proven before anything can be seen. Doing the same again changes nothing, or finishes what was
    interrupted.

    Raises Fault if the certificate does not hold or does not fit, if the tag has other bytes already, or if
    more people than before could use the image without ``widen``; Error if the store cannot be written.
    """
    bundle = Bundle.pick(envelopes)
    certificate = _certified(bundle, config, revoked.believed(store, trust), now)
    candidate = _candidate(squashfs, config, bundle, certificate, accesses.resolve(access))
    try:
        with store.locked():
            recover(store, trust, now)
            before = _standing(store, candidate, trust)
            _refuse(store, candidate, before, trust, widen=widen)
            with store.changing():
                size, changed = _enter(Desk(store=store, signer=signer, trust=trust, now=now), candidate, before)
    except OSError as error:
        raise Error(
            f"{store.root}: {error.strerror or error}",
            hint="is the disk full, or the store not yours? publish again when it is mended",
        ) from error
    return Published(
        reference=Reference(name=config.name, tag=config.tag, digest=candidate.digest),
        size=size,
        digest=candidate.digest,
        status=Status.PUBLISHED if changed else Status.UNCHANGED,
    )


def _enter(desk: Desk, candidate: Candidate, before: Standing) -> tuple[int, bool]:
    """Put it in. Where other people than before may use an image that is there, that is changed last of all, as by grant."""
    there = before.access.get(candidate.digest)
    if there is None or candidate.realm.same_ids(there.realm):
        return entering.enter(desk.store, candidate, before, desk.signer, desk.trust, desk.now)
    as_it_is = replace(candidate, realm=there.realm, meta=meta.render(candidate.config, there.realm))
    size, _ = entering.enter(desk.store, as_it_is, before, desk.signer, desk.trust, desk.now)
    standing = entering.read_access(desk.store, candidate.digest, desk.trust) or there
    granting.enter(desk, [granting.plan(candidate.certificate, candidate.config, standing, candidate.realm)])
    return size, True


def _certified(bundle: Bundle, config: ImageConfig, trust: Trust, now: datetime) -> Certificate:
    certificate = bundle.verified(trust)
    bundle.evidence(certificate, trust)
    certificate.require_valid(now)
    said = (certificate.name, certificate.tag, certificate.platform, certificate.config)
    if said != (config.name, config.tag, config.platform, config_digest(config)):
        raise Fault(f"the certificate is for {certificate.name}:{certificate.tag} ({certificate.platform}), "
                    f"the image says {config.name}:{config.tag} ({config.platform})" if said[:3] != (
                        config.name, config.tag, config.platform) else
                    "the certificate is for another environment, entrypoint or workdir than the image has",
                    hint="certify attest the build again")
    return certificate


def _candidate(squashfs: Path, config: ImageConfig, bundle: Bundle, certificate: Certificate,
               realm: Realm) -> Candidate:
    Reference(name=config.name, tag=config.tag)         # refuses what could not be a path
    if not reference.VERSION.fullmatch(config.version) or config.revision < 1:
        raise Fault(f"not a version and revision: {config.version[:120]!r}, {config.revision}")
    if not reference.PLATFORM.fullmatch(config.platform):
        raise Fault(f"not a platform: {config.platform[:80]!r}")
    return Candidate(source=squashfs, config=config, bundle=bundle, certificate=certificate, realm=realm,
                     meta=meta.render(config, realm))


def _standing(store: Store, candidate: Candidate, trust: Trust) -> Standing:
    records = tags.read_all(store, candidate.config.name, trust)
    digests = {one.digest for record in records.values() for one in record.images.values()} | {
        candidate.digest
    }
    found = {digest: entering.read_access(store, digest, trust) for digest in sorted(digests)}
    return Standing(
        tags=records, access={digest: record for digest, record in found.items() if record is not None}
    )


def _refuse(store: Store, candidate: Candidate, before: Standing, trust: Trust, *, widen: bool) -> None:
    config, digest = candidate.config, candidate.digest
    bound = before.tags.get(config.tag)
    if (
        bound is not None
        and bound.images.get(config.platform, tags.TagImage(digest=digest, access=1)).digest != digest
    ):
        raise Fault(f"{config.name}:{config.tag} is published with other bytes and cannot change",
                    hint=f"raise revision: {config.revision + 1} in the recipe")
    if os.path.lexists(store.certs(digest)):
        _refuse_other(store, candidate, trust)
    listed = revoked.read(store, trust)
    if listed is not None:
        listed.refuse(candidate.certificate)
    if not widen:
        _refuse_widening(candidate, before)


def _refuse_other(store: Store, candidate: Candidate, trust: Trust) -> None:
    """One image has one name, and a certificate is replaced only by one that is not older."""
    there = entering.standing_certificate(store, candidate.digest, trust)
    if there is None:
        return
    certificate = candidate.certificate
    if (there.name, there.tag, there.platform) != (certificate.name, certificate.tag, certificate.platform):
        raise Fault(f"the same bytes are published as {there.name}:{there.tag} ({there.platform})")
    if there.valid_from > certificate.valid_from:
        raise Fault("the certificate is older than the one in the store", hint="certify attest again")


def _refuse_widening(candidate: Candidate, before: Standing) -> None:
    for what, realm in _previous(candidate, before):
        if candidate.realm.wider_than(realm):
            raise Fault(f"access would be wider than {what} had: {realm} -> {candidate.realm}",
                        hint="if that is meant, publish with --widen")


def _previous(candidate: Candidate, before: Standing) -> list[tuple[str, Realm]]:
    previous = []
    own = before.access.get(candidate.digest)
    if own is not None:
        previous.append(("this image", own.realm))
    # Both: another revision follows the one before it, whatever else was published since.
    for pointer, what in ((reference.LATEST, "version"), (candidate.config.version, "revision")):
        if (record := before.tags.get(pointer)) is not None:
            previous.append((f"the {what} before ({record.target})", _realm_of(record, candidate.config.platform, before)))
    return previous


def _realm_of(record: tags.TagRecord, platform: str, before: Standing) -> Realm:
    images = [record.images[platform]] if platform in record.images else list(record.images.values())
    known = [before.access[one.digest] for one in images if one.digest in before.access]
    if len(known) < len(images):
        raise Fault(f"the access record of {record.name}:{record.target} is missing",
                    hint="without it nobody knows what would be wider; publish with --widen if you do")
    return accesses.union(one.realm for one in known)


