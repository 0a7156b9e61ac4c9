"""Collecting garbage: what neither a tag nor a pin nor a lease leads to goes to quarantine, and is deleted in a later run.

Blobs come to the store before the tag that leads to them, so nothing younger than the grace period is touched; and all
moves are made under the lock that publishers hold. If anything that should lead somewhere cannot be read, nothing is
collected at all.
"""

from __future__ import annotations

import re
import stat
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from builder.errors import Fault
from certify import reference
from certify.bundle import SUFFIX
from certify.store import holds, lists, quarantine
from certify.store.entering import read_access
from certify.store.layout import LOCK
from certify.store.quarantine import Kind
from certify.store.reach import listed, reach
from certify.store.recovery import recover

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from certify.store.layout import Store
    from certify.trust import Trust

GRACE: Final = timedelta(days=7)        # longer than the longest job, and than any publish takes
KEPT: Final = timedelta(days=14)        # in quarantine: a holiday
_BLOCK: Final = 512                     # bytes in which stat counts what a file takes
_IMAGE: Final = re.compile(rf"({reference.HEX.pattern})\.(?:squashfs|meta)")
_ACCESS: Final = re.compile(rf"({reference.HEX.pattern}){re.escape(SUFFIX)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Garbage:
    """A digest (hex) that nothing leads to, with all that belongs to it: bytes on disk, and when it last changed."""

    digest: str
    image: bool
    size: int
    changed: datetime
    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """Something in quarantine whose time is over, and its bytes on disk."""

    item: quarantine.Item
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run does: move, delete, sweep temp files (path and bytes), drop holds whose time is over.

    ``young`` is garbage that the grace period still protects.
    """

    move: tuple[Garbage, ...]
    delete: tuple[Leaving, ...]
    temps: tuple[tuple[Path, int], ...]
    ended: tuple[holds.Hold, ...]
    young: tuple[Garbage, ...]

    @property
    def frees(self) -> int:
        """Bytes on disk that this run frees."""
        return sum(one.size for one in self.delete) + sum(size for _, size in self.temps)

    @property
    def moves(self) -> int:
        """Bytes on disk that go to quarantine, and that a later run frees."""
        return sum(one.size for one in self.move)


def plan(store: Store, trust: Trust, *, now: datetime, grace: timedelta = GRACE, kept: timedelta = KEPT) -> Plan:
    """Tell what a run would do; changes nothing.

    ``grace`` protects what changed in that time, ``kept`` is how long something stays in quarantine. Raises Fault if
    something cannot be read that might lead to an image, Error if the store is not to be listed.
    """
    found = list(_digests(store))       # before the tags: what is published meanwhile is not among them
    led = reach(store, trust, now)
    garbage = [_garbage(store, digest) for digest in found if digest not in led.blobs]
    return Plan(move=tuple(one for one in garbage if now - one.changed >= grace),
                young=tuple(one for one in garbage if now - one.changed < grace),
                delete=tuple(_leaving(store, now, kept)), temps=tuple(_temps(store)),
                ended=tuple(one for one in holds.read(store) if not one.holds(now)))


def collect(store: Store, trust: Trust, *, now: datetime, grace: timedelta = GRACE, kept: timedelta = KEPT) -> Plan:
    """Do it, and give what was done. Raises as ``plan`` does; nothing is touched then.

    All tags are read without the lock that publishers wait for. Whatever is published meanwhile is given its protection
    anew, which changes the time that is compared under the lock.
    """
    before = list(holds.read(store))
    done = plan(store, trust, now=now, grace=grace, kept=kept)
    with store.locked():                # whoever publishes waits: what it stages is not there, or is finished
        temps = tuple(_temps(store))
        recover(store, trust, now)
        if list(holds.read(store)) != before:
            done = plan(store, trust, now=now, grace=grace, kept=kept)
        same = tuple(one for one in done.move if _garbage(store, one.digest) == one)
        done = replace(done, move=same, delete=tuple(_leaving(store, now, kept)), temps=temps)
        with store.changing():
            _do(store, done, now)
        quarantine.sweep(store)
    return done


def _do(store: Store, done: Plan, now: datetime) -> None:
    for one in done.delete:
        quarantine.delete(store, one.item)
    for garbage in sorted(done.move, key=lambda one: not one.image):    # images before the documents that tell of them
        lists.forget(store, garbage.digest)
        quarantine.move(store, Kind.COLLECTED, garbage.digest, garbage.paths, "nothing led to it", now)
    for hold in done.ended:
        holds.drop(store, hold.digest, hold.holder)


def bring_back(store: Store, digest: str) -> list[Path]:
    """Take a digest out of quarantine again; give the paths that came back. Raises Fault if it is not there."""
    with store.locked():
        found = quarantine.items(store, Kind.COLLECTED, digest)
        if not found:
            raise Fault(f"sha256:{digest} is not in quarantine")
        with store.changing():
            back = [path for one in reversed(found) for path in quarantine.bring_back(store, one)]
            with suppress(Fault):       # fsck tells of a record that cannot be read, and lists the image when it is mended
                if (record := read_access(store, digest, None)) is not None:
                    lists.enter(store, digest, record.realm)
            return back


def _digests(store: Store) -> Iterator[str]:
    """Every digest that anything in the store is named by; odd names are for fsck."""
    forms = {"blobs/sha256": reference.HEX, "certs": reference.HEX, "images": _IMAGE, "access": _ACCESS}
    yield from dict.fromkeys(digest for folder, form in forms.items() for digest in _matching(listed(store.root / folder), form))


def _matching(names: Iterable[str], pattern: re.Pattern[str]) -> Iterator[str]:
    return (match[match.re.groups] for name in names if (match := pattern.fullmatch(name)))


def _garbage(store: Store, digest: str) -> Garbage:
    parts = quarantine.parts(store, digest)
    found = [one for part in parts for one in quarantine.walk(part)]
    # ctime: mtime can be set back by whoever owns the file, and a new name or mode counts as well.
    changed = max((max(status.st_ctime, status.st_mtime) for _, status in found), default=0.0)
    size, image = _size(status for _, status in found), any(path == store.image(digest) for path, _ in found)
    return Garbage(digest=digest, image=image, size=size, paths=tuple(reversed(parts)),
                   changed=datetime.fromtimestamp(changed, UTC))


def _leaving(store: Store, now: datetime, kept: timedelta) -> Iterator[Leaving]:
    for item in quarantine.items(store):
        if item.at is None or now - item.at < kept:
            continue            # one without a readable record stays: fsck tells of it
        if item.kind is Kind.HIDDEN and not _over(store, item.digest):
            continue            # its image may come back
        yield Leaving(item=item, size=_size(status for _, status in quarantine.walk(item.path)))


def _over(store: Store, digest: str) -> bool:
    """Whether a hidden .meta is of no use any more: the image is gone, or in sight again."""
    return not store.blob(digest).exists() or store.meta(digest).exists()


def _temps(store: Store) -> Iterator[tuple[Path, int]]:
    for one in sorted(store.tmp.iterdir()):
        if one.name != LOCK:
            yield one, _size(status for _, status in quarantine.walk(one))


def _size(found: Iterable[os.stat_result]) -> int:
    """Bytes on disk that would be free without these files: an inode with a name elsewhere frees nothing."""
    seen: dict[tuple[int, int], list[os.stat_result]] = {}
    for status in found:
        seen.setdefault((status.st_dev, status.st_ino), []).append(status)
    return sum(names[0].st_blocks * _BLOCK for names in seen.values()
               if stat.S_ISDIR(names[0].st_mode) or names[0].st_nlink <= len(names))
