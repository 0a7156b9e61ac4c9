"""Whether the store has the folders that it must have, and nothing in them that is not its own."""

from __future__ import annotations

import re
import stat
from collections import Counter
from typing import TYPE_CHECKING, Final

from certify import reference
from certify.bundle import SUFFIX
from certify.store import holds, lists, quarantine
from certify.store.fsck.problem import MOST, Kind, Mend, Problem, shown
from certify.store.layout import FOLDERS, LISTS, LOCK

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator
    from pathlib import Path

    from certify.store.fsck.problem import Asked
    from certify.store.layout import Store

PRIVATE: Final = ("log", "pins", "leases")      # made when they are needed, and their owner's alone
_FILES: Final = ("format", "oci-layout", "index.json", "revoked.dsse.json")
_HEX: Final = reference.HEX.pattern

# Of each folder: the names that may stand in it, and whether they are folders.
_CONTENTS: Final[dict[str, tuple[re.Pattern[str], bool]]] = {
    "blobs/sha256": (re.compile(_HEX), False),
    "images": (re.compile(rf"{_HEX}\.(?:squashfs|meta)"), False),
    "certs": (re.compile(_HEX), True),
    "access": (re.compile(_HEX + re.escape(SUFFIX)), False),
    "tags": (re.compile(rf"(?=.{{1,{reference.MOST_NAME}}}\Z){reference.NAME.pattern}"), True),
    "lists": (lists.FOLDER, True),
    "log": (re.compile(r"[0-9]{7}"), True),
}
_INNER: Final = {"certs": re.compile(r"[a-z0-9-]{1,100}" + re.escape(SUFFIX)), "tags": reference.TAG, "lists": reference.HEX,
                 "log": re.compile(r"[0-9]{10}" + re.escape(SUFFIX))}


def check(asked: Asked) -> Iterator[Problem]:
    """Find folders of the wrong mode, odd names and types, files of other owners, and what died publishers left."""
    store = asked.store
    yield from _folders(store)
    yield from _few(store, store.root, _top(store))
    for name, (pattern, folders) in _CONTENTS.items():
        yield from _few(store, store.root / name, _contents(store, name, pattern, folders=folders))
    yield from _temps(store)
    yield from _quarantine(store)
    yield from _holds(store)


def _folders(store: Store) -> Iterator[Problem]:
    for name, wanted in {**FOLDERS, **dict.fromkeys(PRIVATE, 0o700)}.items():
        path = store.root / name
        try:
            mode = path.lstat().st_mode
        except FileNotFoundError:
            continue                # those that must be there were looked for when the store was opened
        if stat.S_ISDIR(mode) and stat.S_IMODE(mode) != wanted:
            yield Problem(kind=Kind.FOLDER, where=name, mend=Mend.FOLDER, about=name,
                          message=f"has the mode {stat.S_IMODE(mode):04o}, must have {wanted:04o}")


def _top(store: Store) -> Iterator[Problem]:
    known = {*_FILES, *PRIVATE, *(name.partition("/")[0] for name in (*FOLDERS, *LISTS))}
    for path, status in _entries(store.root):
        yield from _owner(store, path, status)
        if path.name not in known:
            yield _odd(store, path, "nothing of a store has this name")
        elif stat.S_ISDIR(status.st_mode) != (path.name not in _FILES) or stat.S_ISLNK(status.st_mode):
            yield _odd(store, path, "is not of the type that it must be")


def _contents(store: Store, name: str, pattern: re.Pattern[str], *, folders: bool) -> Iterator[Problem]:
    for path, status in _entries(store.root / name):
        yield from _owner(store, path, status)
        if not pattern.fullmatch(path.name):
            yield _odd(store, path, "nothing of ours is named like this")
        elif not (stat.S_ISDIR if folders else stat.S_ISREG)(status.st_mode):
            yield _odd(store, path, "is a link, or no folder" if folders else "is a link, or no file")
        elif folders:
            yield from _few(store, path, _inner(store, path, _INNER[name]))


def _inner(store: Store, folder: Path, pattern: re.Pattern[str]) -> Iterator[Problem]:
    for path, status in _entries(folder):
        yield from _owner(store, path, status)
        if not stat.S_ISREG(status.st_mode) or not pattern.fullmatch(path.name):
            yield _odd(store, path, "is no file of ours")


def _temps(store: Store) -> Iterator[Problem]:
    left = [path for path, _ in _entries(store.tmp) if path.name != LOCK]
    left += [path for path, _ in _entries(store.quarantine) if path.name.startswith(quarantine.MAKING)]
    if left:
        yield Problem(kind=Kind.TEMP, where="tmp", error=False, mend=Mend.TEMP,
                      message=f"{len(left)} of publishers that died, or are at work: gc and the next publish sweep them")


def _quarantine(store: Store) -> Iterator[Problem]:
    for path, _ in _entries(store.quarantine):
        if not quarantine.is_item_name(path.name):
            yield _odd(store, path, "nothing of ours is named like this")
    for item in quarantine.items(store):
        if item.problem is not None:
            yield Problem(kind=Kind.QUARANTINE, where=shown(store, item.path), message=f"is never deleted by gc: {item.problem}")


def _holds(store: Store) -> Iterator[Problem]:
    for folder in (store.pins, store.leases):
        for path, _ in _entries(folder):
            if not holds.is_file_name(path.name):
                yield _odd(store, path, "nothing of ours is named like this")
    for hold in holds.read(store):
        if hold.problem is not None:
            yield Problem(kind=Kind.HOLD, where=shown(store, holds.path_of(store, hold)),
                          message=f"keeps its image for ever: {hold.problem}")


def _entries(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """What is in a folder, in order; nothing for one that is not there or is no folder."""
    try:
        paths = sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return
    for path in paths:
        try:
            yield path, path.lstat()
        except FileNotFoundError:
            continue            # a publisher may be at work


def _owner(store: Store, path: Path, status: os.stat_result) -> Iterator[Problem]:
    if status.st_uid not in (0, store.root.lstat().st_uid):
        yield Problem(kind=Kind.OWNER, where=shown(store, path),
                      message=f"belongs to the user {status.st_uid}, who can change it: the store is another's")


def _odd(store: Store, path: Path, message: str) -> Problem:
    return Problem(kind=Kind.ODD, where=shown(store, path), message=message)


def _few(store: Store, folder: Path, found: Iterator[Problem]) -> Iterator[Problem]:
    """Of what is odd in one folder the first ones, and how many more: somebody may have planted a million."""
    counts: Counter[Kind] = Counter()
    for one in found:
        counts[one.kind] += 1
        if one.kind not in (Kind.ODD, Kind.OWNER) or counts[one.kind] <= MOST:
            yield one
    for kind in (Kind.ODD, Kind.OWNER):
        if counts[kind] > MOST:
            yield Problem(kind=kind, where=shown(store, folder), message=f"and {counts[kind] - MOST} more here")
