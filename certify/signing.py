"""The only module that touches private keys: in files, or in a token (PKCS#11) that never gives them away."""

from __future__ import annotations

import enum
import os
import stat
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from builder.errors import Error
from certify.dsse import MOST_SIGNATURES, Envelope, Signature, pae
from certify.trust import keyid_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes

    from certify.statement import Statement

    Ask = Callable[[str], bytes]        # gives the secret that a key or a token is locked with, by what it is for

MAKE_ONE: Final = "make one with: certify key generate"
TOKEN: Final = "hsm:"       # noqa: S105  the start of a token's URI, as securesystemslib writes it: hsm:<id>?label=<token>
MODULE: Final = "PYKCS11LIB"
_TOKEN_HINT: Final = (f"hsm:<id>?label=<token>, and {MODULE} in the environment names the token's library, such as "
                      "/usr/lib/softhsm/libsofthsm2.so")

# What tokens say by the name of an exception alone, https://docs.oasis-open.org/pkcs11/pkcs11-base/v2.40/, section 5.1.
_SAID: Final = {"PinIncorrect": "the PIN is wrong", "PinLenRange": "the PIN is wrong", "PinInvalid": "the PIN is wrong",
                "PinLocked": "the PIN is locked, after too many wrong ones", "FunctionFailed": "the token failed"}


class Kind(enum.StrEnum):
    """The kinds of keys: P-256 is what tokens and most tools know, Ed25519 is the simpler one."""

    ECDSA = "ecdsa"
    ED25519 = "ed25519"


def generate(path: Path, kind: Kind = Kind.ECDSA, passphrase: bytes | None = None) -> Path:
    """Make a key: private at ``path`` (PKCS8 PEM, 0600, encrypted if there is a passphrase), public at ``path`` + .pub.

    Gives back the path of the public key. Raises Error if either file is there already.
    """
    from cryptography.hazmat.primitives import serialization as forms
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519

    public = Path(f"{path}.pub")
    for file in (path, public):
        if os.path.lexists(file):
            raise Error(f"{file} is there already", hint="a key is never replaced: give another path")
    key = ed25519.Ed25519PrivateKey.generate() if kind is Kind.ED25519 else ec.generate_private_key(ec.SECP256R1())
    lock = forms.BestAvailableEncryption(passphrase) if passphrase else forms.NoEncryption()
    _write_new(path, key.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, lock), 0o600)
    _write_new(public, _pem(key.public_key()), 0o644)
    return public


class Signer:
    """Signs with one private key, held in memory or in a token."""

    def __init__(self, crypto_signer: Any, public: PublicKeyTypes, where: str) -> None:  # noqa: ANN401  (it is imported lazily)
        self._signer = crypto_signer
        self._public = public
        self._where = where

    @property
    def keyid(self) -> str:
        """The id of the public key, see keyid_of."""
        return str(self._signer.public_key.keyid)

    @property
    def public_pem(self) -> bytes:
        """The public key in PEM, for those who are to trust it."""
        return _pem(self._public)

    @classmethod
    def load(cls, path: Path, ask: Ask | None = None) -> Signer:
        """Read a private key in PEM: ECDSA P-256 or Ed25519; ``ask`` gives the passphrase of an encrypted one.

        Raises Error if it is missing, readable by others, no such key, or encrypted and the passphrase is not known.
        """
        from securesystemslib.exceptions import Error as LibraryError
        from securesystemslib.signer import CryptoSigner  # type: ignore[attr-defined]

        key = _private_key(_read_secret(path), path, ask)
        try:
            return cls(CryptoSigner(key, _named(key.public_key())), key.public_key(), str(path))
        except (ValueError, LibraryError) as error:
            raise Error(f"{path}: a kind of key that is not used here", hint=MAKE_ONE) from error

    @classmethod
    def in_token(cls, uri: str, ask: Ask) -> Signer:
        """Use the ECDSA P-256 key of a PKCS#11 token: ``hsm:<id>?label=<token>``; ``ask`` gives its PIN, once.

        Raises Error if there is no such token or key, the PIN is wrong, or the library for tokens is not installed.
        """
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.serialization import load_pem_public_key

        known: list[str] = []

        def pin(_what: str) -> str:
            known.extend([] if known else [ask(f"the PIN of {uri}").decode()])
            return known[0]

        with _token_errors(uri):
            from securesystemslib.signer import HSMSigner  # type: ignore[attr-defined]

            number, label = _parts(uri)
            full, found = HSMSigner.import_(number, label, pin)
            public = load_pem_public_key(found.keyval["public"].encode())
            if not isinstance(public, ec.EllipticCurvePublicKey) or not isinstance(public.curve, ec.SECP256R1):
                raise Error(f"{uri}: not an ECDSA P-256 key", hint=_TOKEN_HINT)
            return cls(HSMSigner.from_priv_key_uri(full, _named(public), pin), public, uri)

    def sign(self, payload_type: str, payload: bytes) -> Envelope:
        """Give an envelope with one signature."""
        return self.add(Envelope(payload_type=payload_type, payload=payload, signatures=()))

    def add(self, envelope: Envelope) -> Envelope:
        """Give the envelope with one signature more; one that this key made before is replaced. Raises Error."""
        others = tuple(one for one in envelope.signatures if one.keyid != self.keyid)
        if len(others) >= MOST_SIGNATURES:
            raise Error(f"{len(others)} signatures are on it already, and more are not read")
        with _token_errors(self._where):
            made = self._signer.sign(pae(envelope.payload_type, envelope.payload))
        return replace(envelope, signatures=(*others, Signature(keyid=made.keyid, sig=bytes.fromhex(made.signature))))

    def sign_statement(self, statement: Statement) -> Envelope:
        """Give an in-toto statement, signed."""
        from certify.statement import PAYLOAD_TYPE

        return self.sign(PAYLOAD_TYPE, statement.to_bytes())


def _named(public: PublicKeyTypes) -> Any:  # noqa: ANN401
    from securesystemslib.signer import SSlibKey  # type: ignore[attr-defined]

    return SSlibKey.from_crypto(public, keyid=keyid_of(_spki(public)))


def _private_key(pem: bytes, path: Path, ask: Ask | None) -> PrivateKeyTypes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        try:
            key = load_pem_private_key(pem, None)
        except TypeError as error:      # the library's word for: it is encrypted and no passphrase was given
            if ask is None:
                raise Error(f"{path}: the private key is encrypted", hint="name a file with its passphrase in "
                            "CERTIFY_KEY_PASSPHRASE_FILE") from error
            key = load_pem_private_key(pem, ask(f"the passphrase of {path}"))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Error(f"{path}: not a private key in PEM, or the passphrase is wrong", hint=MAKE_ONE) from error
    if isinstance(key, ed25519.Ed25519PrivateKey) or (
            isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1)):
        return key
    raise Error(f"{path}: neither an ECDSA P-256 nor an Ed25519 key", hint=MAKE_ONE)


def _parts(uri: str) -> tuple[int | None, str | None]:
    """The id and the label in a token's URI."""
    from urllib.parse import parse_qsl

    number, _, query = uri.removeprefix(TOKEN).partition("?")
    if number and not (number.isdecimal() and number.isascii()):
        raise Error(f"{uri}: {number} is no id of a key", hint=_TOKEN_HINT)
    return int(number) if number else None, dict(parse_qsl(query)).get("label")


@contextmanager
def _token_errors(uri: str) -> Iterator[None]:
    """Tokens fail in many ways, each with a class of its own; people need one sentence."""
    try:
        yield
    except ImportError as error:
        raise Error(f"{uri}: the library for tokens is not installed", hint="pip install 'certify-images[hsm]'") from error
    except Error:
        raise
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in ("pkcs11", "securesystemslib", "builtins"):
            raise
        kind = type(error).__name__
        raise Error(f"{uri}: " + _SAID.get(kind, str(error) or kind), hint=_TOKEN_HINT) from error


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


def _pem(key: PublicKeyTypes) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _spki(key: PublicKeyTypes) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
