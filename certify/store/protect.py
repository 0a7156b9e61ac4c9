"""Owner, mode and POSIX ACL of what is in a store: for runtimes that open an image as the user."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Final

from builder import process

if TYPE_CHECKING:
    from certify.store.access import Realm

PUBLIC_FILE: Final = 0o444
LISTABLE: Final = 0o755
PASSABLE: Final = 0o711         # a folder for those who know the next name; nobody can list it
_ACL: Final = "system.posix_acl_access"


def protect_file(fd: int, realm: Realm) -> None:
    """Let exactly the realm read the open file; nobody may write it."""
    if realm.public:
        _plain(fd, PUBLIC_FILE)
    else:
        _set_acl(fd, realm, owner="r--", others="r--")


def protect_folder(fd: int, realm: Realm) -> None:
    """Let exactly the realm list the open folder and go through it."""
    if realm.public:
        _plain(fd, LISTABLE)
    else:
        _set_acl(fd, realm, owner="rwx", others="r-x")


def open_passage(fd: int, realm: Realm) -> None:
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
        _set_acl(fd, realm, owner="rwx", others="--x")


def protect_meta(fd: int, realm: Realm) -> None:
    """Protect the open .meta: only the runtime reads that of a private image."""
    if realm.public:
        _plain(fd, PUBLIC_FILE)
    else:
        keep_private(fd)


def keep_private(fd: int) -> None:
    """Only the owner may read the open file: what the runtime reads as root and nobody else needs."""
    _plain(fd, 0o600)


def _plain(fd: int, mode: int) -> None:
    if _has_acl(fd):
        _setfacl(fd, "-b")
    os.fchmod(fd, mode)


def _set_acl(fd: int, realm: Realm, *, owner: str, others: str) -> None:
    # The owning group gets nothing: it is the publisher's, not the image's.
    entries = [f"u::{owner}", "g::---", f"m::{others}", "o::---", *_entries(realm, others)]
    _setfacl(fd, "--set", ",".join(entries))


def _entries(realm: Realm, rights: str) -> list[str]:
    return [
        *(f"u:{one.id}:{rights}" for one in realm.users),
        *(f"g:{one.id}:{rights}" for one in realm.groups),
    ]


def _setfacl(fd: int, *arguments: str) -> None:
    # By descriptor: the very file that was opened, whatever its name means by now.
    process.run(("setfacl", *arguments, f"/proc/self/fd/{fd}"), pass_fds=(fd,))


def _has_acl(fd: int) -> bool:
    try:
        return bool(os.getxattr(fd, _ACL))
    except OSError as error:
        if error.errno in (errno.ENODATA, errno.ENOTSUP):
            return False
        raise
