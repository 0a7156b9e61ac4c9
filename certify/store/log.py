"""The store's log: who published, renewed, granted, revoked or removed what, and when.

Each record is signed, numbered, and names the sha256 of the record before it, so that none can be changed, left out or
put elsewhere unseen. It is written *before* what it tells of, and names the signed records that it made true by their
digests: a record of the store that the log does not know shows that the log was cut off. The records tell of private
images, so the log is its owner's alone.
"""

from __future__ import annotations

import enum
import hashlib
import os
import pwd
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from builder.errors import Error, Fault
from certify import reference, strictjson
from certify.certificate import read_time, write_time
from certify.dsse import Envelope
from certify.files import read_small
from certify.store import atomic, protect
from certify.trust import ACCESS, CERTIFICATE, REVOCATION, TAG, Untrusted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from certify.certificate import Certificate
    from certify.reference import Reference
    from certify.signing import Signer
    from certify.store.access import AccessRecord
    from certify.store.desk import Candidate, Desk
    from certify.store.layout import Store
    from certify.store.tags import TagRecord
    from certify.trust import Trust

PAYLOAD_TYPE: Final = "application/vnd.certify.log.v1+json"
FIRST: Final = "0" * 64         # what the first record names as the one before it
SHARD: Final = 1000             # records in a folder: the last one is found without listing all
LARGEST: Final = 1 << 20        # bytes of a record's file
_NAME: Final = re.compile(r"([0-9]{10})\.dsse\.json")
LONGEST: Final = 2000          # characters of the line for people
_FOLDER: Final = re.compile(r"[0-9]{7}")


class Action(enum.StrEnum):
    """What happened."""

    PUBLISH = "publish"
    RENEW = "renew"
    ACCESS = "access"
    REVOKE = "revoke"
    UNTAG = "untag"


# Any one of these roles may sign such a record: whoever may sign what it tells of.
_ROLES: Final = {Action.PUBLISH: (TAG,), Action.RENEW: (CERTIFICATE, TAG), Action.ACCESS: (ACCESS,), Action.REVOKE: (REVOCATION,),
                 Action.UNTAG: (TAG,)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What is to be told: the action, the image if it is about one (sha256 in hex), and a line for people.

    ``records`` are the sha256 (hex) of the payloads of the signed records that come into force with it.
    """

    action: Action
    detail: str
    name: str | None = None
    tag: str | None = None
    digest: str | None = None
    records: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record: its number from 1, when, by whom (an account's name), and the sha256 (hex) of the file before it."""

    number: int
    before: str
    at: datetime
    by: str
    event: Event

    def to_payload(self) -> bytes:
        """Give the bytes to sign."""
        event = self.event
        about = {"name": event.name, "tag": event.tag, "digest": event.digest and f"sha256:{event.digest}"}
        return strictjson.dumps({
            "version": 1, "number": self.number, "before": f"sha256:{self.before}", "at": write_time(self.at), "by": self.by,
            "action": str(event.action), "detail": event.detail, "records": [f"sha256:{one}" for one in event.records],
            "about": {key: value for key, value in about.items() if value is not None}})

    @classmethod
    def from_payload(cls, payload: bytes) -> Record:
        """Read the bytes of a record; raises Fault."""
        reader = strictjson.Reader(strictjson.loads(payload), "log record")
        reader.version()
        about, line = reader.child("about"), rf"[^\n]{{0,{LONGEST}}}"
        event = Event(
            action=Action(reader.text("action", "|".join(Action))), detail=reader.text("detail", line),
            records=tuple(_digests(reader)),
            name=about.text("name", reference.NAME) if about.has("name") else None,
            tag=about.text("tag", reference.TAG) if about.has("tag") else None,
            digest=about.digest("digest") if about.has("digest") else None)
        record = cls(number=reader.integer("number", 1), before=reader.digest("before"), at=read_time(reader.text("at")),
                     by=reader.text("by", line), event=event)
        about.done()
        reader.done()
        return record


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What stands in the log under a number: the record if it can be read, who signed it, and what is wrong with it."""

    number: int
    path: Path
    sha256: str
    record: Record | None = None
    signers: tuple[str, ...] = ()
    problem: str | None = None


def append(store: Store, event: Event, *, signer: Signer, trust: Trust, now: datetime) -> int:
    """Write a record and give its number; only under the store's lock, and before what it tells of.

    Raises Error if the key may not sign such a record, Fault if something odd stands in the log's place.
    """
    os.close(atomic.make_folder(store.log))
    last = _last(store)
    record = Record(number=last[0] + 1 if last else 1, before=_sha256(last[1]) if last else FIRST, at=now, by=caller(),
                    event=event)
    envelope = signer.sign(PAYLOAD_TYPE, record.to_payload())
    try:
        _signers(envelope, event.action, trust)
    except Untrusted as error:
        raise Error(f"the key may not write this to the log: {error.message}", hint=error.hint) from error
    target = path_of(store, record.number)
    os.close(atomic.make_folder(target.parent))
    with atomic.staged(store.tmp, [envelope.to_json()]) as new:
        protect.keep_private(new.fd)
        if not atomic.link(new.path, target):
            raise Fault(f"{target} is there already", hint="somebody put it there: look into it")
    return record.number


def note(desk: Desk, event: Event) -> int:
    """As ``append``, with what publishing works with."""
    return append(desk.store, event, signer=desk.signer, trust=desk.trust, now=desk.now)


def published(candidate: Candidate, records: Sequence[TagRecord]) -> Event:
    """Give the event of an image that gets its tag, and of the pointers that move with it."""
    certificate, config = candidate.certificate, candidate.config
    moved = ", ".join(f"{one.tag} -> {one.target}" for one in records[1:])
    payloads = [candidate.bundle.certificate.payload, *(one.to_payload() for one in records)]
    return Event(action=Action.PUBLISH, name=config.name, tag=config.tag, digest=candidate.digest,
                 detail=f"{config.platform}, certificate {certificate.serial}; number {records[0].number}, {moved}",
                 records=tuple(map(payload_digest, payloads)))


def granted(record: AccessRecord, name: str | None = None, tag: str | None = None) -> Event:
    """Give the event of an image's new access record."""
    return Event(action=Action.ACCESS, name=name, tag=tag, digest=record.digest,
                 detail=f"number {record.number}: {record.realm}"[:LONGEST], records=(payload_digest(record.to_payload()),))


def renewed(certificate: Certificate, envelope: Envelope) -> Event:
    """Give the event of a new certificate on an image that had one; ``envelope`` is the signed one."""
    return Event(action=Action.RENEW, name=certificate.name, tag=certificate.tag, digest=certificate.digest,
                 detail=f"certificate {certificate.serial} until {write_time(certificate.valid_until)}",
                 records=(payload_digest(envelope.payload),))


def about(event: Event, wanted: Reference) -> bool:
    """Tell whether an event is about what a reference names: an image, a name, or a tag of it."""
    if wanted.digest is not None and event.digest != wanted.digest:
        return False
    return (wanted.name is None or event.name == wanted.name) and (wanted.tag is None or event.tag == wanted.tag)


def payload_digest(payload: bytes) -> str:
    """Give what an Event names a signed record by: the sha256 (hex) of its payload."""
    return hashlib.sha256(payload).hexdigest()


def path_of(store: Store, number: int) -> Path:
    """Give the file of a record."""
    return store.log / f"{number // SHARD:07}" / f"{number:010}.dsse.json"


def numbers(store: Store) -> list[int]:
    """Give the numbers of the records that are there, in order; empty if there is no log. Raises Error."""
    try:
        folders = sorted(one.name for one in store.log.iterdir() if _FOLDER.fullmatch(one.name))
        return sorted(number for folder in folders for number in _numbers(store.log / folder))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise Error(f"{store.log}: {error.strerror}", hint="the log is the store owner's alone") from error


def read(store: Store, trust: Trust | None) -> Iterator[Line]:
    """Read the log from its start, each line with what is wrong with it; signatures are checked if a trust is given."""
    before, expected = FIRST, 1
    for number in numbers(store):
        line = _line(store, number, trust)
        if line.problem is None and line.record is not None and line.record.before != before:
            line = _wrong(line, "it does not follow from the record before it")
        if number != expected:
            line = _wrong(line, f"the records {expected} to {number - 1} are missing before it")
        yield line
        before, expected = line.sha256, number + 1


def _line(store: Store, number: int, trust: Trust | None) -> Line:
    path, data = path_of(store, number), b""
    try:
        data = read_small(path, LARGEST)
        envelope = Envelope.from_json(data)
        record = Record.from_payload(envelope.payload)
        line = Line(number=number, path=path, sha256=_sha256(data), record=record)
        if record.number != number:
            return _wrong(line, f"it was written as number {record.number}")
        signers = () if trust is None else _signers(envelope, record.event.action, trust)
        return Line(number=number, path=path, sha256=line.sha256, record=record, signers=signers)
    except Untrusted as error:
        return _wrong(line, error.message)
    except Fault as error:
        return Line(number=number, path=path, sha256=_sha256(data), problem=error.message)


def _wrong(line: Line, problem: str) -> Line:
    return Line(number=line.number, path=line.path, sha256=line.sha256, record=line.record, problem=problem)


def _signers(envelope: Envelope, action: Action, trust: Trust) -> tuple[str, ...]:
    if envelope.payload_type != PAYLOAD_TYPE:
        raise Untrusted("signed as something other than a record of the log")
    failed: list[Untrusted] = []
    for role in _ROLES[action]:
        try:
            return trust.check(envelope, role, threshold=1)
        except Untrusted as error:
            failed.append(error)
    raise failed[0]


def _last(store: Store) -> tuple[int, bytes] | None:
    """The number and the bytes of the newest record, without reading the others or believing this one."""
    folders = sorted(one.name for one in store.log.iterdir() if _FOLDER.fullmatch(one.name))
    for folder in reversed(folders):
        if there := _numbers(store.log / folder):
            number = max(there)
            return number, read_small(path_of(store, number), LARGEST)
    return None


def _numbers(folder: Path) -> list[int]:
    matches = ((_NAME.fullmatch(one.name), folder.name) for one in folder.iterdir())
    return [int(match[1]) for match, shard in matches if match and int(match[1]) // SHARD == int(shard)]


def _digests(reader: strictjson.Reader) -> Iterator[str]:
    for value in reader.array("records", 1000):
        yield strictjson.Reader({"digest": value}, "log record: records").digest("digest")


def caller() -> str:
    """Give the account that runs this, and for whom, where sudo tells."""
    name = _account(os.getuid())
    behind = os.environ.get("SUDO_UID", "")
    return f"{name} for {_account(int(behind))}" if os.getuid() == 0 and re.fullmatch(r"[0-9]{1,9}", behind) else name


def _account(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
