"""The signed, numbered list of what must not be used any more: images, certificates, and keys, each with the reason.

One list for a store. Its number only grows, and readers that remember the last number they saw (see ``seen``) accept none
before it. A list may have an end, after which it is not believed: then somebody must have looked at it since.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from builder.errors import Fault
from certify import strictjson
from certify.certificate import SERIAL, read_time, write_time
from certify.dsse import Envelope
from certify.files import read_if_there
from certify.trust import REVOCATION

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from certify.certificate import Certificate
    from certify.trust import Trust

PAYLOAD_TYPE: Final = "application/vnd.certify.revoked.v1+json"
REASON: Final = r"[^\n]{1,1000}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked:
    """Revoked images (sha256 in hex), certificates (serial) and keys (id, see trust.keyid_of), each with the reason.

    ``number`` only grows. After ``expires`` the list is not believed; None is for ever.
    """

    number: int
    issued: datetime
    images: Mapping[str, str] = field(default_factory=dict)
    serials: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    expires: datetime | None = None

    def to_payload(self) -> bytes:
        """Give the bytes to sign."""
        more: dict[str, object] = {"expires": write_time(self.expires)} if self.expires else {}
        return strictjson.dumps({"version": 1, "number": self.number, "issued": write_time(self.issued), "keys": dict(self.keys),
                                 "images": dict(self.images), "serials": dict(self.serials), **more})

    @classmethod
    def from_payload(cls, payload: bytes) -> Revoked:
        """Read verified bytes; raises Fault."""
        reader = strictjson.Reader(strictjson.loads(payload), "revocation list")
        reader.version()
        revoked = cls(number=reader.integer("number", 1), issued=read_time(reader.text("issued")),
                      images=_reasons(reader, "images", strictjson.HEX64.pattern),
                      serials=_reasons(reader, "serials", SERIAL.pattern),
                      keys=_reasons(reader, "keys", strictjson.HEX64.pattern) if reader.has("keys") else {},
                      expires=read_time(reader.text("expires")) if reader.has("expires") else None)
        reader.done()
        return revoked

    def refuse(self, certificate: Certificate) -> None:
        """Raise Fault if the certificate or its image is on the list."""
        if certificate.digest in self.images:
            raise Fault(f"the image was revoked: {self.images[certificate.digest]}",
                        hint="certify revoke lift takes it off the list, certify renew certifies it again")
        if certificate.serial in self.serials:
            raise Fault(f"the certificate was revoked: {self.serials[certificate.serial]}",
                        hint="certify renew examines the image again, and certifies it anew")

    def require_current(self, now: datetime) -> None:
        """Raise Fault if the list has ended. ``now`` has a time zone."""
        if self.expires is not None and now >= self.expires:
            raise Fault(f"the list of what was revoked ended at {write_time(self.expires)}: nobody knows what was revoked since",
                        hint="certify revoke refresh signs it anew")


def opened(data: bytes, trust: Trust) -> Revoked:
    """Read the file of a list, signed by a trusted key that it does not revoke itself. Raises Fault."""
    envelope = Envelope.from_json(data)
    revoked = Revoked.from_payload(trust.opened(envelope, REVOCATION, PAYLOAD_TYPE))
    if revoked.keys:
        trust.without(revoked.keys).check(envelope, REVOCATION)
    return revoked


def read_file(path: Path, trust: Trust) -> Revoked | None:
    """Read a list, None if there is none.

    One that cannot be read or believed is a Fault, not an absence.
    """
    data = read_if_there(path)
    return None if data is None else opened(data, trust)


def _reasons(reader: strictjson.Reader, key: str, pattern: str) -> dict[str, str]:
    inner = reader.child(key)
    return {name: inner.text(name) for name in inner.keys(pattern)}
