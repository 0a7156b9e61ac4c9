"""What was taken out of a store's sight but not yet deleted: each in a folder of its own, under the path that it had.

``hidden`` are the .meta of images that must not be started any more: without it the runtime refuses them. ``collected``
is what nothing leads to, ``planted`` what fsck found in the place of something of ours.
"""

from __future__ import annotations

import enum
import os
import re
import secrets
import shutil
import stat
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from builder.errors import Fault
from certify import strictjson
from certify.certificate import read_time, write_time
from certify.files import read_small
from certify.store import atomic, log, protect

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from certify.store.layout import Store

RECORD: Final = "record.json"
MAKING: Final = "making-"        # a folder of an import at work; one that stays is swept
_FOLDER: Final = re.compile(r"(hidden|collected|planted)-([0-9a-f]{64}|other)-[0-9a-f]{16}")
_LARGEST: Final = 1 << 16
_LINE: Final = r"[^\n]{0,2000}"


class Kind(enum.StrEnum):
    """Why something is here."""

    HIDDEN = "hidden"
    COLLECTED = "collected"
    PLANTED = "planted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A folder of the quarantine: the image or blob (sha256 in hex, "other" for what has none), why, when, by whom.

    ``problem`` says why its record cannot be read; the other fields are empty then.
    """

    path: Path
    kind: Kind
    digest: str
    why: str = ""
    by: str = ""
    at: datetime | None = None
    problem: str | None = None


def move(store: Store, kind: Kind, digest: str, paths: Sequence[Path], why: str, now: datetime) -> Item:
    """Move files and folders of the store into a new item, in this order; only under the store's lock.

    Those that are not there are left out. An interrupted move leaves some here and some there, each whole.
    """
    making = store.tmp / secrets.token_hex(16)      # swept if it never gets its record
    item = Item(path=store.quarantine / f"{kind}-{digest}-{secrets.token_hex(8)}", kind=kind, digest=digest, why=why[:2000],
                by=log.caller(), at=now)
    os.close(atomic.make_folder(making))
    with atomic.staged(store.tmp, [_dumped(item)]) as new:
        protect.keep_private(new.fd)
        atomic.replace(new.path, making / RECORD)
    for folder in sorted({one for path in paths for one in path.relative_to(store.root).parents}):
        os.close(atomic.make_folder(making / folder))
    making.rename(item.path)
    atomic.sync_folder(store.quarantine)        # before anything moves in: a power cut must not take the folder away
    for path in paths:
        target = item.path / path.relative_to(store.root)
        with suppress(FileNotFoundError):
            path.rename(target)         # of a link the link itself; what it leads to is not touched
            atomic.sync_folder(target.parent)
            atomic.sync_folder(path.parent)
    return item


def items(store: Store, kind: Kind | None = None, digest: str | None = None) -> list[Item]:
    """Read the items (of a kind, of a digest), by name; those without a readable record say so.

    What has an odd name is none.
    """
    names = sorted(one.name for one in store.quarantine.iterdir())
    matches = [(name, match) for name in names if (match := _FOLDER.fullmatch(name))]
    return [_read(store.quarantine / name, Kind(match[1]), match[2]) for name, match in matches
            if kind in (None, match[1]) and digest in (None, match[2])]


def is_item_name(name: str) -> bool:
    """Tell whether an item, or one in the making, may have this name."""
    return name.startswith(MAKING) or _FOLDER.fullmatch(name) is not None


def hide(store: Store, digest: str, why: str, now: datetime) -> bool:
    """Take an image out of the runtime's sight; False if it is out already. Only under the store's lock."""
    meta = store.meta(digest)
    try:
        meta.lstat()
    except FileNotFoundError:
        return False
    move(store, Kind.HIDDEN, digest, [meta], why, now)
    return True


def hidden(store: Store, digest: str) -> Item | None:
    """Give the item of an image that is out of the runtime's sight, None for one that is not, or never was hidden."""
    if _there(store.meta(digest)):
        return None
    return next(iter(items(store, Kind.HIDDEN, digest)), None)


def forget_hidden(store: Store, digest: str) -> None:
    """Delete the .meta files of an image that has a new one; only under the store's lock."""
    for one in items(store, Kind.HIDDEN, digest):
        delete(store, one)


def bring_back(store: Store, item: Item) -> list[Path]:
    """Move what an item holds to where it was, but for what is there again; give the paths. Only under the store's lock.

    Raises Fault for an item that is not from a collection: a .meta comes back by ``restore``, if it may.
    """
    if item.kind is not Kind.COLLECTED:
        raise Fault(f"{item.path.name} was not collected", hint="an image in force comes back by certify renew")
    back = []
    for target in parts(store, item.digest):
        source = item.path / target.relative_to(store.root)
        if _there(source) and not _there(target):
            source.rename(target)
            atomic.sync_folder(target.parent)
            back.append(target)
    delete(store, item)
    return back


def parts(store: Store, digest: str) -> list[Path]:
    """Give all that belongs to a digest, .meta before the squashfs: the runtime finds an image by its squashfs."""
    return [store.blob(digest), store.certs(digest), store.access(digest), store.meta(digest), store.image(digest)]


def delete(store: Store, item: Item) -> None:
    """Delete an item for good; only under the store's lock.

    It leaves the quarantine as a whole: one that lost only its record would stay for ever.
    """
    gone = store.tmp / secrets.token_hex(16)
    item.path.rename(gone)
    atomic.sync_folder(store.tmp)       # before anything in it goes: a power cut must not bring the half of it back
    shutil.rmtree(gone)             # it follows no links


def sweep(store: Store) -> list[Path]:
    """Delete what dead imports left; only under the store's lock."""
    left = [one for one in store.quarantine.iterdir() if one.name.startswith(MAKING)]
    for one in left:
        shutil.rmtree(one)
    return left


def walk(path: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Give a file, or a folder and all below it, without following links; nothing for what is not there."""
    left = [path]
    while left:
        one = left.pop()
        try:
            status = one.lstat()
            if stat.S_ISDIR(status.st_mode):
                left += one.iterdir()
        except FileNotFoundError:
            continue
        yield one, status


def _there(path: Path) -> bool:
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    return True


def _dumped(item: Item) -> bytes:
    return strictjson.dumps({"version": 1, "kind": str(item.kind), "digest": item.digest, "why": item.why.replace("\n", " "),
                             "by": item.by, "at": write_time(item.at) if item.at else ""}) + b"\n"


def _read(path: Path, kind: Kind, digest: str) -> Item:
    try:
        reader = strictjson.Reader(strictjson.loads(read_small(path / RECORD, _LARGEST)), "quarantine record")
        reader.version()
        item = Item(path=path, kind=Kind(reader.text("kind", str(kind))), digest=reader.text("digest", digest),
                    why=reader.text("why", _LINE), by=reader.text("by", _LINE), at=read_time(reader.text("at")))
        reader.done()
    except Fault as error:
        return Item(path=path, kind=kind, digest=digest, problem=error.message)
    return item
