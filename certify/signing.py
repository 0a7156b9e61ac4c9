"""The only module that touches private keys."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from builder.errors import Error
from certify.dsse import Envelope, Signature, pae

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes

    from certify.statement import Statement

MAKE_ONE: Final = "make one with: certify key generate"


def generate(path: Path) -> Path:
    """Make an ECDSA P-256 key: private at ``path`` (PKCS8 PEM, 0600), public at ``path`` + .pub.

    Gives back the path of the public key. Raises Error if either file is there already.
    """
    from cryptography.hazmat.primitives import serialization as forms
    from cryptography.hazmat.primitives.asymmetric import ec

    public = Path(f"{path}.pub")
    for file in (path, public):
        if os.path.lexists(file):
            raise Error(f"{file} is there already", hint="a key is never replaced: give another path")
    key = ec.generate_private_key(ec.SECP256R1())
    _write_new(
        path, key.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption()), 0o600
    )
    _write_new(
        public,
        key.public_key().public_bytes(forms.Encoding.PEM, forms.PublicFormat.SubjectPublicKeyInfo),
        0o644,
    )
    return public


def keyid_of(spki: bytes) -> str:
    """Give the id of a public key: the sha256 of its SubjectPublicKeyInfo in DER, in hex."""
    return hashlib.sha256(spki).hexdigest()


class Signer:
    """Signs with one private key, held in memory."""

    def __init__(self, crypto_signer: Any) -> None:  # noqa: ANN401  (it is imported lazily)
        self._signer = crypto_signer

    @property
    def keyid(self) -> str:
        """The id of the public key, see keyid_of."""
        return str(self._signer.public_key.keyid)

    @classmethod
    def load(cls, path: Path) -> Signer:
        """Read a private key in PEM: ECDSA P-256 or Ed25519.

        Raises Error if it is missing, encrypted, readable by others, or no such key.
        """
        from securesystemslib.exceptions import Error as LibraryError
        from securesystemslib.signer import CryptoSigner, SSlibKey  # type: ignore[attr-defined]

        key = _private_key(_read_secret(path), path)
        try:
            named = SSlibKey.from_crypto(key.public_key(), keyid=keyid_of(_spki(key.public_key())))
            return cls(CryptoSigner(key, named))
        except (ValueError, LibraryError) as error:
            raise Error(f"{path}: a kind of key that is not used here", hint=MAKE_ONE) from error

    def sign(self, payload_type: str, payload: bytes) -> Envelope:
        """Give an envelope with one signature."""
        made = self._signer.sign(pae(payload_type, payload))
        return Envelope(payload_type=payload_type, payload=payload,
                        signatures=(Signature(keyid=made.keyid, sig=bytes.fromhex(made.signature)),))

    def sign_statement(self, statement: Statement) -> Envelope:
        """Give an in-toto statement, signed."""
        from certify.statement import PAYLOAD_TYPE

        return self.sign(PAYLOAD_TYPE, statement.to_bytes())


def _private_key(pem: bytes, path: Path) -> PrivateKeyTypes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem, None)
    except TypeError as error:  # the library's word for: it is encrypted and no passphrase was given
        raise Error(
            f"{path}: the private key is encrypted", hint="decrypt it first: openssl pkcs8 -in KEY -out NEW"
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Error(f"{path}: not a private key in PEM", hint=MAKE_ONE) from error
    if isinstance(key, ed25519.Ed25519PrivateKey) or (
            isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1)):
        return key
    raise Error(f"{path}: neither an ECDSA P-256 nor an Ed25519 key", hint=MAKE_ONE)


def _read_secret(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise Error(f"{path}: not a file", hint=MAKE_ONE)
            if mode & 0o077:
                raise Error(
                    f"{path}: the private key is open to others (mode {mode & 0o777:04o})",
                    hint=f"chmod 600 {path}",
                )
            return file.read(1 << 16)
    except OSError as error:
        raise Error(f"{path}: the private key cannot be read: {error.strerror}", hint=MAKE_ONE) from error


def _write_new(path: Path, data: bytes, mode: int) -> None:
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    except FileExistsError as error:
        raise Error(f"{path} is there already", hint="a key is never replaced: give another path") from error
    except OSError as error:
        raise Error(f"{path}: {error.strerror}") from error
    with os.fdopen(fd, "wb") as file:
        os.fchmod(fd, mode)         # whatever the umask is
        file.write(data)
        os.fsync(fd)


def _spki(key: PublicKeyTypes) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
