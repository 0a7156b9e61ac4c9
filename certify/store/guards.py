"""Who may do what with a file, as the kernel sees it: mode and POSIX ACL, read back to be compared with the access record."""

from __future__ import annotations

import errno
import os
import stat
import struct
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from certify.store import protect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from certify.store.access import Realm

_ACL: Final = "system.posix_acl_access"
# Kinds of entries, include/uapi/linux/posix_acl.h; each entry is kind, permission and id, behind a version.
_USER_OBJ, _USER, _GROUP_OBJ, _GROUP, _MASK, _OTHER = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
_ENTRY: Final = struct.Struct("<HHI")
_VERSION: Final = struct.Struct("<I")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """What others than the owner may do, as bits rwx: the owning group, all others, and users and groups by number.

    ``owning`` is the number of the owning group, where it may do more than all others.
    """

    group: int
    others: int
    users: tuple[tuple[int, int], ...] = ()
    groups: tuple[tuple[int, int], ...] = ()
    owning: int | None = None

    def within(self, other: Guard) -> bool:
        """Tell whether this lets nobody do what the other does not: whoever is not named there is as all others are."""
        named = [(self.users, dict(other.users)), (self.groups, dict(other.groups))]
        own = other.group if self.owning in (None, other.owning) else 0
        return not (self.others & ~other.others or self.group & ~(own | other.others) or any(
            bits & ~(allowed.get(number, 0) | other.others) for mine, allowed in named for number, bits in mine))

    def __str__(self) -> str:
        named = [f"{kind} {number}:{_letters(bits)}" for kind, one in (("user", self.users), ("group", self.groups))
                 for number, bits in one]
        owning = f"owning group{'' if self.owning is None else f' {self.owning}'}"
        return ", ".join([*named, f"{owning}:{_letters(self.group)}", f"others:{_letters(self.others)}"])


def of(path: Path) -> Guard:
    """Read the guard of a file or folder, which must be no link. Raises OSError."""
    status = path.lstat()
    mode = status.st_mode
    if stat.S_ISLNK(mode):
        raise OSError(errno.ELOOP, "is a link", str(path))
    try:
        return _owned(_from_acl(os.getxattr(path, _ACL, follow_symlinks=False)), status.st_gid)
    except OSError as error:
        if error.errno not in (errno.ENODATA, errno.ENOTSUP):
            raise
    return _owned(Guard(group=mode >> 3 & 7, others=mode & 7), status.st_gid)


def of_file(realm: Realm, group: int | None = None) -> Guard:
    """Give the guard that a file for a realm must have; ``group`` is the store's, see Store.group."""
    return _for(realm, 4, protect.PUBLIC_FILE, group)


def of_folder(realm: Realm, group: int | None = None) -> Guard:
    """Give the guard that a folder for a realm must have."""
    return _for(realm, 5, protect.LISTABLE, group)


def of_meta(realm: Realm, group: int | None = None) -> Guard:
    """Give the guard that a .meta for a realm must have: only the runtime reads that of a private image."""
    if realm.public:
        return of_file(realm)
    return Guard(group=0, others=0) if group is None else Guard(group=4, others=0, owning=group)


def _owned(guard: Guard, group: int) -> Guard:
    return replace(guard, owning=group) if guard.group & ~guard.others else guard


def _for(realm: Realm, bits: int, public: int, group: int | None) -> Guard:
    if realm.public:
        return Guard(group=public >> 3 & 7, others=public & 7)
    return Guard(group=0 if group is None else bits, others=0, owning=group, users=tuple((one.id, bits) for one in realm.users),
                 groups=tuple((one.id, bits) for one in realm.groups))


def _from_acl(data: bytes) -> Guard:
    entries = list(_entries(data))
    mask = next((bits for kind, bits, _ in entries if kind == _MASK), 7)
    one = {kind: bits for kind, bits, _ in entries}
    named = {kind: tuple(sorted((number, bits & mask) for each, bits, number in entries if each == kind))
             for kind in (_USER, _GROUP)}
    return Guard(group=one.get(_GROUP_OBJ, 0) & mask, others=one.get(_OTHER, 0), users=named[_USER], groups=named[_GROUP])


def _entries(data: bytes) -> Iterator[tuple[int, int, int]]:
    body = data[_VERSION.size:]
    return _ENTRY.iter_unpack(body[:len(body) - len(body) % _ENTRY.size])


def _letters(bits: int) -> str:
    return "".join(letter if bits & bit else "-" for letter, bit in (("r", 4), ("w", 2), ("x", 1)))
