"""Whether the log is whole: nothing changed, nothing left out, and every signed record of the store is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from builder.errors import Error
from certify.bundle import FILE
from certify.dsse import Envelope
from certify.files import read_if_there
from certify.store import log
from certify.store.fsck.problem import MOST, Kind, Problem, shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from certify.store.fsck.problem import Asked
    from certify.store.log import Line
    from certify.store.tags import TagRecord


def check(asked: Asked, records: list[TagRecord], lines: list[Line], least: int) -> Iterator[Problem]:
    """Find broken records of the log, fewer of them than ``least``, and records of the store that the log does not know."""
    if (last := lines[-1].number if lines else 0) < least:
        yield Problem(kind=Kind.LOG_CUT, where="log", message=f"has {last} records, known are {least}: it was cut off")
    wrong = [line for line in lines if line.problem is not None]
    for line in wrong[:MOST]:
        yield Problem(kind=Kind.LOG, where=shown(asked.store, line.path), message=str(line.problem))
    if len(wrong) > MOST:
        yield Problem(kind=Kind.LOG, where="log", message=f"and {len(wrong) - MOST} more records")
    known = {digest for line in lines if line.problem is None and line.record for digest in line.record.event.records}
    cut = [path for path, digest in _standing(asked, records) if digest not in known]
    for path in cut[:MOST]:
        yield Problem(kind=Kind.LOG_CUT, where=shown(asked.store, path),
                      message="is signed, but not in the log: the log was cut off or changed, or it was put here by hand")
    if len(cut) > MOST:
        yield Problem(kind=Kind.LOG_CUT, where="log", message=f"and {len(cut) - MOST} more records of the store")


def _standing(asked: Asked, records: list[TagRecord]) -> Iterator[tuple[Path, str]]:
    """The signed records that are in force now, by the digests of their payloads."""
    store = asked.store
    for record in records:
        yield from _payload(store.tag(record.name, record.tag))
    for digest in sorted({image.digest for record in records for image in record.images.values()}):
        yield from _payload(store.access(digest))
        yield from _payload(store.certs(digest) / FILE)
    yield from _payload(store.revoked)


def _payload(path: Path) -> Iterator[tuple[Path, str]]:
    try:
        data = read_if_there(path)
        if data is not None:
            yield path, log.payload_digest(Envelope.from_json(data).payload)
    except Error:
        return              # what cannot be read is told elsewhere
