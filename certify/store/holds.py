"""What keeps an image although no tag leads to it: pins, which people set, and leases, which jobs take.

They are not signed. Whoever could forge one can write to the store, and gains nothing but that bytes are kept longer;
whoever could remove one could remove the bytes as well. A file that cannot be read holds all the same.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from builder.errors import Error, Fault
from certify import strictjson
from certify.certificate import read_time, write_time
from certify.files import Unreadable, read_small
from certify.store import atomic, log, protect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from certify.store.layout import Store

LARGEST: Final = 1 << 16        # bytes of such a file
HOLDER: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_FILE: Final = re.compile(r"([0-9a-f]{64})(?:~([A-Za-z0-9_][A-Za-z0-9._-]{0,99}))?\.json")
_REASON: Final = r"[^\n]{0,1000}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A pin, or the lease of the job named by ``holder``, on an image (sha256 in hex).

    ``until`` None means without an end. ``problem`` says why its file cannot be read; it holds without an end then.
    """

    digest: str
    holder: str | None = None
    until: datetime | None = None
    reason: str = ""
    by: str = ""
    at: datetime | None = None
    problem: str | None = None

    def holds(self, now: datetime) -> bool:
        """Tell whether it is in force."""
        return self.until is None or now < self.until

    def __str__(self) -> str:
        what = f"lease of {self.holder}" if self.holder else "pin"
        end = f" until {write_time(self.until)}" if self.until else ""
        return what + end + (f" by {self.by}" if self.by else "") + (f": {self.reason}" if self.reason else "")


def pin(store: Store, digest: str, *, now: datetime, until: datetime | None = None, reason: str = "") -> Hold:
    """Keep an image, in the place of a pin that it has; only under the store's lock. Raises Fault."""
    return _put(store, Hold(digest=digest, until=until, reason=reason, by=log.caller(), at=now))


def lease(store: Store, digest: str, holder: str, *, now: datetime, until: datetime) -> Hold:
    """Keep an image for a job until it is released or its time is over; only under the store's lock. Raises Fault."""
    if not HOLDER.fullmatch(holder):
        raise Fault(f"not a name of a job: {holder[:120]!r}", hint="letters, digits, and . _ - between them")
    return _put(store, Hold(digest=digest, holder=holder, until=until, by=log.caller(), at=now))


def drop(store: Store, digest: str, holder: str | None = None) -> bool:
    """Remove a pin, or the lease of a job; False if there is none."""
    path = path_of(store, Hold(digest=digest, holder=holder))
    atomic.refuse_odd(path)
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    atomic.sync_folder(path.parent)
    return True


def read(store: Store) -> Iterator[Hold]:
    """Read all pins and leases, in force or not. What has an odd name is none, and fsck tells of it."""
    for folder in (store.pins, store.leases):
        try:
            names = sorted(one.name for one in folder.iterdir())
        except FileNotFoundError:
            continue
        except OSError as error:
            raise Error(f"{folder}: {error.strerror}", hint="pins and leases are the store owner's alone") from error
        for name in names:
            match = _FILE.fullmatch(name)
            if match is not None and bool(match[2]) == (folder == store.leases):
                yield _read(folder / name, match[1], match[2])


def path_of(store: Store, hold: Hold) -> Path:
    """Give the file of a pin or a lease."""
    store.blob(hold.digest)         # refuses what is no digest
    return store.leases / f"{hold.digest}~{hold.holder}.json" if hold.holder else store.pins / f"{hold.digest}.json"


def is_file_name(name: str) -> bool:
    """Tell whether a pin or a lease may have this name."""
    return _FILE.fullmatch(name) is not None


def _put(store: Store, hold: Hold) -> Hold:
    if not re.fullmatch(_REASON, hold.reason):
        raise Fault("a reason is one line of at most 1000 characters")
    path = path_of(store, hold)
    os.close(atomic.make_folder(path.parent))
    with atomic.staged(store.tmp, [_dumped(hold)]) as new:
        protect.keep_private(new.fd)
        atomic.replace(new.path, path)
    return hold


def _dumped(hold: Hold) -> bytes:
    return strictjson.dumps({
        "version": 1, "digest": f"sha256:{hold.digest}", "holder": hold.holder or "", "reason": hold.reason, "by": hold.by,
        "at": write_time(hold.at) if hold.at else "", "until": write_time(hold.until) if hold.until else ""}) + b"\n"


def _read(path: Path, digest: str, holder: str | None) -> Hold:
    try:
        reader = strictjson.Reader(strictjson.loads(read_small(path, LARGEST)), "hold")
        reader.version()
        until = reader.text("until")
        hold = Hold(digest=reader.digest("digest"), holder=reader.text("holder") or None, reason=reader.text("reason", _REASON),
                    by=reader.text("by", _REASON), at=read_time(reader.text("at")), until=read_time(until) if until else None)
        reader.done()
        if (hold.digest, hold.holder) != (digest, holder):
            return Hold(digest=digest, holder=holder, problem="it was made for another image or job")
    except Unreadable as error:
        return Hold(digest=digest, holder=holder, problem=error.message)
    except Fault as error:
        return Hold(digest=digest, holder=holder, problem=error.message)
    return hold
