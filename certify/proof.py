"""A proof in numbered steps, each resting on those before it, ended by the first that fails; and the steps about certificates.

What stands here needs no store and, besides the standard library, only ``cryptography``: it is what compute nodes run too.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from builder.errors import Fault
from certify import seen as remembered
from certify.bundle import Bundle
from certify.certificate import write_time
from certify.files import open_regular, sha256_of
from certify.revocation import read_file
from certify.trust import CERTIFICATE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from certify.certificate import Certificate
    from certify.revocation import Revoked
    from certify.seen import Seen
    from certify.store.access import AccessRecord
    from certify.store.query import Entry
    from certify.trust import Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the proof: its number from 1, what it shows, whether it holds, and by what."""

    number: int
    title: str
    ok: bool
    detail: str

    def as_json(self) -> dict[str, Any]:
        """The step as the results of ``--format json`` show it."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A proof that holds. ``entry`` and ``access`` are None for a file outside a store."""

    digest: str
    size: int
    entry: Entry | None
    certificate: Certificate
    access: AccessRecord | None
    steps: tuple[Step, ...]

    def as_json(self) -> dict[str, Any]:
        """What ``--format json`` says of the image."""
        certificate = self.certificate
        return {"name": certificate.name, "tag": certificate.tag, "platform": certificate.platform, "size": self.size,
                "digest": f"sha256:{self.digest}", "certificate": certificate.predicate()}


class VerificationFailed(Fault):
    """A proof that does not hold; ``steps`` are those that were taken, the last one failed."""

    def __init__(self, steps: tuple[Step, ...], hint: str | None) -> None:
        last = steps[-1]
        super().__init__(f"step {last.number}, {last.title}: {last.detail}", hint=hint)
        self.steps = steps


@dataclass
class Proof:
    """The steps that were taken so far; ``on_step`` hears of each as it is."""

    on_step: Callable[[Step], None] | None
    steps: list[Step] = field(default_factory=list)

    @contextmanager
    def step(self, title: str) -> Iterator[Callable[[str], None]]:
        """Take a step: a Fault within makes it fail, and ends the proof as VerificationFailed."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocations:
    """The list of what was revoked, as it was found when the proof began; what is wrong with it fails a later step."""

    listed: Revoked | None = None
    problem: Fault | None = None

    @classmethod
    def read(cls, path: Path | None, trust: Trust, seen: Seen | None) -> tuple[Revocations, Trust]:
        """Read the list in a file (no path is no list); gives with it the trust without any key that was ever seen revoked."""
        gone = dict.fromkeys(seen.keys if seen else (), "a list that was seen before says so")
        try:
            listed = read_file(path, trust.without(gone)) if path else None
            if listed is not None and seen is not None:
                seen.accept(remembered.REVOCATION, listed.number, "the list of what was revoked")
                seen.fresh_keys = frozenset(listed.keys)
        except Fault as error:
            return cls(problem=error), trust.without(gone)
        return cls(listed=listed), trust.without({**gone, **(listed.keys if listed else {})})


def verify_file(
    squashfs: Path,
    trust: Trust,
    *,
    now: datetime,
    certs: Path | None = None,
    digest: str | None = None,
    revoked: Path | None = None,
    fd: int | None = None,
    seen: Seen | None = None,
    on_step: Callable[[Step], None] | None = None,
) -> Verified:
    """Prove that a squashfs has a certificate in force, found in ``certs`` (without it, in certs/ beside it).

    ``digest`` is the sha256 (hex) that the image is known by, if it is. ``revoked`` is a store's list of what was revoked,
    ``seen`` what is remembered of that store. Who may use the image only a store knows. Raises VerificationFailed.
    """
    proof = Proof(on_step)
    revocations, trust = Revocations.read(revoked, trust, seen)
    trust_step(proof, trust)
    certificate = certificate_steps(proof, lambda: Bundle.read(certs or squashfs.parent / "certs"), digest, trust, now)
    if revoked is not None:
        revoked_step(proof, certificate, revocations, now, seen)
    size = bytes_step(proof, squashfs, certificate.digest, fd)
    return Verified(digest=certificate.digest, size=size, entry=None, certificate=certificate, access=None,
                    steps=tuple(proof.steps))


def store_of(squashfs: Path) -> Path | None:
    """The folder of the store that an image lies in, if it lies in one by the name that the runtime finds it under."""
    store = squashfs.absolute().parent.parent
    return store if squashfs.absolute().parent.name == "images" and (store / "format").is_file() else None


def trust_step(proof: Proof, trust: Trust) -> None:
    """Show whom we believe."""
    with proof.step("there is somebody to trust") as say:
        keys, gone = [key.name for key in trust.keys if key.counts_as(CERTIFICATE)], trust.revoked.items()
        if len(trust.of(CERTIFICATE)) < trust.threshold:
            raise Fault("; ".join([f"{trust.threshold} trusted keys must sign a certificate, {len(keys)} may",
                                   *(f"revoked: {name}: {reason}" for name, reason in gone)]))
        say(f"{trust.threshold} of: {', '.join(keys)}")
        for role, needed in trust.require.items():
            say(f"as {role}, {needed} of: {', '.join(key.name for key in trust.keys if key.counts_as(role))}")
        for name, reason in gone:
            say(f"not {name}, revoked: {reason}")


def certificate_steps(proof: Proof, read: Callable[[], Bundle], digest: str | None, trust: Trust, now: datetime) -> Certificate:
    """Show that there is a certificate, believed, about the image (sha256 in hex), complete, and in force."""
    with proof.step("the certificate is signed by those trusted") as say:
        bundle = read()
        certificate = bundle.verified(trust)
        say(", ".join(trust.check(bundle.certificate, CERTIFICATE)))
        say(f"serial {certificate.serial}" + (f", renews {certificate.renews}" if certificate.renews else ""))
    with proof.step("the certificate is about this image") as say:
        if digest is not None and certificate.digest != digest:
            raise Fault(f"it is about sha256:{certificate.digest}, the image is sha256:{digest}")
        say(f"sha256:{certificate.digest}")
    with proof.step("the evidence is complete") as say:
        say(f"{len(bundle.evidence(certificate, trust))} statements, {certificate.tests} tests passed")
        for role, names in bundle.signers(certificate, trust).items():
            say(f"{role}: {', '.join(names)}")
    with proof.step("what is wrong with the image is permitted") as say:
        policy = f"sha256:{certificate.policy[:12]}" if certificate.policy else "not told"
        say(f"profile {certificate.profile}, policy {policy}; {certificate.errors} errors")
        for waiver in certificate.waivers:
            say(f"{waiver.code} until {waiver.until}, {waiver.owner}: {waiver.reason}")
    with proof.step("the certificate is in force") as say:
        certificate.require_valid(now)
        say(f"until {write_time(certificate.valid_until)}")
    return certificate


def revoked_step(proof: Proof, certificate: Certificate, revocations: Revocations, now: datetime, seen: Seen | None) -> None:
    """Show that nothing was revoked, by a list that is believed, in force, and not older than one that was seen."""
    with proof.step("neither image nor certificate was revoked") as say:
        if revocations.problem is not None:
            raise revocations.problem
        listed = revocations.listed
        if listed is None:
            if seen is not None:
                seen.absent(remembered.REVOCATION, "the list of what was revoked")
            say("nothing was ever revoked here")
            return
        listed.require_current(now)
        listed.refuse(certificate)
        say(f"list number {listed.number} of {write_time(listed.issued)}"
            + (f", good until {write_time(listed.expires)}" if listed.expires else ""))


def bytes_step(proof: Proof, path: Path, digest: str, fd: int | None) -> int:
    """Show that the bytes are those of the certificate; gives their number."""
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
