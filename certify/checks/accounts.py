"""The accounts of an image, and which of them its base and its packages brought."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.tree import ImageTree

_MASTER: Final = "/usr/share/base-passwd/passwd.master"     # what every Debian starts with
_FIRST_PERSON: Final = 1000             # below are accounts of the system: Debian policy 9.2.2, and login.defs everywhere
_MOST: Final = 64                       # accounts that are looked for in scripts
_SCRIPTS: Final = 4000                  # and scripts that are looked through
_SCRIPT_SIZE: Final = 1 << 16           # bytes
_BASE: Final = {"nobody": 65534, "nfsnobody": 65534, "ubuntu": 1000}      # since Ubuntu 23.04 its image has an account


@dataclass(frozen=True, slots=True)
class Account:
    """A line of /etc/passwd."""

    name: str
    uid: int


def accounts(image: ImageTree, path: str = "/etc/passwd") -> list[Account]:
    """The accounts of a file; lines that are none are passed over."""
    rows = [line.split(":") for line in (image.text(path) or "").splitlines()]
    return [Account(row[0], int(row[2])) for row in rows
            if len(row) > 3 and row[0] and row[2].isascii() and row[2].isdigit() and len(row[2]) < 12]


def added(image: ImageTree) -> list[Account]:
    """The accounts that neither the base nor a package brought.

    Packages make theirs in scripts, or let systemd-sysusers do it. Those of rpm are inside its database, so that accounts of
    the system are taken for a package's where there is no dpkg.
    """
    base = {account.name for account in accounts(image, _MASTER)}
    left = [account for account in accounts(image) if account.uid != 0 and account.name not in base
            and _BASE.get(account.name) != account.uid]
    people = [account for account in left if account.uid >= _FIRST_PERSON]
    system = {account.name: account for account in left if account.uid < _FIRST_PERSON} if base else {}
    if 0 < len(system) <= _MOST:
        for script in _scripts(image):
            for name in [name for name in system if name.encode("utf-8", "surrogateescape") in script]:
                del system[name]
            if not system:
                break
    return [*people, *system.values()]


def _scripts(image: ImageTree) -> Iterator[bytes]:
    """What packages run or say to make accounts."""
    paths = [path for path in image.entries
             if (path.startswith("/var/lib/dpkg/info/") and path.endswith((".postinst", ".preinst", ".config")))
             or (path.startswith("/usr/lib/sysusers.d/") and image.owner(path) is not None)]
    for path in paths[:_SCRIPTS]:
        yield image.head(path, _SCRIPT_SIZE)
