"""DSSE envelopes: opaque signed bytes, their type, and signatures over both."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from builder.errors import Fault
from certify import strictjson

MOST_SIGNATURES = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One signature; ``keyid`` is only a hint at the key, nothing is decided by it."""

    keyid: str
    sig: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Signed bytes. Verify first (Trust.check), parse ``payload`` after, and never any other copy of it."""

    payload_type: str
    payload: bytes
    signatures: tuple[Signature, ...]

    def to_json(self) -> bytes:
        """Give the envelope as a file."""
        encode = _encode
        return strictjson.dumps({
            "payloadType": self.payload_type, "payload": encode(self.payload),
            "signatures": [{"keyid": one.keyid, "sig": encode(one.sig)} for one in self.signatures],
        }) + b"\n"

    @classmethod
    def from_json(cls, data: bytes) -> Envelope:
        """Read a file; fields that DSSE does not know are ignored, as it asks. Raises Fault."""
        reader = strictjson.Reader(strictjson.loads(data, strictjson.LIMIT * 2), "DSSE envelope")
        return cls(payload_type=reader.text("payloadType"), payload=_decode(reader.text("payload")),
                   signatures=tuple(_signature(one) for one in reader.array("signatures", MOST_SIGNATURES)))


def pae(payload_type: str, payload: bytes) -> bytes:
    """Give the pre-authentication encoding: the bytes that are signed, which bind the type to the payload."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def _signature(value: object) -> Signature:
    reader = strictjson.Reader(value, "DSSE signature")
    return Signature(
        keyid=reader.text("keyid") if reader.has("keyid") else "", sig=_decode(reader.text("sig"))
    )


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Fault(f"DSSE envelope: not base64: {error}") from error
