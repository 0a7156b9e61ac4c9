"""Owner, mode and POSIX ACL of what is in a store: for runtimes that open an image as the user."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from builder import process
from builder.errors import Error, ToolFailed

if TYPE_CHECKING:
    from certify.store.access import Realm

PUBLIC_FILE: Final = 0o444
LISTABLE: Final = 0o755
PASSABLE: Final = 0o711         # a folder for those who know the next name; nobody can list it
_ACL: Final = "system.posix_acl_access"


def protect_file(fd: int, realm: Realm, group: int | None = None) -> None:
    """Let exactly the realm read the open file; nobody may write it.

    ``group`` is the store's own, which reads private images too: see Store.group.
    """
    if realm.public:
        _plain(fd, PUBLIC_FILE)
    else:
        _set_acl(fd, realm, group, owner="r--", others="r--")


def protect_folder(fd: int, realm: Realm, group: int | None = None) -> None:
    """Let exactly the realm, and the store's group, list the open folder and go through it."""
    if realm.public:
        _plain(fd, LISTABLE)
    else:
        _set_acl(fd, realm, group, owner="rwx", others="r-x")


def open_passage(fd: int, realm: Realm, group: int | None = None) -> None:
    """Let the realm go through the open folder, too, besides those who could already.

    Nobody new may list it.
    """
    mode = os.fstat(fd).st_mode & 0o7777
    if mode & 0o001:
        return                      # everyone may already
    if realm.public:
        _plain(fd, PASSABLE)
    elif _has_acl(fd):
        _setfacl(fd, "-m", ",".join([*_entries(realm, "--x"), "m::--x"]))
    else:
        _set_acl(fd, realm, group, owner="rwx", others="--x")


def set_passage(fd: int, realm: Realm | None, group: int | None = None) -> None:
    """Let exactly the realm, and the store's group, go through the open folder, which nobody but its owner may list.

    A realm of None is nobody but the owner.
    """
    if realm is None:
        _plain(fd, 0o700)
    elif realm.public:
        _plain(fd, PASSABLE)
    else:
        _set_acl(fd, realm, group, owner="rwx", others="--x")


def protect_meta(fd: int, realm: Realm, group: int | None = None) -> None:
    """Protect the open .meta: only the runtime reads that of a private image, as root or by the store's group."""
    if realm.public:
        _plain(fd, PUBLIC_FILE)
    elif group is None:
        keep_private(fd)
    else:
        _give(fd, group)
        _plain(fd, 0o640)


def keep_private(fd: int) -> None:
    """Only the owner may read the open file: what the runtime reads as root and nobody else needs."""
    _plain(fd, 0o600)


def _plain(fd: int, mode: int) -> None:
    if _has_acl(fd):
        _setfacl(fd, "-b")
    os.fchmod(fd, mode)
    os.fsync(fd)                # whoever is told that it is done must find it so after a power cut, too


def _set_acl(fd: int, realm: Realm, group: int | None, *, owner: str, others: str) -> None:
    # A group that is not the store's gets nothing: it is the publisher's, not the image's.
    if group is not None:
        _give(fd, group)
    entries = [f"u::{owner}", f"g::{'---' if group is None else others}", f"m::{others}", "o::---", *_entries(realm, others)]
    _setfacl(fd, "--set", ",".join(entries))
    if not _has_acl(fd):
        raise Error(f"the ACL of a file in {_path(fd)} was set and is not there: its file system drops it",
                    hint="move the store to a file system that keeps POSIX ACLs")


def _give(fd: int, group: int) -> None:
    if os.fstat(fd).st_gid == group:
        return
    try:
        os.fchown(fd, -1, group)
    except PermissionError as error:
        raise Error(f"the files of this store belong to the group {group}, and you cannot give them to it",
                    hint="do it as one of that group, or as root") from error


def _entries(realm: Realm, rights: str) -> list[str]:
    return [
        *(f"u:{one.id}:{rights}" for one in realm.users),
        *(f"g:{one.id}:{rights}" for one in realm.groups),
    ]


def _setfacl(fd: int, *arguments: str) -> None:
    # By descriptor: the very file that was opened, whatever its name means by now.
    try:
        process.run(("setfacl", *arguments, f"/proc/self/fd/{fd}"), pass_fds=(fd,))
    except ToolFailed as error:
        if _keeps_acls(fd):
            raise Error(f"the ACL of a file in {_path(fd)} cannot be set: {error.tail.rpartition(': ')[2] or error.message}",
                        hint="is the disk full? do it again when that is mended") from error
        raise Error(f"the file system of {_path(fd)} keeps no POSIX ACLs, which a private image needs",
                    hint="mount it with them (option acl), or move the store to a file system that has them") from error
    os.fsync(fd)


def _keeps_acls(fd: int) -> bool:
    try:
        os.getxattr(fd, _ACL)
    except OSError as error:
        return error.errno != errno.ENOTSUP
    return True


def _path(fd: int) -> str:
    """The folder of an open file, for people: files that are being written have names that say nothing."""
    return str(Path(f"/proc/self/fd/{fd}").readlink().parent)


def _has_acl(fd: int) -> bool:
    try:
        return bool(os.getxattr(fd, _ACL))
    except OSError as error:
        if error.errno in (errno.ENODATA, errno.ENOTSUP):
            return False
        raise
