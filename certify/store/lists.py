"""Which images each user may use, in folders that only they can list: for ``ls`` finds images in no other way.

``lists/public`` is everybody's; ``lists/u<uid>`` and ``lists/g<gid>`` are that user's or that group's. In each stands an
empty file for every image, named by its digest; private ones stand in that of the store's group, too. These are hints that
nobody signed: whatever they lead to is proven by its access record and its certificate. One that is missing hides an image
from ``ls`` alone, one too many tells a digest that opens nothing.
"""

from __future__ import annotations

import os
import re
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from builder.errors import Error, Fault
from certify import reference
from certify.store import guards, protect
from certify.store.access import HIGHEST, Principal, Realm
from certify.store.atomic import belong, make_folder, open_folder, sync_folder
from certify.store.layout import PUBLIC

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from certify.store.guards import Guard
    from certify.store.layout import Store

FOLDER: Final = re.compile(rf"{PUBLIC}|([ug])([1-9][0-9]{{0,9}})")
_HINT: Final = "its owner makes them with certify store fsck --repair"


def readable(store: Store) -> list[str]:
    """Give the digests (hex), sorted, of the images that the calling user is told of; of all for who may list certs/, its owner.

    Raises Error for a store without lists, or that cannot be read at all.
    """
    try:
        return sorted(_digests(store.root / "certs"))
    except PermissionError:
        pass
    except OSError as error:
        raise Error(f"{store.root}: {error.strerror}") from error
    if not os.path.lexists(store.lists):
        raise Error(f"{store.root} has no lists of what is whose", hint=_HINT)
    mine = [PUBLIC, f"u{os.geteuid()}", *(f"g{one}" for one in sorted({os.getegid(), *os.getgroups()}))]
    found: set[str] = set()
    for name in mine:
        with suppress(FileNotFoundError, PermissionError):      # there is none, or not for them
            found.update(_digests(store.lists / name))
    return sorted(found)


def expected(store: Store, realm: Realm | None) -> frozenset[str]:
    """Give the names of the folders in which an image for a realm must stand; a realm of None is nobody but the owner."""
    if realm is None:
        return frozenset()
    if realm.public:
        return frozenset({PUBLIC})
    # The group 0 is named by no access record, so it has no folder: root lists certs/.
    group = {store.group} if store.group else set()
    return frozenset({*(f"u{one}" for one in realm.uids), *(f"g{one}" for one in realm.gids | group)})


def standing(store: Store) -> dict[str, frozenset[str]]:
    """Give the digests that stand anywhere, with the names of their folders. Only for the owner; raises Fault, OSError."""
    found: dict[str, set[str]] = {}
    for name in folders(store):
        for digest in _digests(store.lists / name):
            found.setdefault(digest, set()).add(name)
    return {digest: frozenset(names) for digest, names in found.items()}


def folders(store: Store) -> list[str]:
    """Give the names of the folders that are there, sorted. Raises Fault if one of them is a link or no folder."""
    if not os.path.lexists(store.lists):
        return []
    found = sorted(name for name in _names(store.lists) if (match := FOLDER.fullmatch(name)) and int(match[2] or 1) <= HIGHEST)
    for name in found:
        if not stat.S_ISDIR((store.lists / name).lstat().st_mode):
            raise Fault(f"{store.lists / name} is a link or no folder", hint="somebody put it there: look into it")
    return found


def enter(store: Store, digest: str, realm: Realm | None) -> None:
    """Let an image stand in the lists of exactly those whom a realm names; only under the store's lock. Raises Fault, Error.

    It leaves those of all others first.
    """
    wanted = expected(store, realm)
    there = {name for name in folders(store) if os.path.lexists(store.entry(name, digest))}
    for name in sorted(there - wanted):
        _remove(store, name, digest)
    for name in sorted(wanted - there):
        _add(store, name, digest)


def forget(store: Store, digest: str) -> None:
    """Take an image, or any other digest, out of all lists; only under the store's lock."""
    enter(store, digest, None)


def differing(store: Store, realms: Mapping[str, Realm]) -> Iterator[tuple[str, frozenset[str], frozenset[str]]]:
    """Give the digests that stand elsewhere than they must: where they do, and where they must by these realms of images.

    One of which no realm is known stands nowhere; but if it has an access record, nobody knows, and it is left out.
    Raises Fault, OSError.
    """
    there = standing(store)
    for digest in sorted({*there, *realms}):
        found, wanted = there.get(digest, frozenset()), expected(store, realms.get(digest))
        if found != wanted and (digest in realms or not os.path.lexists(store.access(digest))):
            yield digest, found, wanted


def settle(store: Store, realms: Mapping[str, Realm]) -> None:
    """Make the lists what they must be: the folders, who may list them, and the entries of all images.

    Only under the store's lock. Raises Fault, Error.
    """
    for name in ("", PUBLIC):
        os.close(_made(store, name))
    for name in folders(store):
        os.close(_made(store, name))
    for digest, _, _ in differing(store, realms):
        enter(store, digest, realms.get(digest))


def guard(store: Store, name: str) -> Guard:
    """Give the guard that one of the folders must have."""
    realm = _realm(name)
    return guards.Guard(group=1, others=1) if realm is None else guards.of_folder(realm, store.group)


def _realm(name: str) -> Realm | None:
    """Whose the folder of a name is; None for the one above all of them."""
    match = FOLDER.fullmatch(name)
    if match is None:
        return None
    if match[1] is None:
        return Realm(public=True)
    one = (Principal(id=int(match[2])),)
    return Realm(users=one) if match[1] == "u" else Realm(groups=one)


def _made(store: Store, name: str) -> int:
    """Open one of the folders, which is made if it is missing, with the guard that it must have; the caller closes it."""
    path = store.lists / name
    fd = make_folder(path)
    realm = _realm(name)
    if guards.of(path) != guard(store, name):
        if realm is None:
            protect.set_passage(fd, Realm(public=True))
        else:
            protect.protect_folder(fd, realm, store.group)
    return fd


def _add(store: Store, name: str, digest: str) -> None:
    if not os.path.lexists(store.lists):
        os.close(_made(store, ""))
    path = store.entry(name, digest)
    folder = _made(store, name)
    try:
        # Its name is all that it says, so its folder guards it.
        fd = os.open(digest, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=folder)
        belong(fd, path.parent)
        os.fchmod(fd, protect.PUBLIC_FILE)
        os.fsync(fd)
        os.close(fd)
        os.fsync(folder)
    finally:
        os.close(folder)


def _remove(store: Store, name: str, digest: str) -> None:
    path = store.entry(name, digest)
    path.unlink(missing_ok=True)
    sync_folder(path.parent)
    if name != PUBLIC and not os.listdir(path.parent):      # noqa: PTH208  # one that is empty would tell that they had something
        path.parent.rmdir()
        sync_folder(store.lists)


def _digests(folder: Path) -> list[str]:
    return [name for name in _names(folder) if reference.HEX.fullmatch(name)]


def _names(folder: Path) -> list[str]:
    """The names in a folder, which must be no link. Raises OSError, Fault."""
    try:
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except NotADirectoryError:
        os.close(open_folder(folder))       # which says what it is instead
        raise
    try:
        return os.listdir(fd)       # noqa: PTH208  (of the very folder that was opened)
    finally:
        os.close(fd)
