"""Verification, written as a proof.

Numbered steps, each resting on those before it, ended by the first that fails.

The trust is given from outside and never read from the store. Bytes are hashed through one open descriptor,
which the caller can pass in, so that what was verified is what is mounted.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from builder.errors import Fault
from certify.bundle import Bundle
from certify.certificate import Certificate, write_time
from certify.files import Unreadable, open_regular, read_small, sha256_of
from certify.store import oci, revoked, tags
from certify.store.access import AccessRecord
from certify.store.entering import read_access
from certify.store.query import Entry, resolve
from certify.trust import CERTIFICATE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from datetime import datetime
    from pathlib import Path

    from certify.reference import Reference
    from certify.store.layout import Store
    from certify.trust import Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the proof: its number from 1, what it shows, whether it holds, and by what."""

    number: int
    title: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A proof that holds. ``entry`` and ``access`` are None for a file outside a store."""

    digest: str
    size: int
    entry: Entry | None
    certificate: Certificate
    access: AccessRecord | None
    steps: tuple[Step, ...]


class VerificationFailed(Fault):
    """A proof that does not hold; ``steps`` are those that were taken, the last one failed."""

    def __init__(self, steps: tuple[Step, ...], hint: str | None) -> None:
        last = steps[-1]
        super().__init__(f"step {last.number}, {last.title}: {last.detail}", hint=hint)
        self.steps = steps


def verify_reference(
    store: Store,
    wanted: Reference,
    trust: Trust,
    *,
    now: datetime,
    platform: str,
    minimum: int = 0,
    fd: int | None = None,
    on_step: Callable[[Step], None] | None = None,
) -> Verified:
    """Prove that an image of a store is what its reference names, certified, in force, and untouched.

    ``now`` has a time zone. ``minimum`` is the least number of a tag record that is accepted: whoever
    remembers the last one cannot be led back to an older image. ``fd`` is the image opened by open_image, and
    stays the caller's; without it the file is opened and closed here. Raises VerificationFailed.
    """
    proof = _Proof(on_step)
    _trust_step(proof, trust)
    with proof.step("the reference leads to an image") as say:
        entry = resolve(store, wanted, platform)
        say(f"{entry.name}:{entry.tag} for {entry.platform}, sha256:{entry.digest}")
    _tag_step(proof, store, entry, trust, minimum)
    config = _chain_step(proof, store, entry)
    certificate = _certificate_steps(proof, lambda: Bundle.read(entry.certs), entry.digest, trust, now)
    _fit_step(proof, store, entry, certificate, config)
    _revoked_step(proof, store, certificate, trust)
    access = _access_step(proof, store, entry, trust)
    size = _bytes_step(proof, entry.squashfs, entry.digest, fd)
    return Verified(digest=entry.digest, size=size, entry=entry, certificate=certificate, access=access,
                    steps=tuple(proof.steps))


def verify_file(
    squashfs: Path,
    trust: Trust,
    *,
    now: datetime,
    certs: Path | None = None,
    fd: int | None = None,
    on_step: Callable[[Step], None] | None = None,
) -> Verified:
    """Prove that a squashfs outside a store has a certificate in force, found in ``certs`` (beside it.

    In certs/).

    Who may use it, and whether it was revoked, only a store knows. Raises VerificationFailed.
    """
    proof = _Proof(on_step)
    _trust_step(proof, trust)
    certificate = _certificate_steps(
        proof, lambda: Bundle.read(certs or squashfs.parent / "certs"), None, trust, now
    )
    size = _bytes_step(proof, squashfs, certificate.digest, fd)
    return Verified(digest=certificate.digest, size=size, entry=None, certificate=certificate, access=None,
                    steps=tuple(proof.steps))


def open_image(path: Path) -> int:
    """Open an image to verify and then mount; the caller closes the descriptor. Raises Fault for a link."""
    return open_regular(path)


def may_use(record: AccessRecord, uid: int, gids: Collection[int]) -> bool:
    """Tell whether a process with this uid and these gids (primary and supplementary) may use the image."""
    return record.realm.admits(uid, gids)


@dataclass
class _Proof:
    on_step: Callable[[Step], None] | None
    steps: list[Step] = field(default_factory=list)

    @contextmanager
    def step(self, title: str) -> Iterator[Callable[[str], None]]:
        details: list[str] = []
        try:
            yield details.append
        except Fault as error:
            self._add(title, False, error.message)
            raise VerificationFailed(tuple(self.steps), error.hint) from error
        self._add(title, True, "; ".join(details))

    def _add(self, title: str, ok: bool, detail: str) -> None:
        step = Step(number=len(self.steps) + 1, title=title, ok=ok, detail=detail)
        self.steps.append(step)
        if self.on_step is not None:
            self.on_step(step)


def _trust_step(proof: _Proof, trust: Trust) -> None:
    with proof.step("there is somebody to trust") as say:
        names = [key.name for key in trust.keys if CERTIFICATE in key.roles]
        if not names:
            raise Fault("no trusted key may sign certificates")
        say(f"{trust.threshold} of: {', '.join(names)}")


def _tag_step(proof: _Proof, store: Store, entry: Entry, trust: Trust, minimum: int) -> None:
    with proof.step("the tag is signed and not an older one put back") as say:
        if entry.record is None:
            say("named by digest, no tag is needed")
            return
        name, tag = entry.name, entry.record.tag
        siblings = _siblings(store, name, trust)  # read before the tag: a publish meanwhile only raises it
        record = tags.read(store, name, tag, trust)
        if record is None or not record.means(entry.record):
            raise Fault(f"{name}:{tag} changed meanwhile", hint="try again")
        if record.number < minimum:
            raise Fault(
                f"{name}:{tag} has number {record.number}, known is {minimum}: an older record was put back"
            )
        tags.require_newest(record, siblings or {})
        say(f"{name}:{tag} -> {record.target}, number {record.number}"
            + (", siblings not readable" if siblings is None else ""))


def _siblings(store: Store, name: str, trust: Trust) -> dict[str, tags.TagRecord] | None:
    try:
        return tags.read_all(store, name, trust)
    except (PermissionError, Unreadable):
        return None


def _chain_step(proof: _Proof, store: Store, entry: Entry) -> str | None:
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


def _certificate_steps(proof: _Proof, read: Callable[[], Bundle], digest: str | None, trust: Trust,
                       now: datetime) -> Certificate:
    with proof.step("the certificate is signed by those trusted") as say:
        bundle = read()
        certificate = bundle.verified(trust)
        say(", ".join(trust.check(bundle.certificate, CERTIFICATE)))
    with proof.step("the certificate is about this image") as say:
        if digest is not None and certificate.digest != digest:
            raise Fault(f"it is about sha256:{certificate.digest}, the image is sha256:{digest}")
        say(f"sha256:{certificate.digest}")
    with proof.step("the evidence is complete") as say:
        say(f"{len(bundle.evidence(certificate, trust))} statements, {certificate.tests} tests passed")
    with proof.step("the certificate is in force") as say:
        certificate.require_valid(now)
        say(f"until {write_time(certificate.valid_until)}")
    return certificate


def _fit_step(
    proof: _Proof, store: Store, entry: Entry, certificate: Certificate, config: str | None
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


def _revoked_step(proof: _Proof, store: Store, certificate: Certificate, trust: Trust) -> None:
    with proof.step("neither image nor certificate was revoked") as say:
        listed = revoked.read(store, trust)
        if listed is None:
            say("nothing was ever revoked here")
            return
        listed.refuse(certificate)
        say(f"list number {listed.number}")


def _access_step(proof: _Proof, store: Store, entry: Entry, trust: Trust) -> AccessRecord:
    with proof.step("who may use it is signed and what the runtime reads") as say:
        record = read_access(store, entry.digest, trust)
        if record is None:
            raise Fault("the access record is missing")
        if entry.record is not None and record.number < entry.record.image(entry.platform).access:
            raise Fault(f"the access record has number {record.number}: an older one was put back")
        say(str(record.realm))
        say(_compare_meta(entry, record))
    return record


def _compare_meta(entry: Entry, record: AccessRecord) -> str:
    try:
        data = read_small(entry.meta)
    except Unreadable as error:
        if error.absent:
            raise Fault(f"{entry.meta} is missing: the image was taken out of the runtime's sight") from error
        return ".meta is for the runtime only"
    if oci.sha256(data) != record.meta:
        raise Fault(f"{entry.meta} is not the one that the access record was signed for")
    return ".meta as signed"


def _bytes_step(proof: _Proof, path: Path, digest: str, fd: int | None) -> int:
    with proof.step("the bytes are those of the certificate") as say:
        opened = open_regular(path) if fd is None else fd
        try:
            found, size = sha256_of(opened)
        finally:
            if fd is None:
                os.close(opened)
        if found != digest:
            raise Fault(f"{path} is sha256:{found}, certified is sha256:{digest}")
        say(f"{size} bytes, sha256:{digest}")
    return size


