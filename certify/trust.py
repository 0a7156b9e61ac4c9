"""Whom to believe: public keys, what each may sign, and how many must agree.

Never read from what is judged.
"""

from __future__ import annotations

import hashlib
import stat
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from builder.errors import Error, Fault
from certify import strictjson
from certify.dsse import Envelope, pae

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

CERTIFICATE: Final = "certificate"
BUILDER: Final = "builder"
TESTER: Final = "tester"
APPROVER: Final = "approver"
TAG: Final = "tag"
ACCESS: Final = "access"
REVOCATION: Final = "revocation"
ROLES: Final = (CERTIFICATE, BUILDER, TESTER, APPROVER, TAG, ACCESS, REVOCATION)

# Whose signature counts in a role. ``certificate`` is the whole pipeline in one key, and so builds and tests as well. Who only
# approves signs certificates, and makes no evidence; who only builds or tests makes evidence, and certifies nothing.
_COUNTED: Final = {CERTIFICATE: {CERTIFICATE, APPROVER}, BUILDER: {BUILDER, CERTIFICATE}, TESTER: {TESTER, CERTIFICATE}}
_REQUIRED: Final = (BUILDER, TESTER, APPROVER)      # of which a trust file may ask for more signatures than one
_MOST: Final = 100

_HINT: Final = "--trust or CERTIFY_TRUST names a public key, a folder of *.pub, or a JSON file of keys"


class Untrusted(Fault):
    """Too few of the trusted keys signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedKey:
    """A public key (SubjectPublicKeyInfo, DER), its name for people, and the roles that it may sign in."""

    name: str
    spki: bytes
    roles: frozenset[str] = frozenset(ROLES)

    @property
    def keyid(self) -> str:
        """The id of the key, see keyid_of."""
        return keyid_of(self.spki)

    def counts_as(self, role: str) -> bool:
        """Whether its signature counts in a role."""
        return not self.roles.isdisjoint(_COUNTED.get(role, {role}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """The trusted keys.

    ``threshold`` distinct ones must sign a certificate; the store's own records need one. ``require`` asks for more
    than one signature of builders (on the provenance) or testers (on what they found), and for approvers among those
    who signed the certificate. ``revoked`` names keys that are not believed any more, with the reasons.
    """

    keys: tuple[TrustedKey, ...]
    threshold: int = 1
    require: Mapping[str, int] = field(default_factory=dict)
    revoked: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Trust:
        """Read a public key in PEM, a folder of ``*.pub``, or a JSON file of keys. Raises Error.

        JSON: ``{"version": 1, "threshold": n, "require": {"approver": n}, "keys": [{"name": ..., "roles": [...],
        "public": PEM}]}``; a key without roles has all of them, and ``require`` may be missing.
        """
        try:
            trust = _from_folder(path) if path.is_dir() else _from_file(path)
        except OSError as error:
            raise Error(f"trust {path}: {error.strerror}", hint=_HINT) from error
        could = len(trust.of(CERTIFICATE))
        if could < trust.threshold:
            raise Error(f"trust {path}: {trust.threshold} keys must sign a certificate, only {could} could")
        for role, needed in trust.require.items():
            if (could := len(trust.of(role))) < needed:
                raise Error(f"trust {path}: {needed} keys must sign as {role}, only {could} could")
        return trust

    def without(self, revoked: Mapping[str, str]) -> Trust:
        """The same trust, but for keys that were revoked: ids of keys (see keyid_of) with the reasons."""
        gone = {one.name: revoked[one.keyid] for one in self.keys if one.keyid in revoked}
        kept = tuple(one for one in self.keys if one.keyid not in revoked)
        return replace(self, keys=kept, revoked={**self.revoked, **gone}) if gone else self

    def of(self, role: str) -> frozenset[bytes]:
        """The distinct keys whose signatures count in a role."""
        return frozenset(one.spki for one in self.keys if one.counts_as(role))

    def needed(self, role: str) -> int:
        """How many distinct keys must sign in a role."""
        return self.threshold if role == CERTIFICATE else self.require.get(role, 1)

    def check(self, envelope: Envelope, role: str, *, threshold: int | None = None) -> tuple[str, ...]:
        """Give the names of the trusted keys of that role that signed the envelope.

        Raises Untrusted if they are too few.

        Keyids are hints that decide nothing: every key is tried on every signature, and keys are counted by
        their bytes, so one key under two names counts once.
        """
        needed = threshold or self.needed(role)
        signers = self._signers(envelope, role)
        if len(signers) < needed:
            raise Untrusted(f"{role}: signed by {len(signers)} of the trusted keys, needed: {needed}", hint=self._hint())
        approvers = self.require.get(APPROVER, 0) if role == CERTIFICATE and threshold is None else 0
        if approvers and (found := len(signers.keys() & self.of(APPROVER))) < approvers:
            raise Untrusted(f"{role}: signed by {found} of the trusted approvers, needed: {approvers}", hint=self._hint())
        return tuple(sorted(signers.values()))

    def opened(
        self, envelope: Envelope, role: str, payload_type: str, *, threshold: int | None = None
    ) -> bytes:
        """Give the payload of an envelope, once signed as the role asks and of the expected type.

        Raises Untrusted.
        """
        self.check(envelope, role, threshold=threshold)
        if envelope.payload_type != payload_type:
            raise Untrusted(
                f"{role}: the signed payload is of type {envelope.payload_type[:80]!r}, not {payload_type!r}"
            )
        return envelope.payload

    def _signers(self, envelope: Envelope, role: str) -> dict[bytes, str]:
        """The keys that count in the role and signed, by their bytes."""
        found: dict[bytes, str] = {}
        message = pae(envelope.payload_type, envelope.payload)
        for key in self.keys:
            if key.counts_as(role) and key.spki not in found and _signed(key, message, envelope):
                found[key.spki] = key.name
        return found

    def _hint(self) -> str:
        gone = "".join(f"; revoked: {name}: {reason}" for name, reason in self.revoked.items())
        return "look at who is trusted: " + (", ".join(key.name for key in self.keys) or "nobody") + gone


def keyid_of(spki: bytes) -> str:
    """Give the id of a public key: the sha256 of its SubjectPublicKeyInfo in DER, in hex."""
    return hashlib.sha256(spki).hexdigest()


def _signed(key: TrustedKey, message: bytes, envelope: Envelope) -> bool:
    return any(_verifies(key.spki, one.sig, message) for one in envelope.signatures)


def _verifies(spki: bytes, signature: bytes, message: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    key = load_der_public_key(spki)
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, message)
            return True
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
            return True
    except InvalidSignature:
        return False
    return False


def _from_folder(folder: Path) -> Trust:
    _refuse_open(folder)
    keys = tuple(read_key(file) for file in sorted(folder.glob("*.pub")))
    if not keys:
        raise Error(f"trust {folder}: no *.pub in this folder", hint=_HINT)
    return Trust(keys=keys)


def read_key(path: Path) -> TrustedKey:
    """Read a public key in PEM, which is named as its file. Raises Error."""
    try:
        return _key(path.stem, _read(path), path)
    except OSError as error:
        raise Error(f"{path}: {error.strerror}", hint=_HINT) from error


def _from_file(path: Path) -> Trust:
    data = _read(path)
    if not data.lstrip().startswith(b"{"):
        return Trust(keys=(_key(path.stem, data, path),))
    try:
        return _from_json(strictjson.Reader(strictjson.loads(data), f"trust {path}"), path)
    except Fault as error:      # a trust file is the machine's own: exit code 3, not 1
        raise Error(f"{error.message} ({path})", hint=error.hint or _HINT) from error


def _from_json(reader: strictjson.Reader, path: Path) -> Trust:
    reader.version()
    threshold = reader.integer("threshold", 1, _MOST)
    require = _require(reader.child("require")) if reader.has("require") else {}
    keys = []
    for entry in reader.array("keys", 1000):
        one = strictjson.Reader(entry, f"trust {path}: key")
        roles = _roles(one.array("roles")) if one.has("roles") else ROLES
        name = one.text("name", r"[^\n]{1,100}")
        keys.append(_key(name, one.text("public").encode(), path, roles))
        one.done()
    reader.done()
    return Trust(keys=tuple(keys), threshold=threshold, require=require)


def _require(reader: strictjson.Reader) -> dict[str, int]:
    return {role: reader.integer(role, 1, _MOST) for role in reader.keys("|".join(_REQUIRED))}


def _roles(values: Sequence[Any]) -> Sequence[str]:
    if unknown := [str(one) for one in values if one not in ROLES]:
        raise Fault(f"trust: unknown role: {', '.join(unknown)}", hint="roles are: " + ", ".join(ROLES))
    return values


def _key(name: str, pem: bytes, path: Path, roles: Iterable[str] = ROLES) -> TrustedKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Error(f"trust {path}: not a public key in PEM: {name}", hint=_HINT) from error
    known = isinstance(key, ed25519.Ed25519PublicKey) or (
        isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1))
    if not known or pem.count(b"-----BEGIN") != 1:
        raise Error(f"trust {path}: {name} must be one ECDSA P-256 or Ed25519 key", hint=_HINT)
    return TrustedKey(
        name=name,
        roles=frozenset(roles),
        spki=key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    )


def _read(path: Path) -> bytes:
    _refuse_open(path)
    with path.open("rb") as file:
        return file.read(strictjson.LIMIT)


def _refuse_open(path: Path) -> None:
    if path.stat().st_mode & stat.S_IWOTH:
        raise Error(f"trust {path}: everyone may write here", hint=f"chmod o-w {path}")


