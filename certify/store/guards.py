"""Who may do what with a file, as the kernel sees it: mode and POSIX ACL, read back to be compared with the access record."""

from __future__ import annotations

import errno
import os
import stat
import struct
from dataclasses import dataclass
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
    """What others than the owner may do, as bits rwx: the owning group, all others, and users and groups by number."""

    group: int
    others: int
    users: tuple[tuple[int, int], ...] = ()
    groups: tuple[tuple[int, int], ...] = ()

    def __str__(self) -> str:
        named = [f"{kind} {number}:{_letters(bits)}" for kind, one in (("user", self.users), ("group", self.groups))
                 for number, bits in one]
        return ", ".join([*named, f"owning group:{_letters(self.group)}", f"others:{_letters(self.others)}"])


def of(path: Path) -> Guard:
    """Read the guard of a file or folder, which must be no link. Raises OSError."""
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        raise OSError(errno.ELOOP, "is a link", str(path))
    try:
        return _from_acl(os.getxattr(path, _ACL, follow_symlinks=False))
    except OSError as error:
        if error.errno not in (errno.ENODATA, errno.ENOTSUP):
            raise
    return Guard(group=mode >> 3 & 7, others=mode & 7)


def of_file(realm: Realm) -> Guard:
    """Give the guard that a file for a realm must have."""
    return _for(realm, 4, protect.PUBLIC_FILE)


def of_folder(realm: Realm) -> Guard:
    """Give the guard that a folder for a realm must have."""
    return _for(realm, 5, protect.LISTABLE)


def of_meta(realm: Realm) -> Guard:
    """Give the guard that a .meta for a realm must have: only the runtime reads that of a private image."""
    return of_file(realm) if realm.public else Guard(group=0, others=0)


def _for(realm: Realm, bits: int, public: int) -> Guard:
    if realm.public:
        return Guard(group=public >> 3 & 7, others=public & 7)
    return Guard(group=0, others=0, users=tuple((one.id, bits) for one in realm.users),
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
