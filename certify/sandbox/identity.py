"""Who a program in the simulated site is."""

from __future__ import annotations

import grp
import os
import pwd
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_PERSONAL: Final = ("HOME", "USER", "LOGNAME", "SHELL", "MAIL")     # what says of an environment whose it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group by its number and name."""

    gid: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A user as the site knows them: numeric ids, a name, a home folder, a login shell, further groups."""

    uid: int
    gid: int
    name: str
    home: str
    shell: str = "/bin/sh"
    real_name: str = ""
    group: str = ""                     # the name of gid; the user's own where there is none
    groups: tuple[Group, ...] = ()      # without that of gid

    @classmethod
    def from_plain(cls, values: Mapping[str, Any]) -> Identity:
        """An identity from plain data, as ``dataclasses.asdict`` gives it."""
        return cls(**{**values, "groups": tuple(Group(**one) for one in values.get("groups", ()))})

    @property
    def memberships(self) -> tuple[Group, ...]:
        """All groups, the primary one first."""
        return Group(gid=self.gid, name=self.group or self.name), *self.groups

    @property
    def variables(self) -> dict[str, str]:
        """What a login gives to everybody."""
        return {"HOME": self.home, "USER": self.name, "LOGNAME": self.name}


# The tests' user: an id that no image has, so nothing in it can belong to them.
ORDINARY: Final = Identity(uid=61234, gid=61234, name="user", home="/home/user")


def caller() -> Identity:
    """The one who calls: themselves, or for root the ordinary user, as nobody is root at a site."""
    uid, gid = os.getuid(), os.getgid()
    if uid == 0:
        return ORDINARY
    groups = tuple(Group(gid=one, name=_group(one)) for one in sorted({*os.getgroups()} - {gid, 0}))
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return Identity(uid=uid, gid=gid, name=f"u{uid}", home="/", group=_group(gid), groups=groups)
    return Identity(uid=uid, gid=gid, name=entry.pw_name, home=entry.pw_dir, shell=entry.pw_shell or "/bin/sh",
                    real_name=entry.pw_gecos, group=_group(gid), groups=groups)


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment as the runtime gets it: root's own name and home are not the ordinary user's."""
    personal = _PERSONAL if os.getuid() == 0 else ()
    return {name: value for name, value in variables.items() if name not in personal}


def _group(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return f"g{gid}"
