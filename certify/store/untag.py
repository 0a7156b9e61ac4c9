"""Taking a tag away: what nothing else leads to is garbage from then on, and collected after its grace period."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from builder.errors import Error, Fault
from certify import reference
from certify.files import open_regular
from certify.store import atomic, granting, listing, log, rights, tags
from certify.store.log import Action, Event
from certify.store.recovery import recover

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from certify.signing import Signer
    from certify.store.layout import Store
    from certify.store.tags import TagRecord
    from certify.trust import Trust


def untag(store: Store, name: str, tag: str, *, signer: Signer, trust: Trust, now: datetime) -> list[str]:
    """Remove an immutable tag and the pointer of its version that leads to it; give the tags that went.

    ``latest`` goes only with the last tag of a name: that its number only grows is what readers rely on. The log tells of
    it first. Raises Fault for a tag that is not there or must stay, Error if the key may not sign or the store not be
    written.
    """
    with store.locked():
        recover(store, trust, now)
        records = tags.read_all(store, name, trust)
        gone = _gone(records, name, tag)
        digests = sorted(one.digest for one in records[tag].images.values())
        detail = f"{', '.join(gone)} of {', '.join(f'sha256:{one[:12]}' for one in digests)}"
        event = Event(action=Action.UNTAG, name=name, tag=tag, digest=digests[0] if len(digests) == 1 else None, detail=detail)
        try:
            log.append(store, event, signer=signer, trust=trust, now=now)
            with store.changing():
                _remove(store, name, gone, digests, last=set(gone) == set(records))
                left = {one: record for one, record in records.items() if one not in gone}
                if left:        # who might use only what is gone has no business with the rest
                    rights.passage(store, name, left.values(), granting.now_admitted(store, left, trust))
        except OSError as error:
            raise Error(f"{store.root}: {error.strerror or error}", hint="untag it again when that is mended") from error
    return gone


def _remove(store: Store, name: str, gone: Iterable[str], digests: Iterable[str], *, last: bool) -> None:
    listing.update(store, dict.fromkeys(f"{name}:{one}" for one in gone))
    for digest in digests:
        _changed_now(store, digest)
    for one in gone:
        store.tag(name, one).unlink(missing_ok=True)
        atomic.sync_folder(store.tags(name))
    if last:
        store.tags(name).rmdir()
        atomic.sync_folder(store.tags(name).parent)


def _gone(records: Mapping[str, TagRecord], name: str, tag: str) -> list[str]:
    """The tags that go, pointers first: one that leads nowhere never stays behind."""
    record = records.get(tag)
    if record is None:
        raise Fault(f"{name}:{tag}: no such tag", hint="certify store ls shows what is there")
    if record.target != tag:
        raise Fault(f"{name}:{tag} is a pointer to {record.target}", hint=f"certify store untag {name}:{record.target}")
    others = [one for one in records.values() if one.tag == one.target and one.tag != tag]
    pointers = [one.tag for one in records.values() if one.target == tag and one.tag != tag]
    if reference.LATEST in pointers and others:
        raise Fault(f"{name}:{tag} is the latest of {name}", hint="publish a newer one first, or untag the others")
    return [*pointers, tag]


def _changed_now(store: Store, digest: str) -> None:
    """Its time as garbage begins today, not when it was published: the same mode again gives it a new change time."""
    try:
        fd = open_regular(store.blob(digest))
    except Fault:
        return
    try:
        os.fchmod(fd, stat.S_IMODE(os.fstat(fd).st_mode))
    finally:
        os.close(fd)
