"""Revoke images, certificates and keys of a store: a new signed list with the next number; what it hits leaves sight at once."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from builder.errors import Error, Fault
from certify import revocation
from certify import seen as remembered
from certify.revocation import Revoked
from certify.store import log, sight
from certify.store.desk import Desk, put
from certify.store.log import Action, Event
from certify.store.recovery import recover
from certify.trust import REVOCATION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from certify.seen import Seen
    from certify.signing import Signer
    from certify.store.layout import Store
    from certify.trust import Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to change on a list, by images (sha256 in hex), certificates (serial) and keys (id); values are the reasons.

    ``lifted`` are images and certificates that come off it: a revoked key stays revoked for good, for nobody can know what
    was signed with it.
    """

    images: Mapping[str, str] = field(default_factory=dict)
    serials: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    lifted: Mapping[str, str] = field(default_factory=dict)
    expires: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The new list, and the images (sha256 in hex) that left the runtime's sight because of it."""

    listed: Revoked
    hidden: tuple[str, ...]


def revoke(store: Store, change: Change, *, signer: Signer, trust: Trust, now: datetime, seen: Seen | None = None) -> Done:
    """Sign the store's next list, put it in place, and take what it hits out of the runtime's sight.

    Raises Fault if the list that is there is not believed or older than one that was seen, Error if the key may not sign it.
    """
    with _mended(store), store.locked():
        recover(store, trust, now)
        before = _before(store, trust, seen)
        after = _changed(before, change, now)
        if signer.keyid in change.keys:
            raise Fault("a key cannot sign the list that revokes it", hint="sign with another, or take it out of the trust file")
        if signer.keyid in after.keys:
            raise Fault(f"the key was revoked: {after.keys[signer.keyid]}", hint="sign with another")
        desk = Desk(store=store, signer=signer, trust=trust.without(after.keys), now=now)
        content = desk.signed(revocation.PAYLOAD_TYPE, after.to_payload(), REVOCATION)
        log.note(desk, Event(action=Action.REVOKE, detail=_told(change, after)[:2000], digest=_only(change.images),
                             records=(log.payload_digest(after.to_payload()),)))
        with store.changing():
            put(store, store.revoked, content, lambda fd: os.fchmod(fd, 0o444))
            if seen is not None:
                seen.accept(remembered.REVOCATION, after.number, "the list of what was revoked")
                seen.fresh_keys = frozenset(after.keys)
            out = sight.sweep(store, trust, now)        # those, too, whose certificate only a revoked key had signed
        return Done(listed=after, hidden=tuple(one.digest for one in out if one.problem is None))


@contextmanager
def _mended(store: Store) -> Iterator[None]:
    """What the file system refuses is told as a store's trouble."""
    try:
        yield
    except OSError as error:
        raise Error(f"{store.root}: {error.strerror or error}",
                    hint="is the disk full, or the store not yours? do it again when it is mended") from error


def _before(store: Store, trust: Trust, seen: Seen | None) -> Revoked | None:
    known = trust.without(dict.fromkeys(seen.keys, "a list that was seen before says so")) if seen else trust
    before = revocation.read_file(store.revoked, known)
    if seen is not None and before is None:
        seen.absent(remembered.REVOCATION, "the list of what was revoked")
    if seen is not None and before is not None:
        seen.accept(remembered.REVOCATION, before.number, "the list of what was revoked")
    return before


def _changed(before: Revoked | None, change: Change, now: datetime) -> Revoked:
    first = Revoked(number=0, issued=now) if before is None else before
    if missing := [one for one in change.lifted if one not in first.images and one not in first.serials]:
        raise Fault(f"not on the list: {', '.join(missing)}", hint="certify revoke ls shows what is")
    return replace(first, number=first.number + 1, issued=now.replace(microsecond=0), expires=change.expires,
                   images=_without({**first.images, **change.images}, change.lifted),
                   serials=_without({**first.serials, **change.serials}, change.lifted), keys={**first.keys, **change.keys})


def _without(there: Mapping[str, str], gone: Iterable[str]) -> dict[str, str]:
    return {key: reason for key, reason in there.items() if key not in set(gone)}


def _told(change: Change, after: Revoked) -> str:
    told: list[tuple[str, Callable[[str], str], Mapping[str, str]]] = [
        ("image", _short, change.images), ("certificate", str, change.serials), ("key", _short, change.keys),
        ("lifted", _short, change.lifted)]
    parts = [f"{kind} {shown(one)}: {reason}" for kind, shown, reasons in told for one, reason in reasons.items()]
    return f"list number {after.number}; " + ("; ".join(parts) or "signed anew")


def _short(digest: str) -> str:
    return digest[:12]


def _only(images: Mapping[str, str]) -> str | None:
    return next(iter(images)) if len(images) == 1 else None
