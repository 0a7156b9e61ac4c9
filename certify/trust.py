"""Whom to believe: public keys, what each may sign, and how many must agree.

Never read from what is judged.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from builder.errors import Error, Fault
from certify import strictjson
from certify.dsse import Envelope, pae

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

CERTIFICATE: Final = "certificate"
TAG: Final = "tag"
ACCESS: Final = "access"
REVOCATION: Final = "revocation"
ROLES: Final = (CERTIFICATE, TAG, ACCESS, REVOCATION)

_HINT: Final = "--trust or CERTIFY_TRUST names a public key, a folder of *.pub, or a JSON file of keys"


class Untrusted(Fault):
    """Too few of the trusted keys signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedKey:
    """A public key (SubjectPublicKeyInfo, DER), its name for people, and the roles that it may sign in."""

    name: str
    spki: bytes
    roles: frozenset[str] = frozenset(ROLES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """The trusted keys.

    ``threshold`` distinct ones must sign a certificate; the store's own records need one.
    """

    keys: tuple[TrustedKey, ...]
    threshold: int = 1

    @classmethod
    def load(cls, path: Path) -> Trust:
        """Read a public key in PEM, a folder of ``*.pub``, or a JSON file of keys. Raises Error.

        JSON: ``{"version": 1, "threshold": n, "keys": [{"name": ..., "roles": [...], "public": PEM}]}``;
        a key without roles has all of them.
        """
        try:
            trust = _from_folder(path) if path.is_dir() else _from_file(path)
        except OSError as error:
            raise Error(f"trust {path}: {error.strerror}", hint=_HINT) from error
        distinct = {key.spki for key in trust.keys if CERTIFICATE in key.roles}
        if len(distinct) < trust.threshold:
            raise Error(
                f"trust {path}: {trust.threshold} keys must sign a certificate, only {len(distinct)} could"
            )
        return trust

    def check(self, envelope: Envelope, role: str, *, threshold: int | None = None) -> tuple[str, ...]:
        """Give the names of the trusted keys of that role that signed the envelope.

        Raises Untrusted if they are too few.

        Keyids are hints that decide nothing: every key is tried on every signature, and keys are counted by
        their bytes, so one key under two names counts once.
        """
        needed = threshold or (self.threshold if role == CERTIFICATE else 1)
        signers: dict[bytes, str] = {}
        message = pae(envelope.payload_type, envelope.payload)
        for key in self.keys:
            if role in key.roles and key.spki not in signers and _signed(key, message, envelope):
                signers[key.spki] = key.name
        if len(signers) < needed:
            raise Untrusted(
                f"{role}: signed by {len(signers)} of the trusted keys, needed: {needed}",
                hint="look at who is trusted: " + (", ".join(key.name for key in self.keys) or "nobody"),
            )
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
    keys = tuple(_key(file.stem, _read(file), file) for file in sorted(folder.glob("*.pub")))
    if not keys:
        raise Error(f"trust {folder}: no *.pub in this folder", hint=_HINT)
    return Trust(keys=keys)


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
    threshold = reader.integer("threshold", 1, 100)
    keys = []
    for entry in reader.array("keys", 1000):
        one = strictjson.Reader(entry, f"trust {path}: key")
        roles = _roles(one.array("roles")) if one.has("roles") else ROLES
        name = one.text("name", r"[^\n]{1,100}")
        keys.append(_key(name, one.text("public").encode(), path, roles))
        one.done()
    reader.done()
    return Trust(keys=tuple(keys), threshold=threshold)


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


