"""in-toto statements: what is said (the predicate) about which bytes (the subject)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from builder.errors import Fault
from certify import strictjson

if TYPE_CHECKING:
    from collections.abc import Mapping

TYPE: Final = "https://in-toto.io/Statement/v1"
PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
PROVENANCE: Final = "https://slsa.dev/provenance/v1"
FINDINGS: Final = "urn:certify:findings:1"
TEST_RESULT: Final = "https://in-toto.io/attestation/test-result/v0.1"
SBOM: Final = "https://cyclonedx.org/bom"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The bytes that a statement is about: a name for people, and the sha256 in hex."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """An in-toto Statement v1."""

    subject: tuple[Subject, ...]
    predicate_type: str
    predicate: Mapping[str, Any]

    def to_bytes(self) -> bytes:
        """Give the payload to sign; equal statements give equal bytes."""
        return strictjson.dumps({
            "_type": TYPE, "predicateType": self.predicate_type, "predicate": self.predicate,
            "subject": [{"name": one.name, "digest": {"sha256": one.sha256}} for one in self.subject],
        })

    @classmethod
    def from_bytes(cls, payload: bytes) -> Statement:
        """Read a payload; raises Fault for anything that is not a Statement v1 with sha256 subjects."""
        reader = strictjson.Reader(strictjson.loads(payload), "in-toto statement")
        reader.text("_type", TYPE.replace(".", r"\."))
        found = cls(
            subject=tuple(_subject(one) for one in reader.array("subject")),
            predicate_type=reader.text("predicateType", r".{1,200}"),
            predicate=reader.value("predicate"),
        )
        reader.done()
        if not found.subject or not isinstance(found.predicate, dict):
            raise Fault("in-toto statement: without a subject or a predicate")
        return found

    def about(self, sha256: str) -> bool:
        """Tell whether this statement is about these bytes, and no others."""
        return [one.sha256 for one in self.subject] == [sha256]


def _subject(value: object) -> Subject:
    reader = strictjson.Reader(value, "in-toto subject")
    digest = reader.child("digest")
    subject = Subject(name=reader.text("name"), sha256=digest.text("sha256", strictjson.HEX64))
    digest.done()
    reader.done()
    return subject
