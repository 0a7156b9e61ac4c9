"""Who a program in the simulated site is."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A user as the site knows them: numeric ids, a name, a home folder."""

    uid: int
    gid: int
    name: str
    home: str


# The tests' user: an id that no image has, so nothing in it can belong to them.
ORDINARY: Final = Identity(uid=61234, gid=61234, name="user", home="/home/user")


def caller() -> Identity:
    """The one who calls: themselves, or for root the ordinary user, as nobody is root at a site."""
    uid = os.getuid()
    if uid == 0:
        return ORDINARY
    try:
        entry = pwd.getpwuid(uid)
        return Identity(uid=uid, gid=os.getgid(), name=entry.pw_name, home=entry.pw_dir)
    except KeyError:
        return Identity(uid=uid, gid=os.getgid(), name=f"u{uid}", home="/")
