"""Debian packages: which ones, from the signed index, and their files, by hash.

A private apt with an empty package database asks for everything a tree needs, so the answer does not
depend on what this machine has installed. Mirror and proxy are the machine's own; the signature of
Debian's archive is checked against the archive's keyring whatever the mirror is.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from builder import digest, process
from builder.errors import Error, Fault, ToolFailed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

KEYRING: Final = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
MIRROR: Final = "http://deb.debian.org/debian"                      # where the machine names none
SECURITY_MIRROR: Final = "http://deb.debian.org/debian-security"
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
    """A private apt in a folder of its own, for one suite."""

    def __init__(self, folder: Path, suite: str) -> None:
        self.folder, self.suite = folder, suite

    def update(self) -> None:
        """Fetch the signed index; raises Error without network or keyring."""
        if not KEYRING.exists():
            raise Error(f"{KEYRING} is missing", hint="install it with: apt-get install debian-archive-keyring")
        for name in ("lists/partial", "archives/partial", "etc/preferences.d", "etc/apt.conf.d"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        (self.folder / "status").touch()
        lines = sources(self.suite, *machine_mirrors(), options=f"[signed-by={KEYRING}] ")
        (self.folder / "sources.list").write_text("".join(f"{line}\n" for line in lines))
        (self.folder / "apt.conf").write_text(self._configuration())
        try:
            self._run("apt-get", "update", "-q", "--error-on=any")
        except ToolFailed as error:
            raise Error(f"the package index of Debian {self.suite} cannot be fetched: {_errors(error.tail)}",
                        hint="is the network there? the mirror is the one of this machine's /etc/apt") from error

    def resolve(self, wanted: Sequence[str]) -> list[Package]:
        """Everything that a tree with the wanted packages consists of; raises Fault for an unknown name."""
        try:
            listed = self._run("apt-get", "install", "-y", "-qq", "--print-uris", "?essential", *wanted).stdout
        except ToolFailed as error:
            raise Fault(f"packages.apt: {_errors(error.tail)}",
                        hint=f"look the name up with: apt-cache search NAME  (suite {self.suite})") from error
        return sorted(_package(match) for match in _URI.finditer(listed))

    def download(self, packages: Sequence[Package], store: Path) -> None:
        """Bring every package's file into ``store``, named by its sha256."""
        archives = self.folder / "archives"
        missing = [package for package in packages if not (store / package.sha256).exists()]
        if missing:
            self._fetch(missing)
        for package in missing:
            path = archives / package.file
            found = digest.of_file(path)
            if found != package.sha256:
                raise Error(f"{package.file}: the mirror sent other bytes (sha256 {found})", hint="try again, or another mirror")
            path.replace(store / package.sha256)

    def describe(self, packages: Iterable[Package]) -> str:
        """The stanzas of a flat ``Packages`` index for exactly these packages."""
        files = {(one.name, one.architecture, one.version): one.file for one in packages}
        exact = [package.exact for package in packages]
        shown = self._run("apt-cache", "show", *exact).stdout
        stanzas = {}
        for stanza in filter(None, shown.split("\n\n")):
            fields = dict(re.findall(r"^(Package|Architecture|Version): (.*)$", stanza, re.MULTILINE))
            key = (fields.get("Package", ""), fields.get("Architecture", ""), fields.get("Version", ""))
            if key in files:
                stanzas[key] = re.sub(r"(?m)^Filename: .*$", f"Filename: ./{files[key]}", stanza.strip("\n"))
        return "\n\n".join(stanzas[key] for key in sorted(stanzas)) + "\n"

    def _fetch(self, packages: Sequence[Package]) -> None:
        archives = self.folder / "archives"
        try:
            process.run(("apt-get", "download", "-q", *(package.exact for package in packages)),
                        env=self._environment(), cwd=archives)
        except ToolFailed as error:
            raise Error(f"packages cannot be fetched: {_errors(error.tail)}",
                        hint="is the network there? then try again") from error

    def _run(self, *argv: str) -> process.Completed:
        return process.run(argv, env=self._environment())

    def _environment(self) -> dict[str, str]:
        return {**process.CLEAN, "APT_CONFIG": str(self.folder / "apt.conf"), "DEBIAN_FRONTEND": "noninteractive"}

    def _configuration(self) -> str:
        dump = process.run(("apt-config", "dump"), env=dict(process.CLEAN)).stdout
        machine = [line for line in dump.splitlines() if _PASSED.match(line)]
        folder = self.folder
        own = {"Dir": folder, "Dir::Etc": folder / "etc", "Dir::Etc::SourceList": folder / "sources.list",
               "Dir::Etc::SourceParts": "/dev/null", "Dir::Etc::Main": "/dev/null", "Dir::Etc::Parts": folder / "etc/apt.conf.d",
               "Dir::State": folder, "Dir::State::Lists": folder / "lists", "Dir::State::status": folder / "status",
               "Dir::Cache": folder, "Dir::Cache::archives": folder / "archives", "APT::Sandbox::User": "root",
               "APT::Install-Recommends": "false", "Acquire::Languages": "none", "Acquire::ForceHash": "SHA256"}
        return "\n".join([*machine, *(f'{key} "{value}";' for key, value in own.items())]) + "\n"


def sources(suite: str, mirror: str, security: str, *, options: str = "") -> list[str]:
    """The lines of a sources.list for a suite with its updates and its security archive."""
    return [f"deb {options}{uri} {name} main" for uri, name in
            ((mirror, suite), (mirror, f"{suite}-updates"), (security, f"{suite}-security"))]


def machine_mirrors() -> tuple[str, str]:
    """The Debian mirror and the security mirror that this machine's own apt is set up with."""
    mirror, security = MIRROR, SECURITY_MIRROR
    form = "$(IDENTIFIER) $(COMPONENT) $(RELEASE) $(REPO_URI)"
    listed = process.run(("apt-get", "indextargets", "--format", form), env=dict(process.CLEAN), check=False).stdout
    for line in listed.splitlines():
        identifier, component, release, uri = [*line.split(), "", "", "", ""][:4]
        if identifier == "Packages" and component == "main" and re.fullmatch(r"\S+/debian(-security)?/?", uri):
            mirror, security = (mirror, uri) if release.endswith("-security") else (uri, security)
    return mirror.rstrip("/"), security.rstrip("/")


def _package(match: re.Match[str]) -> Package:
    name, version, architecture = match["file"].removesuffix(".deb").replace("%3a", ":").split("_")
    return Package(name=name, version=version, architecture=architecture, sha256=match["sha256"], file=match["file"])


def _errors(tail: str) -> str:
    said = [line.removeprefix("E: ") for line in tail.splitlines() if line.startswith("E: ")]
    return "; ".join(said) or shlex.join(tail.splitlines()[-1:])
