"""The signed list of what must not be used any more."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from builder.errors import Fault
from certify import strictjson
from certify.certificate import read_time, write_time
from certify.dsse import Envelope
from certify.files import read_if_there
from certify.trust import REVOCATION

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from certify.certificate import Certificate
    from certify.store.layout import Store
    from certify.trust import Trust

PAYLOAD_TYPE: Final = "application/vnd.certify.revoked.v1+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked:
    """Revoked images (sha256 in hex) and certificates (serial), each with the reason.

    ``number`` only grows.
    """

    number: int
    issued: datetime
    images: Mapping[str, str] = field(default_factory=dict)
    serials: Mapping[str, str] = field(default_factory=dict)

    def to_payload(self) -> bytes:
        """Give the bytes to sign."""
        return strictjson.dumps({"version": 1, "number": self.number, "issued": write_time(self.issued),
                                 "images": dict(self.images), "serials": dict(self.serials)})

    @classmethod
    def from_payload(cls, payload: bytes) -> Revoked:
        """Read verified bytes; raises Fault."""
        reader = strictjson.Reader(strictjson.loads(payload), "revocation list")
        reader.version()
        revoked = cls(number=reader.integer("number", 1), issued=read_time(reader.text("issued")),
                      images=_reasons(reader, "images", r"[0-9a-f]{64}"),
                      serials=_reasons(reader, "serials", r"[0-9a-f]{32}"))
        reader.done()
        return revoked

    def refuse(self, certificate: Certificate) -> None:
        """Raise Fault if the certificate or its image is on the list."""
        if certificate.digest in self.images:
            raise Fault(f"the image was revoked: {self.images[certificate.digest]}")
        if certificate.serial in self.serials:
            raise Fault(f"the certificate was revoked: {self.serials[certificate.serial]}")


def read(store: Store, trust: Trust) -> Revoked | None:
    """Read the store's list, None if there is none.

    One that cannot be read or believed is a Fault, not an absence.
    """
    data = read_if_there(store.revoked)
    if data is None:
        return None
    return Revoked.from_payload(trust.opened(Envelope.from_json(data), REVOCATION, PAYLOAD_TYPE))


def _reasons(reader: strictjson.Reader, key: str, pattern: str) -> dict[str, str]:
    inner = reader.child(key)
    return {name: inner.text(name) for name in inner.keys(pattern)}
