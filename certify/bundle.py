"""A certificate together with the evidence it names: gathered, checked, and written as one folder."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from builder.errors import Error, Fault
from certify import certificate as certificates
from certify import strictjson
from certify.certificate import Certificate, Cost
from certify.dsse import Envelope
from certify.files import Unreadable, read_if_there, read_small
from certify.statement import FINDINGS, PAYLOAD_TYPE, PROVENANCE, SBOM, TEST_RESULT, Statement
from certify.trust import BUILDER, CERTIFICATE, TESTER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from certify.trust import Trust

SUFFIX: Final = ".dsse.json"
FILE: Final = f"certificate{SUFFIX}"
FORMER: Final = "former-"        # a certificate that was renewed: former-<serial>, kept for those who ask what was once said
MOST_FILES: Final = 200
_KINDS: Final = {PROVENANCE: "provenance", FINDINGS: "findings", TEST_RESULT: "test-result", SBOM: "sbom"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """The envelope of the certificate, and the others, none of them believed yet."""

    certificate: Envelope
    others: tuple[Envelope, ...]

    @classmethod
    def pick(cls, envelopes: Sequence[Envelope]) -> Bundle:
        """Find the certificate among envelopes; there must be exactly one. Raises Fault."""
        # Peeking at unverified bytes only chooses which envelope must then verify.
        chosen = [one for one in envelopes if _kind(one) == certificates.TYPE]
        if len(chosen) != 1:
            raise Fault(f"{len(chosen)} certificates where one is needed", hint="certify attest makes one")
        return cls(certificate=chosen[0], others=tuple(one for one in envelopes if one is not chosen[0]))

    @classmethod
    def read(cls, folder: Path) -> Bundle:
        """Read the ``*.dsse.json`` of a folder. Raises Fault."""
        try:
            # The certificate first: whoever renews it writes new evidence before it and keeps the old.
            first = read_if_there(folder / FILE)
            paths = sorted(path for path in folder.iterdir() if path.name.endswith(SUFFIX) and path.name != FILE
                           and not path.name.startswith(FORMER))
        except FileNotFoundError as error:
            raise Unreadable(folder, "is not there", absent=True) from error
        except PermissionError as error:
            raise Unreadable(folder, "is not readable for you") from error
        except OSError as error:
            raise Error(f"{folder}: {error.strerror}") from error
        if len(paths) > MOST_FILES:
            raise Fault(f"{folder}: more than {MOST_FILES} statements")
        envelopes = [
            Envelope.from_json(data) for data in (first, *map(read_small, paths)) if data is not None
        ]
        return cls.pick(envelopes)

    def verified(self, trust: Trust) -> Certificate:
        """Give the certificate, once enough trusted keys signed it. Raises Fault."""
        payload = trust.opened(self.certificate, CERTIFICATE, PAYLOAD_TYPE)
        return Certificate.parse(_statement(payload))

    def named(self, certificate: Certificate) -> tuple[tuple[Statement, Envelope], ...]:
        """The statements that a certificate names, with their envelopes; no signature is judged. Raises Fault."""
        there = {payload_sha256(one): one for one in self.others}
        found = []
        for named in certificate.evidence:
            envelope = there.get(named.sha256)
            if envelope is None:
                raise Fault(f"evidence is missing: {named.predicate_type} (payload sha256:{named.sha256})")
            if envelope.payload_type != PAYLOAD_TYPE:
                raise Fault(f"evidence is no statement: of type {envelope.payload_type[:80]!r}")
            statement = _statement(envelope.payload)
            if statement.predicate_type != named.predicate_type or not statement.about(certificate.digest):
                raise Fault(f"evidence of another kind or about other bytes: {named.predicate_type}")
            found.append((statement, envelope))
        return tuple(found)

    def evidence(self, certificate: Certificate, trust: Trust) -> tuple[Statement, ...]:
        """The statements that a certificate names, signed by those whose word they are; none speaks against it. Raises Fault."""
        there = {payload_sha256(one): one for one in self.others}
        for named in certificate.evidence:      # the very bytes are verified before any of them is parsed
            if named.sha256 in there:
                trust.opened(there[named.sha256], role_of(named.predicate_type), PAYLOAD_TYPE)
        found = tuple(statement for statement, _ in self.named(certificate))
        _require_agreement(certificate, found)
        return found

    def signers(self, certificate: Certificate, trust: Trust) -> dict[str, tuple[str, ...]]:
        """Who signed the evidence that a certificate names, by role: builders, then testers (of all that they found)."""
        found: dict[str, set[str]] = {}
        for statement, envelope in self.named(certificate):
            role = role_of(statement.predicate_type)
            names = set(trust.check(envelope, role))
            found[role] = found[role] & names if role in found else names
        return {role: tuple(sorted(names)) for role, names in found.items()}

    def files(self, certificate: Certificate) -> Mapping[str, bytes]:
        """Give the files of the named evidence, and last that of the certificate: name -> content."""
        there = {payload_sha256(one): one for one in self.others}
        named = {
            _file_name(one.predicate_type, one.sha256): there[one.sha256].to_json()
            for one in certificate.evidence
        }
        return {**named, FILE: self.certificate.to_json()}


def role_of(predicate_type: str) -> str:
    """Whose word a statement of that type is."""
    return {PROVENANCE: BUILDER, certificates.TYPE: CERTIFICATE}.get(predicate_type, TESTER)


def _require_agreement(certificate: Certificate, statements: Sequence[Statement]) -> None:
    """The evidence must not speak against the certificate: no failed test, and no error that no waiver permits."""
    waived = {one.code for one in certificate.waivers}
    for statement in statements:
        if statement.predicate_type == TEST_RESULT and statement.predicate.get("result") != "PASSED":
            raise Fault("the evidence speaks against the certificate: tests failed")
        if statement.predicate_type == TEST_RESULT and _cost(statement) != certificate.start:
            raise Fault("the evidence speaks against the certificate: a start costs something else")
        if statement.predicate_type == FINDINGS:
            errors = [code for code, severity in _weights(statement) if severity == "error"]
            if len(errors) != certificate.errors or not waived.issuperset(errors):
                raise Fault(f"the evidence speaks against the certificate: {len(errors)} errors were found, "
                            f"{certificate.errors} are permitted")


def _cost(statement: Statement) -> Cost | None:
    reader = strictjson.Reader(statement.predicate, "test results")
    return Cost.parse(reader.child("start").child("cost")) if reader.has("start") else None


def _weights(statement: Statement) -> list[tuple[str, str]]:
    listed = strictjson.Reader(statement.predicate, "findings").array("findings", 100_000)
    readers = [strictjson.Reader(one, "findings") for one in listed]
    return [(one.text("code"), one.text("severity")) for one in readers]


@functools.lru_cache(maxsize=8)
def _statement(payload: bytes) -> Statement:
    """What some bytes say. Choosing, proving and comparing all ask, and a bill of materials has megabytes."""
    return Statement.from_bytes(payload)


def payload_sha256(envelope: Envelope) -> str:
    """Give the sha256 (hex) of the signed payload.

    Signatures differ each time, the payload is what counts.
    """
    return hashlib.sha256(envelope.payload).hexdigest()


def write_folder(folder: Path, envelopes: Sequence[Envelope]) -> None:
    """Write envelopes, one of them a certificate, as the folder that Bundle.read reads.

    Old ones there are removed.
    """
    bundle = Bundle.pick(envelopes)
    named = {_file_name(_kind(one), payload_sha256(one)): one for one in bundle.others}
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob(f"*{SUFFIX}"):
        old.unlink()
    for name, envelope in {**named, FILE: bundle.certificate}.items():
        (folder / name).write_bytes(envelope.to_json())


def _kind(envelope: Envelope) -> str:
    if envelope.payload_type != PAYLOAD_TYPE:
        return ""
    return _statement(envelope.payload).predicate_type


def _file_name(kind: str, sha256: str) -> str:
    return f"{_KINDS.get(kind, 'evidence')}-{sha256[:16]}{SUFFIX}"
