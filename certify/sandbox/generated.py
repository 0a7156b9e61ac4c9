"""The files that a runtime writes anew at each start, as it writes them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from certify.sandbox.identity import Identity
    from certify.site import Site

MTAB: Final = ("/etc/mtab", "/proc/mounts")     # a link, not a file

_SWITCH: Final = "".join(f"{one}: files\n" for one in ("passwd", "group")) + "hosts: files dns\nnetworks: files dns\n" + "".join(
    f"{one}: files\n" for one in ("services", "protocols", "rpc", "ethers", "netmasks", "netgroup", "publickey", "bootparams",
                                  "automount", "aliases"))
_HOSTS: Final = "127.0.0.1 localhost\n::1 localhost\n"


def texts(site: Site, identity: Identity, machine: Mapping[str, str], image: str,
          accounts: Mapping[str, str | None]) -> dict[str, tuple[str | None, str]]:
    """Text and reason of each replaced path that is a file; no text where the runtime leaves the image's.

    ``machine`` has the texts of this machine's own files by path, ``accounts`` the image's of those that know the users.
    Of these only the caller is known, by name and groups; what the site's own list of users would add is not simulated.
    """
    config = {"identifier": image, "user": identity.name, "volMap": "", "modules": ""}
    known: dict[str, tuple[str | None, str]] = {
        "/etc/group.orig": (_groups(identity, own=False), "the caller's groups, as they were before the runtime filtered them"),
        "/etc/nsswitch.conf": (_SWITCH, "names are looked up in the files beside it"),
        "/etc/host.conf": ("order bind,hosts\nmulti on\n", "the runtime's own text"),
        "/etc/shadow": ("", "empty: nobody has a password here"),
        "/var/hostsfile": ("localhost\n", "the nodes of the job, here one"),
        "/var/shifterConfig.json": (json.dumps(config, separators=(",", ":")) + "\n", "what the runtime was asked for"),
        **_ACCOUNTS[site.accounts](identity, accounts),
    }
    copied = {path: (text, "copied from this machine") for path, text in machine.items()}
    unknown = {"/etc/hosts": (_HOSTS, "this machine alone: nothing of it is shown")}
    found = {**unknown, **copied, **known}
    empty = ("", "written by the runtime or the site; empty here")
    return {path: found.get(path, empty) for path in site.replaced_files if path != MTAB[0]}


def _caller(identity: Identity, _: Mapping[str, str | None]) -> dict[str, tuple[str | None, str]]:
    """As Shifter."""
    return {"/etc/passwd": (_passwd(identity), "the caller, and nobody else"),
            "/etc/group": (_groups(identity, own=True), "the caller's groups")}


def _few(identity: Identity, _: Mapping[str, str | None]) -> dict[str, tuple[str | None, str]]:
    """As ch-run, which gives a name to those who have none on the machine."""
    nameless = identity.name == f"u{identity.uid}"
    name, real = ("charlie", "Charlie") if nameless else (identity.name, identity.real_name)
    group = identity.memberships[0]
    group_name = "charliegroup" if group.name == f"g{group.gid}" else group.name
    users = f"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n{name}:x:{identity.uid}:{identity.gid}"
    return {"/etc/passwd": (f"{users}:{real}:/:/bin/sh\n", "root, nobody and the caller"),
            "/etc/group": (f"root:x:0:\nnogroup:x:65534:\n{group_name}:x:{group.gid}:\n", "root's, nobody's, the caller's")}


def _added(identity: Identity, image: Mapping[str, str | None]) -> dict[str, tuple[str | None, str]]:
    """As Apptainer, which adds to what the image has, and nothing where the image has no such file."""
    users, groups = image.get("/etc/passwd"), image.get("/etc/group")
    return {"/etc/passwd": (_behind(users, _passwd(identity)), "the image's, with the caller"),
            "/etc/group": (_behind(groups, _groups(identity, own=True)), "the image's, with the caller's groups")}


def _behind(text: str | None, more: str) -> str | None:
    if text is None:
        return None
    return text + more if not text or text.endswith("\n") else f"{text}\n{more}"


_ACCOUNTS: Final = {"caller": _caller, "few": _few, "added": _added}


def _passwd(identity: Identity) -> str:
    return f"{identity.name}:x:{identity.uid}:{identity.gid}::{identity.home}:{identity.shell}\n"


def _groups(identity: Identity, *, own: bool) -> str:
    """Root's group is left out, and a member is named only where the group has the user's name."""
    return "".join(f"{one.name}:x:{one.gid}:{identity.name if own and one.name == identity.name else ''}\n"
                   for one in identity.memberships if one.gid)
