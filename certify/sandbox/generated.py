"""The files that the runtime writes anew at each start, as it writes them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from certify.sandbox.identity import Identity

MTAB: Final = ("/etc/mtab", "/proc/mounts")     # a link, not a file

_SWITCH: Final = "".join(f"{one}: files\n" for one in ("passwd", "group")) + "hosts: files dns\nnetworks: files dns\n" + "".join(
    f"{one}: files\n" for one in ("services", "protocols", "rpc", "ethers", "netmasks", "netgroup", "publickey", "bootparams",
                                  "automount", "aliases"))
_HOSTS: Final = "127.0.0.1 localhost\n::1 localhost\n"


def texts(paths: Iterable[str], identity: Identity, machine: Mapping[str, str], image: str) -> dict[str, tuple[str, str]]:
    """Text and reason of each of the paths that are files. ``machine`` has the texts of this machine's own files by path.

    Only the caller is known, by name and groups; what the site's own list of users would add is not simulated.
    """
    config = {"identifier": image, "user": identity.name, "volMap": "", "modules": ""}
    known = {
        "/etc/passwd": (_passwd(identity), "the caller, and nobody else"),
        "/etc/group": (_groups(identity, own=True), "the caller's groups"),
        "/etc/group.orig": (_groups(identity, own=False), "the caller's groups, as they were before the runtime filtered them"),
        "/etc/nsswitch.conf": (_SWITCH, "names are looked up in the files beside it"),
        "/etc/host.conf": ("order bind,hosts\nmulti on\n", "the runtime's own text"),
        "/etc/shadow": ("", "empty: nobody has a password here"),
        "/var/hostsfile": ("localhost\n", "the nodes of the job, here one"),
        "/var/shifterConfig.json": (json.dumps(config, separators=(",", ":")) + "\n", "what the runtime was asked for"),
    }
    copied = {path: (text, "copied from this machine") for path, text in machine.items()}
    unknown = {"/etc/hosts": (_HOSTS, "this machine alone: nothing of it is shown")}
    found = {**unknown, **copied, **known}
    return {path: found.get(path, ("", "written by the runtime or the site; empty here")) for path in paths if path != MTAB[0]}


def _passwd(identity: Identity) -> str:
    return f"{identity.name}:x:{identity.uid}:{identity.gid}::{identity.home}:{identity.shell}\n"


def _groups(identity: Identity, *, own: bool) -> str:
    """Root's group is left out, and a member is named only where the group has the user's name."""
    return "".join(f"{one.name}:x:{one.gid}:{identity.name if own and one.name == identity.name else ''}\n"
                   for one in identity.memberships if one.gid)
