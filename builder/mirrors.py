"""Where the packages of a distribution come from: its archive's addresses, and the mirrors that stand for them.

What is asked for depends on the recipe (a snapshot, a mirror), else on the site, else on this machine's own apt. What
an image says in its sources.list never does: there stand the public addresses of the distribution.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from builder import process
from builder.errors import Error, Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from builder.outside import Outside
    from builder.recipe.model import ArchiveBase

MIRROR: Final = "http://deb.debian.org/debian"
SECURITY_MIRROR: Final = "http://deb.debian.org/debian-security"
_PORTS: Final = "http://ports.ubuntu.com/ubuntu-ports"      # every Ubuntu that is not for a PC
_UBUNTU: Final = {"ubuntu": "http://archive.ubuntu.com/ubuntu", "ubuntu-security": "http://security.ubuntu.com/ubuntu"}
_DEBIAN: Final = {"debian": MIRROR, "debian-security": SECURITY_MIRROR}
_SNAPSHOTS: Final = {"debian": "http://snapshot.debian.org/archive/debian",
                     "debian-security": "http://snapshot.debian.org/archive/debian-security",
                     "ubuntu": "https://snapshot.ubuntu.com/ubuntu", "ubuntu-security": "https://snapshot.ubuntu.com/ubuntu"}
_COMPONENTS: Final = {"debian": "main", "ubuntu": "main universe"}
# The addresses stand in a file of apt, one a line: nothing of a recipe may begin another word or line there.
_SUITE: Final = re.compile(r"[a-z][a-z0-9-]*")
_MOMENT: Final = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_ADDRESS: Final = re.compile(r"https?://[^\s\[\]@]+")
_KEYRINGS: Final = Path("/usr/share/keyrings")
_KEYRING_PACKAGES: Final = {"debian": ("debian-archive-keyring", ""),
                            "ubuntu": ("ubuntu-keyring", "  (Debian 12 lacks it: that of Debian 13 works there too)")}


def image_sources(archive: ArchiveBase) -> list[str]:
    """The lines of /etc/apt/sources.list in an image of that base: the distribution's own, public addresses."""
    _refuse_odd(archive)
    addresses = {name: _snapshot(archive, name) or _public(name) for name in _archives(archive)}
    return _lines(archive, addresses, ("check-valid-until=no",) if archive.snapshot else ())


def sources(archive: ArchiveBase, outside: Outside) -> list[str]:
    """The lines of the sources.list that packages are fetched by; the archive's signature is checked whatever they say."""
    _refuse_odd(archive)
    machine = {} if archive.snapshot else machine_mirrors()
    addresses = {name: _address(archive, name, outside, machine) for name in _archives(archive)}
    options = ("check-valid-until=no",) if archive.snapshot else ()     # the index of a moment has long expired
    return _lines(archive, addresses, (*options, f"signed-by={keyring(archive.distribution)}"))


def machine_mirrors() -> dict[str, str]:
    """The mirrors that this machine's own apt is set up with, by archive (``debian``, ``debian-security``, ``ubuntu``...)."""
    form = "$(IDENTIFIER) $(COMPONENT) $(RELEASE) $(REPO_URI)"
    listed = process.run(("apt-get", "indextargets", "--format", form), env=dict(process.CLEAN), check=False).stdout
    found: dict[str, str] = {}
    for line in listed.splitlines():
        identifier, component, release, address = [*line.split(), "", "", "", ""][:4]
        match = re.fullmatch(r"\S+/(debian|ubuntu)(?:-security|-ports)?/?", address)
        if match and identifier == "Packages" and component == "main":
            found.setdefault(match[1] + ("-security" if release.endswith("-security") else ""), address.rstrip("/"))
    return found


def keyring(distribution: str) -> Path:
    """The file with the keys of a distribution's archive."""
    return _KEYRINGS / f"{distribution}-archive-keyring.gpg"


def need_keyring(distribution: str) -> None:
    """Raise Error where the keys of a distribution's archive are not installed."""
    path = keyring(distribution)
    if not path.exists():
        package, more = _KEYRING_PACKAGES[distribution]
        raise Error(f"{path} is missing: nothing from the archive of {distribution.capitalize()} can be believed without it",
                    hint=f"install it with: apt-get install {package}{more}")


def _address(archive: ArchiveBase, name: str, outside: Outside, machine: Mapping[str, str]) -> str:
    """The first that is named: by the recipe, by the site, by this machine. A mirror of Ubuntu has all of it."""
    if archive.snapshot:
        service = outside.mirrors.get(f"{archive.distribution}-snapshot")
        return f"{service.rstrip('/')}/{name}/{archive.snapshot}" if service else str(_snapshot(archive, name))
    whole = archive.distribution == "ubuntu"
    named = archive.mirror if whole or name == archive.distribution else None
    site = outside.mirrors.get(name) or (outside.mirrors.get(archive.distribution) if whole else None)
    return (named or site or machine.get(name) or _public(name)).rstrip("/")


def _snapshot(archive: ArchiveBase, name: str) -> str | None:
    return f"{_SNAPSHOTS[name]}/{archive.snapshot}" if archive.snapshot else None


def _public(name: str) -> str:
    if name in _UBUNTU and os.uname().machine not in ("x86_64", "i686"):
        return _PORTS
    return _UBUNTU.get(name) or _DEBIAN[name]


def _archives(archive: ArchiveBase) -> tuple[str, ...]:
    return tuple(_UBUNTU if archive.distribution == "ubuntu" else _DEBIAN)


def _lines(archive: ArchiveBase, addresses: Mapping[str, str], options: tuple[str, ...]) -> list[str]:
    """The suite, its updates, and its security fixes: without the last two a tree is not what people have."""
    main, security = (addresses[name] for name in _archives(archive))
    words = f"[{' '.join(options)}] " if options else ""
    return [f"deb {words}{address} {suite} {_COMPONENTS[archive.distribution]}" for address, suite in
            ((main, archive.suite), (main, f"{archive.suite}-updates"), (security, f"{archive.suite}-security"))]


def _refuse_odd(archive: ArchiveBase) -> None:
    where = f"base.{archive.distribution}"
    if archive.distribution not in _COMPONENTS or _SUITE.fullmatch(archive.suite) is None:
        raise Fault(f"{where}: {archive.suite!r} is no suite that is known here", hint="such as debian: bookworm, ubuntu: noble")
    if archive.snapshot and (_MOMENT.fullmatch(archive.snapshot) is None or archive.mirror):
        raise Fault(f"{where}: the snapshot is to be a moment such as 20260101T000000Z, and to stand without a mirror",
                    hint="a site names its own archive of snapshots as the mirror 'debian-snapshot' or 'ubuntu-snapshot'")
    if archive.mirror and _ADDRESS.fullmatch(archive.mirror) is None:
        raise Fault(f"{where}.mirror: {archive.mirror!r} is no http or https address", hint="such as https://mirror.example.org/debian")
