"""The whole check of a store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from builder.errors import Error
from certify import reference
from certify.files import read_if_there
from certify.store import guards, listing, log, oci, revoked
from certify.store.fsck import chains, history, images, lost, structure, whose
from certify.store.fsck.problem import Asked, Kind, Mend, Problem, shown
from certify.store.reach import reach
from certify.store.rebuild import access_of, index_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from certify.store.layout import Store
    from certify.store.tags import TagRecord
    from certify.trust import Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All findings, and how much was looked at."""

    problems: tuple[Problem, ...]
    names: int
    tags: int

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Those that are no mere notes."""
        return tuple(one for one in self.problems if one.error)


def check(store: Store, trust: Trust | None, *, now: datetime, deep: bool = False, least: int = 0) -> Report:
    """Look at everything in a store; changes nothing and never stops at what it finds.

    Without a trust, signatures, expiry of what is revoked, and the log's signers are not looked at. With ``deep`` every
    blob is hashed and all evidence verified. ``least`` is how many records the log is known to have had.

    Raises Error if the store is not to be listed: this is for its owner.
    """
    asked = Asked(store=store, trust=_believed(store, trust), now=now, deep=deep, halfway=store.interrupted)
    try:
        records, problems = chains.records(asked)
        problems += [*structure.check(asked), *chains.check(asked, records), *images.check(asked, records), *whose.check(asked),
                     *_history(asked, trust, records, least), *_index(asked)]
        problems += _unreached(asked, records, problems)
        gone = {one.about for one in problems if one.kind is Kind.TAG_LOST}
        problems = [one for one in problems if one.kind is not Kind.UNFINISHED or one.about not in gone]
    except OSError as error:
        raise Error(f"{store.root}: {error.filename or ''} {error.strerror}", hint="checking a store is for its owner") from error
    return Report(problems=tuple(dict.fromkeys(problems)), names=len({one.name for one in records}), tags=len(records))


def _history(asked: Asked, trust: Trust | None, records: list[TagRecord], least: int) -> Iterator[Problem]:
    lines = list(log.read(asked.store, trust))
    yield from history.check(asked, records, lines, least)
    yield from lost.check(asked, records, lost.History.of(lines))


def _believed(store: Store, trust: Trust | None) -> Trust | None:
    """The trust without keys that were revoked since. The log was signed when they were not."""
    try:
        return None if trust is None else revoked.believed(store, trust)
    except Error:
        return trust        # that the list is broken is told with the images


def _index(asked: Asked) -> Iterator[Problem]:
    where = shown(asked.store, asked.store.index_json)
    try:
        wanted = index_json(asked.store, asked.trust)
    except (Error, OSError):
        return          # some tag or document is broken, which is told already
    try:
        there = read_if_there(asked.store.index_json, listing.MOST)
        same = there is not None and listing.updated(there, {}) == wanted
        message = "is missing" if there is None else "does not say what the tags of public images say"
    except Error as error:
        same, message = False, error.message
    if not same:
        lags = asked.halfway and there is not None and not _tells_more(asked, there)
        yield Problem(kind=Kind.INDEX, where=where, message=message, mend=Mend.INDEX, error=not lags)
    elif guards.of(asked.store.index_json) != guards.Guard(group=4, others=4):
        yield Problem(kind=Kind.GUARD, where=where, mend=Mend.INDEX, message="must be readable for all, writable for its owner")


def _tells_more(asked: Asked, there: bytes) -> bool:
    """Whether an index.json leads to anything that is not there, or not for everybody."""
    try:
        for one in listing.read(there).values():
            for described in oci.read_index(asked.store, one["digest"].removeprefix("sha256:")).values():
                _, layer, _ = oci.read_manifest(asked.store, described["digest"].removeprefix("sha256:"))
                if not access_of(asked.store, layer, asked.trust).realm.public:
                    return True
    except Error:
        return True
    return False


def _unreached(asked: Asked, records: list[TagRecord], problems: list[Problem]) -> Iterator[Problem]:
    if any(one.kind in (Kind.TAG, Kind.TAG_LOST, Kind.ODD) for one in problems):
        return          # nobody knows what else is led to
    try:
        led = reach(asked.store, asked.trust, asked.now, records).blobs
    except Error:
        return
    there = {path.name for path in (asked.store.root / "blobs" / "sha256").iterdir() if reference.HEX.fullmatch(path.name)}
    if there - led:
        yield Problem(kind=Kind.UNREACHED, where="blobs/sha256", error=False,
                      message=f"{len(there - led)} blobs that nothing leads to: certify store gc")
