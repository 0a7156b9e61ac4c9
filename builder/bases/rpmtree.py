"""What dnf has to know of a tree that is still in layers, copied out of it as data: nothing of the tree is run or trusted.

Its repositories are taken over option by option, and only those that say what to fetch and how to check it: a file of
the machine, a client's key, a proxy or a switched-off TLS check named there is not what a base may ask for.
"""

from __future__ import annotations

import configparser
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from builder import merged
from builder.bases import osrelease
from builder.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

DATABASE: Final = "/certify-rpm"        # where the copy of the package database lies in the copied tree
_DATABASES: Final = ("/usr/lib/sysimage/rpm", "/var/lib/rpm", "/root/.rpmdb")     # Fedora and SUSE; others; Debian
_DATABASE_FILES: Final = ("rpmdb.sqlite", "rpmdb.sqlite-wal", "Packages.db", "Packages")
_REPOSITORIES: Final = "/etc/yum.repos.d"
_KEYS: Final = "/etc/pki/rpm-gpg"
_MODULES: Final = "/etc/dnf/modules.d"
_VARIABLES: Final = ("/etc/yum/vars", "/etc/dnf/vars")
_VARIABLE: Final = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_PLACES: Final = ("baseurl", "mirrorlist", "metalink", "gpgkey")
_SWITCHES: Final = {"gpgcheck": True, "repo_gpgcheck": False, "module_hotfixes": False, "skip_if_unavailable": False}
_LISTS: Final = ("excludepkgs", "includepkgs")
_ENTERPRISE: Final = {"rhel", "centos"}         # and those that are like them count releases by the major number
_ARCHITECTURES: Final = {"i686": "i386", "armv7l": "armhfp"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RpmTree:
    """A tree for dnf: its copied folder, its os-release, and its repositories with the options that dnf takes."""

    folder: Path
    system: Mapping[str, str]
    repositories: Mapping[str, Mapping[str, Any]]

    @property
    def release(self) -> str:
        """What ``$releasever`` stands for."""
        version = self.system.get("VERSION_ID", "")
        like = {self.system.get("ID", ""), *self.system.get("ID_LIKE", "").split()}
        return version.partition(".")[0] if like & _ENTERPRISE else version


def copied(layers: Sequence[Path], folder: Path) -> RpmTree:
    """What dnf has to know of a tree; raises Fault for a tree without dnf, or with repositories that cannot be used."""
    if "dnf" not in merged.names(layers, "/usr/bin"):
        raise Fault("packages.dnf: the base has no /usr/bin/dnf", hint="name them under apt, or take a base that brings dnf")
    (folder / "etc").mkdir(parents=True)
    for source in ("/usr/lib/os-release", "/etc/os-release"):
        if merged.copy(layers, source, folder / "etc/os-release"):
            break
    _folder(layers, _MODULES, folder)
    _folder(layers, _KEYS, folder)
    _database(layers, folder)
    tree = RpmTree(folder=folder, system=osrelease.read(layers), repositories={})
    found = dict(_repositories(layers, tree))
    if not found:
        raise Fault(f"packages.dnf: the base has no repository that is switched on in {_REPOSITORIES}")
    return RpmTree(folder=folder, system=tree.system, repositories=found)


def _database(layers: Sequence[Path], folder: Path) -> None:
    target = folder / DATABASE.strip("/")
    target.mkdir()
    for place in _DATABASES:
        found = [merged.copy(layers, f"{place}/{name}", target / name) for name in _DATABASE_FILES]
        if any(found):
            return


def _folder(layers: Sequence[Path], path: str, folder: Path) -> None:
    """Copy the files of a folder; a link to a neighbour, as some keys are, becomes a copy of that."""
    target = folder / path.strip("/")
    target.mkdir(parents=True)
    for name in merged.names(layers, path):
        linked = merged.link(layers, f"{path}/{name}")
        merged.copy(layers, f"{path}/{linked if linked and '/' not in linked else name}", target / name)


def _repositories(layers: Sequence[Path], tree: RpmTree) -> Iterator[tuple[str, dict[str, Any]]]:
    variables = {"releasever": tree.release, **_machine(), **_variables(layers)}
    for name in merged.names(layers, _REPOSITORIES):
        if name.endswith(".repo"):
            said = _parsed(merged.text(layers, f"{_REPOSITORIES}/{name}") or "", variables, f"{_REPOSITORIES}/{name}")
            for section in said.sections():
                if section != "main" and said.getboolean(section, "enabled", fallback=True):
                    yield section, _options(said, section, tree.folder)


def _machine() -> dict[str, str]:
    machine = os.uname().machine
    return {"arch": machine, "basearch": _ARCHITECTURES.get(machine, machine)}


def _variables(layers: Sequence[Path]) -> dict[str, str]:
    return {name: (merged.text(layers, f"{folder}/{name}") or "").partition("\n")[0]
            for folder in _VARIABLES for name in merged.names(layers, folder)}


def _parsed(text: str, variables: Mapping[str, str], where: str) -> configparser.ConfigParser:
    said = configparser.ConfigParser(interpolation=None, strict=False, default_section="")
    try:
        said.read_string(_VARIABLE.sub(lambda found: variables.get(found[1] or found[2], found[0]), text))
        for section in said.sections():
            for name in ("enabled", *_SWITCHES):
                said.getboolean(section, name, fallback=False)
    except (configparser.Error, ValueError) as error:
        raise Fault(f"packages.dnf: {where} of the base cannot be read: {str(error).splitlines()[0]}") from error
    return said


def _options(said: configparser.ConfigParser, section: str, folder: Path) -> dict[str, Any]:
    """The options of a repository that are taken over, as dnf's own module takes them."""
    options: dict[str, Any] = {name: said.getboolean(section, name, fallback=default) for name, default in _SWITCHES.items()}
    for name in (*_PLACES, *_LISTS):
        words = said.get(section, name, fallback="").replace(",", " ").split()
        if name in _PLACES:
            words = [_place(word, f"repository {section}: {name}", folder, key=name == "gpgkey") for word in words]
        if words:
            options[name] = words[0] if name in ("mirrorlist", "metalink") else words
    for name in ("priority", "cost"):
        if said.get(section, name, fallback="").isdigit():
            options[name] = said.getint(section, name)
    return options


def _place(address: str, where: str, folder: Path, *, key: bool) -> str:
    """An address as it may be used: on the network, or a key that was copied."""
    if address.startswith("https://") or (address.startswith("http://") and not key):
        return address
    copy = folder / _KEYS.strip("/") / address.rpartition("/")[2]
    if key and address == f"file://{_KEYS}/{copy.name}" and copy.is_file():
        return copy.as_uri()
    raise Fault(f"packages.dnf: {where} of the base is {address}, which is not fetched from",
                hint=f"a repository is on http or https; its key there with https, or a file in {_KEYS}")
