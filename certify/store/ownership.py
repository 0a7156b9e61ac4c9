"""Whom a new store belongs to.

Afterwards its folder tells: all in it belongs to the folder's owner, and the folder's group counts if it has the set-group-ID
bit there.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from builder.errors import Error
from certify.store import access

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from certify.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """The numbers of a store's owner and of the group that reads all of it; None is who makes the store, and no group."""

    uid: int | None = None
    gid: int | None = None


def wanted(site: Site) -> Ownership:
    """What a site's profile says. Raises Error for names that this machine does not know."""
    return Ownership(uid=_number(site.store_owner, access.user_number, f"site profile {site.name}: store_owner: no user"),
                     gid=_number(site.store_group, access.group_number, f"site profile {site.name}: store_group: no group"))


def prepare(root: Path, asked: Ownership) -> None:
    """Give the folder of a store that is about to be made to its owner and group; a store that is there stays as it is.

    Raises Error where that needs rights that the caller has not.
    """
    if os.path.lexists(root / "format"):
        return
    if asked.uid not in (None, os.geteuid()) and os.geteuid() != 0:
        raise Error(f"{root}: the site's stores belong to the user {asked.uid}, and only root or that user can make one",
                    hint="make it as that user, or name a site profile without store_owner")
    try:
        root.mkdir(mode=0o755, parents=True, exist_ok=True)
        if any(root.iterdir()) or asked == Ownership():
            return              # Store.create tells what is wrong with it, or takes up what was interrupted
        _give(root, asked)
    except PermissionError as error:
        raise Error(f"{root}: the store cannot be given to the group {asked.gid}: you are not in it",
                    hint="make it as one of that group, or as root") from error
    except OSError as error:
        raise Error(f"{root}: the store cannot be made: {error.strerror}") from error


def _give(root: Path, asked: Ownership) -> None:
    fd = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fchown(fd, -1 if asked.uid is None else asked.uid, -1 if asked.gid is None else asked.gid)
        if asked.gid is not None:
            os.fchmod(fd, 0o755 | stat.S_ISGID)     # after the owner: changing that takes the bit away
    finally:
        os.close(fd)


def _number(named: str | int | None, number: Callable[[str], int | None], unknown: str) -> int | None:
    if named is None or isinstance(named, int):
        return named
    found = number(named)
    if found is None:
        raise Error(f"{unknown} {named!r} on this machine", hint="give the number, or name another profile with --site")
    return found
