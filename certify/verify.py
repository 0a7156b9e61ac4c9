"""Verification, written as a proof.

Numbered steps, each resting on those before it, ended by the first that fails.

The trust is given from outside and never read from the store. Bytes are hashed through one open descriptor,
which the caller can pass in, so that what was verified is what is mounted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from builder.errors import Fault
from certify import proof as proofs
from certify import seen as remembered
from certify.bundle import Bundle
from certify.files import Unreadable, open_regular, read_small
from certify.proof import Proof, Revocations, Step, VerificationFailed, Verified, verify_file
from certify.store import oci, rebuild, tags
from certify.store.entering import read_access
from certify.store.query import resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime
    from pathlib import Path

    from certify.certificate import Certificate
    from certify.reference import Reference
    from certify.seen import Seen
    from certify.store.access import AccessRecord
    from certify.store.layout import Store
    from certify.store.query import Entry
    from certify.trust import Trust

__all__ = ["Step", "VerificationFailed", "Verified", "may_use", "open_image", "verify_file", "verify_reference"]


def verify_reference(
    store: Store,
    wanted: Reference,
    trust: Trust,
    *,
    now: datetime,
    platform: str,
    minimum: int = 0,
    fd: int | None = None,
    seen: Seen | None = None,
    on_step: Callable[[Step], None] | None = None,
) -> Verified:
    """Prove that an image of a store is what its reference names, certified, in force, and untouched.

    ``now`` has a time zone. ``minimum`` is the least number of a tag record that is accepted: whoever
    remembers the last one cannot be led back to an older image. ``seen`` is what is remembered of all numbers, and learns
    those of this proof. ``fd`` is the image opened by open_image, and stays the caller's; without it the file is opened and
    closed here. Raises VerificationFailed.
    """
    proof = Proof(on_step)
    revocations, trust = Revocations.read(store.revoked, trust, seen)
    proofs.trust_step(proof, trust)
    with proof.step("the reference leads to an image") as say:
        entry = resolve(store, wanted, platform)
        say(f"{entry.name}:{entry.tag} for {entry.platform}, sha256:{entry.digest}")
    least = _tag_step(proof, store, entry, trust, minimum, seen)
    config = _chain_step(proof, store, entry)
    certificate = proofs.certificate_steps(proof, lambda: Bundle.read(entry.certs), entry.digest, trust, now)
    _fit_step(proof, store, entry, certificate, config)
    proofs.revoked_step(proof, certificate, revocations, now, seen)
    access = _access_step(proof, store, entry, trust, least, certificate, seen)
    size = proofs.bytes_step(proof, entry.squashfs, entry.digest, fd)
    return Verified(digest=entry.digest, size=size, entry=entry, certificate=certificate, access=access,
                    steps=tuple(proof.steps))


def open_image(path: Path) -> int:
    """Open an image to verify and then mount; the caller closes the descriptor. Raises Fault for a link."""
    return open_regular(path)


def may_use(record: AccessRecord, uid: int, gids: Collection[int]) -> bool:
    """Tell whether a process with this uid and these gids (primary and supplementary) may use the image."""
    return record.realm.admits(uid, gids)


def _tag_step(proof: Proof, store: Store, entry: Entry, trust: Trust, minimum: int, seen: Seen | None) -> int:
    """Give the number that the image's access record must have reached."""
    with proof.step("the tag is signed and not an older one put back") as say:
        if entry.record is None:
            say("named by digest, no tag is needed")
            return 0
        name, tag = entry.name, entry.record.tag
        siblings = _siblings(store, name, trust)  # read before the tag: a publish meanwhile only raises it
        record = tags.read(store, name, tag, trust)
        if record is None or not record.means(entry.record):
            raise Fault(f"{name}:{tag} changed meanwhile", hint="try again")
        if record.number < minimum:
            raise Fault(
                f"{name}:{tag} has number {record.number}, known is {minimum}: an older record was put back"
            )
        if seen is not None:
            seen.accept(remembered.tag(name, tag), record.number, f"{name}:{tag}")
        tags.require_newest(record, siblings or {})
        say(f"{name}:{tag} -> {record.target}, number {record.number}"
            + (", siblings not readable" if siblings is None else ""))
        return tags.least_access(entry.digest, [record, *(siblings or {}).values()])


def _siblings(store: Store, name: str, trust: Trust) -> dict[str, tags.TagRecord] | None:
    try:
        return tags.read_all(store, name, trust)
    except (PermissionError, Unreadable):
        return None


def _chain_step(proof: Proof, store: Store, entry: Entry) -> str | None:
    """Follow the OCI documents down to the image; give the digest (hex) of the config that they name."""
    with proof.step("index and manifest lead to the same bytes") as say:
        if entry.record is None:
            say("named by digest, no index is needed")
            return None
        manifests = oci.read_index(store, entry.record.index)
        if entry.platform not in manifests:
            raise Fault(f"the index has no manifest for {entry.platform}")
        manifest = manifests[entry.platform]["digest"].removeprefix("sha256:")
        config, layer, size = oci.read_manifest(store, manifest)
        if (layer, size) != (entry.digest, entry.size):
            raise Fault(
                f"the manifest is about sha256:{layer} of {size} bytes, the tag about sha256:{entry.digest}"
            )
        say(f"index sha256:{entry.record.index[:12]}, manifest sha256:{manifest[:12]}")
        return config


def _fit_step(
    proof: Proof, store: Store, entry: Entry, certificate: Certificate, config: str | None
) -> None:
    with proof.step("the certificate fits the reference") as say:
        if (certificate.name, certificate.tag, certificate.platform) != (
            entry.name,
            entry.tag,
            entry.platform,
        ):
            raise Fault(f"it is for {certificate.name}:{certificate.tag} ({certificate.platform}), "
                        f"not {entry.name}:{entry.tag} ({entry.platform})")
        if config not in (None, certificate.config):
            raise Fault("the manifest names another environment, entrypoint or workdir than was certified")
        oci.read_blob(store, certificate.config)
        say(f"{certificate.name}:{certificate.tag}, config sha256:{certificate.config[:12]}")


def _access_step(proof: Proof, store: Store, entry: Entry, trust: Trust, least: int, certificate: Certificate,
                 seen: Seen | None) -> AccessRecord:
    with proof.step("who may use it is signed and what the runtime reads") as say:
        record = read_access(store, entry.digest, trust)
        if record is None:
            raise Fault("the access record is missing")
        if record.number < least:
            raise Fault(f"the access record has number {record.number}: an older one was put back")
        if seen is not None:
            seen.accept(remembered.access(entry.digest), record.number, "the access record")
        say(f"{record.realm}; number {record.number}")
        say(_compare_meta(store, entry, record, certificate))
    return record


def _compare_meta(store: Store, entry: Entry, record: AccessRecord, certificate: Certificate) -> str:
    try:
        data = read_small(entry.meta)
    except Unreadable as error:
        if error.absent:
            raise Fault(f"{entry.meta} is missing: the image was taken out of the runtime's sight") from error
        return ".meta is for the runtime only"
    if oci.sha256(data) != record.meta:
        if rebuild.admits_fewer(store, data, certificate.config, record.realm):
            return ".meta admits fewer: a change of access is under way, or was interrupted"
        raise Fault(f"{entry.meta} is not the one that the access record was signed for")
    return ".meta as signed"
