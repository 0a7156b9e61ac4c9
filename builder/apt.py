"""Debian and Ubuntu packages: which ones, from the signed index, and their files, by hash.

A private apt with a package database of its own asks for everything a tree needs, so the answer does not depend on
what this machine has installed. The signature of the archive is checked against the distribution's keyring whatever
the mirror is.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from builder import debs, digest, disk, process, used
from builder.errors import Error, Fault, ToolFailed
from builder.mirrors import image_sources, keyring, need_keyring, sources
from builder.outside import Outside

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from builder.recipe.model import ArchiveBase

__all__ = ["KEYRING", "Apt", "Package", "image_sources"]

KEYRING: Final = keyring("debian")
_MACHINE: Final = Outside()
_INDEX: Final = 150e6       # bytes: of three suites with what apt makes of them 121 MB, and some to spare
_URI: Final = re.compile(r"'(?P<url>[^']+)' (?P<file>\S+) (?P<size>\d+) SHA256:(?P<sha256>[0-9a-f]{64})")
_PASSED: Final = re.compile(r"Acquire::(http|https|Retries|Check-Valid-Until|Check-Date)[: ]")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Package:
    """A Debian package, exactly; ``file`` is the name of its .deb as apt stores it."""

    name: str
    architecture: str
    version: str
    sha256: str
    file: str

    @property
    def exact(self) -> str:
        """What apt takes for this version and no other."""
        return f"{self.name}:{self.architecture}={self.version}"


class Apt:
    """A private apt in a folder of its own, for one suite.

    ``status`` is the text of a tree's /var/lib/dpkg/status: what is installed there is not asked for again.
    """

    def __init__(self, folder: Path, archive: ArchiveBase, outside: Outside = _MACHINE, *, status: str = "") -> None:
        self.folder, self.archive, self.outside, self.status = folder, archive, outside, status
        self._fetched = False

    @property
    def suite(self) -> str:
        """The suite's name, such as ``bookworm``."""
        return self.archive.suite

    def update(self) -> None:
        """Fetch the signed index; raises Error without network or keyring."""
        need_keyring(self.archive.distribution)
        for name in ("lists/partial", "archives/partial", "etc/preferences.d", "etc/apt.conf.d"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        disk.require_room(self.folder, _INDEX, "for the package index")      # apt waits for ever on a disk that is full
        lines = sources(self.archive, self.outside)
        (self.folder / "status").write_text(self.status, encoding="utf-8", errors="surrogateescape")
        (self.folder / "sources.list").write_text("".join(f"{line}\n" for line in lines))
        (self.folder / "apt.conf").write_text(self._configuration())
        try:
            self._run("apt-get", "update", "-q", "--error-on=any")
        except ToolFailed as error:
            raise Error(f"the package index of {self._title} cannot be fetched: {_errors(error.tail)}",
                        hint="is the network there? it was looked for at: "
                             + ", ".join(dict.fromkeys(re.findall(r" (\S+://\S+) ", "".join(lines))))) from error
        self._fetched = True

    def resolve(self, wanted: Sequence[str], *, essential: bool = True, keep: Sequence[Package] = ()) -> list[Package]:
        """Everything that the wanted packages bring to a tree; raises Fault for an unknown name.

        What is in ``keep`` stays at its version where the archive still has it and the rest allows it.
        """
        self._ready()
        if keep:
            try:
                return self._resolve(wanted, essential, keep)
            except ToolFailed:
                pass        # what is wanted now does not go with the old versions
        try:
            return self._resolve(wanted, essential, ())
        except ToolFailed as error:
            raise Fault(f"packages.apt: {_errors(error.tail)}",
                        hint=f"look the name up with: apt-cache search NAME  (suite {self.suite})") from error

    def download(self, packages: Sequence[Package], store: Path) -> None:
        """Bring every package's file into ``store``, named by its sha256; raises Fault for what the archive no longer has."""
        self.note_use(packages, store)
        missing = [package for package in packages if not (store / package.sha256).exists()]
        if not missing:
            return
        self._ready()
        self._refuse_vanished(missing)
        self._fetch(missing)
        for package in missing:
            path = self.folder / "archives" / package.file
            found = digest.of_file(path)
            if found != package.sha256:
                raise Error(f"{package.file}: the mirror sent other bytes (sha256 {found})", hint="try again, or another mirror")
            path.replace(store / package.sha256)
            used.touch(store / package.sha256)      # apt gave it the time of the server's file

    def note_use(self, packages: Iterable[Package], store: Path) -> None:
        """Note that the files of packages are of use, also where a layer of them is there already: a mirror may lose them."""
        for package in packages:
            used.touch(store / package.sha256)

    def describe(self, packages: Iterable[Package], store: Path) -> str:
        """The stanzas of a flat ``Packages`` index for exactly these packages, from their files in ``store``."""
        return debs.describe(packages, store)

    @property
    def _title(self) -> str:
        moment = f" of {self.archive.snapshot}" if self.archive.snapshot else ""
        return f"{self.archive.distribution.capitalize()} {self.suite}{moment}"

    def _ready(self) -> None:
        if not self._fetched:
            self.update()

    def _resolve(self, wanted: Sequence[str], essential: bool, keep: Sequence[Package]) -> list[Package]:
        # Above 1000 a version is taken even where that is a step back (apt_preferences).
        pins = (f"Package: {one.name}\nPin: version {one.version}\nPin-Priority: 1001\n" for one in keep)
        (self.folder / "etc" / "preferences").write_text("\n".join(pins))
        options = ("--no-remove",) if self.status else ()
        names = ("?essential", *wanted) if essential else tuple(wanted)
        listed = self._run("apt-get", "install", "-y", "-qq", "--print-uris", *options, *names).stdout
        return sorted(_package(match) for match in _URI.finditer(listed))

    def _refuse_vanished(self, packages: Sequence[Package]) -> None:
        """Compare with the index: apt names but the first that it misses, and knows of no hash that we expect."""
        names = dict.fromkeys(f"{one.name}:{one.architecture}" if one.architecture != "all" else one.name for one in packages)
        shown = self._run("apt-cache", "show", *names, check=False).stdout
        there: dict[str, set[str]] = {}
        for stanza in shown.split("\n\n"):
            fields = dict(re.findall(r"^(Package|Architecture|Version|SHA256): (.*)$", stanza, re.MULTILINE))
            exact = f"{fields.get('Package')}:{fields.get('Architecture')}={fields.get('Version')}"
            there.setdefault(exact, set()).add(fields.get("SHA256", ""))
        gone = [f"{one.name} {one.version} ({one.architecture})" for one in packages if one.exact not in there]
        if gone:
            raise Fault(f"{len(gone)} of the packages have vanished from the archive of {self._title}: {', '.join(gone)}",
                        hint="take those it has now: certify lock --upgrade RECIPE; or name a moment at which it had them: "
                             f"base.{self.archive.distribution}.snapshot")
        others = [one for one in packages if one.sha256 not in there[one.exact]]
        if others:
            raise Fault(f"{others[0].exact}: in the archive of {self._title} it has another sha256 than {others[0].sha256}",
                        hint="recipe.lock does not tell the truth; make it anew: certify lock --upgrade RECIPE")

    def _fetch(self, packages: Sequence[Package]) -> None:
        try:
            process.run(("apt-get", "download", "-q", *(package.exact for package in packages)),
                        env=self._environment(), cwd=self.folder / "archives")
        except ToolFailed as error:
            raise Error(f"packages cannot be fetched: {_errors(error.tail)}",
                        hint="is the network there? then try again") from error

    def _run(self, *argv: str, check: bool = True) -> process.Completed:
        return process.run(argv, env=self._environment(), check=check)

    def _environment(self) -> dict[str, str]:
        return {**process.CLEAN, "APT_CONFIG": str(self.folder / "apt.conf"), "DEBIAN_FRONTEND": "noninteractive"}

    def _configuration(self) -> str:
        dump = process.run(("apt-config", "dump"), env=dict(process.CLEAN)).stdout.splitlines()
        machine = [line for line in dump if _PASSED.match(line)]
        # Other architectures that this machine has enabled are not the image's.
        native = [f'APT::Architectures {{"{line.split()[1].strip(chr(34) + ";")}";}};' for line in dump
                  if line.startswith("APT::Architecture ")]
        folder, outside = self.folder, self.outside
        site = {"Acquire::http::Proxy": outside.proxy, "Acquire::https::Proxy": outside.proxy,
                "Acquire::https::CAInfo": outside.certificates}
        own = {"Dir": folder, "Dir::Etc": folder / "etc", "Dir::Etc::SourceList": folder / "sources.list",
               "Dir::Etc::SourceParts": "/dev/null", "Dir::Etc::Main": "/dev/null", "Dir::Etc::Parts": folder / "etc/apt.conf.d",
               "Dir::State": folder, "Dir::State::Lists": folder / "lists", "Dir::State::status": folder / "status",
               "Dir::Cache": folder, "Dir::Cache::archives": folder / "archives", "APT::Sandbox::User": "root",
               "APT::Install-Recommends": "false", "Acquire::Languages": "none", "Acquire::ForceHash": "SHA256"}
        values = {**{key: value for key, value in site.items() if value}, **own}
        return "\n".join([*machine, "#clear APT::Architectures;", *native,
                          *(f'{key} "{value}";' for key, value in values.items())]) + "\n"


def _package(match: re.Match[str]) -> Package:
    name, version, architecture = match["file"].removesuffix(".deb").replace("%3a", ":").split("_")
    return Package(name=name, version=version, architecture=architecture, sha256=match["sha256"], file=match["file"])


def _errors(tail: str) -> str:
    said = [line.removeprefix("E: ") for line in tail.splitlines() if line.startswith("E: ")]
    return "; ".join(said) or shlex.join(tail.splitlines()[-1:])
