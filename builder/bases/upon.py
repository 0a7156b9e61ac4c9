"""Debian packages upon a base that is a tree already: an image, a chroot tree, or another recipe's image."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from builder import merged
from builder.apt import Apt, Package
from builder.bases import osrelease
from builder.errors import Fault
from builder.links import Link
from builder.normalise import MOUNTED
from builder.plan import Action
from builder.recipe.model import ArchiveBase
from builder.script import shell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from builder.outside import Outside
    from builder.recipe.model import Stage

_STATUS: Final = "/var/lib/dpkg/status"
_SUITES: Final = {"debian": ("bookworm", "trixie"), "ubuntu": ("jammy", "noble")}

# All that apt writes goes to a folder that is gone at the end; logs, recommendations and translations are left out.
_CONFIG: Final = f"""\
Dir::Etc::SourceList "{MOUNTED}/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State::Lists "/tmp/certify-apt/lists";
Dir::Cache "/tmp/certify-apt/cache";
Dir::Log::Terminal "";
Dir::Log::History "";
Dir::Log::Planner "";
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Languages "none";
Dpkg::Use-Pty "0";
DPkg::Options {{"--force-confdef"; "--force-confold"; "--force-unsafe-io"; "--log=/dev/null";}};
"""
_INSTALL: Final = f"""\
test -s {MOUNTED}/wanted || exit 0
export APT_CONFIG={MOUNTED}/apt.conf
mkdir -p /tmp/certify-apt/lists/partial /tmp/certify-apt/cache/archives/partial
apt-get -q update
apt-get -q -y --allow-downgrades --no-remove install $(cat {MOUNTED}/wanted)
rm -rf /tmp/certify-apt
"""


def installed(layers: Sequence[Path]) -> Iterator[Package]:
    """The Debian packages that a tree in layers has, without their digests."""
    for stanza in (merged.text(layers, _STATUS) or "").split("\n\n"):
        said = dict(re.findall(r"^(Package|Architecture|Version|Status): (.*)$", stanza, re.MULTILINE))
        if said.get("Status", "").endswith(" installed") and {"Package", "Architecture", "Version"} <= set(said):
            yield Package(name=said["Package"], architecture=said["Architecture"], version=said["Version"], sha256="", file="")


def resolve(stage: Stage, layers: Sequence[Path], work: Path, outside: Outside,
            locked: Sequence[Package] | None = None) -> tuple[Apt, list[Package]]:
    """The packages that a stage needs beyond what its base has, if they are not locked.

    Raises Fault if the base is none that apt knows.
    """
    apt = Apt(work / "apt", _archive(layers), outside, status=merged.text(layers, _STATUS) or "")
    return apt, list(locked) if locked is not None else apt.resolve(stage.apt, essential=False)


def link(stage: Stage, apt: Apt, packages: Sequence[Package], debs: Path, work: Path) -> Iterator[Link]:
    """The layer in which the base's own apt installs these packages, offline."""
    if not packages:
        return

    def ready() -> tuple[Action, ...]:
        return (install(stage, _repository(apt, packages, debs, work)),)

    yield Link(label="packages", inputs=["apt", _CONFIG, _INSTALL, [one.exact + one.sha256 for one in packages]], ready=ready)


def install(stage: Stage, folder: Path) -> Action:
    """The action for a folder of packages, whose file ``wanted`` names those to install."""
    return Action(kind="run", route=(*stage.route, "packages", "apt"), command=shell(_INSTALL), bind=str(folder))


def _archive(layers: Sequence[Path]) -> ArchiveBase:
    fields = osrelease.read(layers)
    distribution, suite = fields.get("ID", ""), fields.get("VERSION_CODENAME", "")
    if suite not in _SUITES.get(distribution, ()):
        named = f"{distribution or 'of unknown kind'} {suite}".rstrip()
        raise Fault(f"packages.apt: the base is {named}, which is not known here",
                    hint="known are: " + ", ".join(f"{name} {' '.join(suites)}" for name, suites in _SUITES.items())
                         + "; packages of other systems are installed in a stage or a base of your own")
    return ArchiveBase(suite=suite, distribution=distribution)


def _repository(apt: Apt, packages: Sequence[Package], debs: Path, work: Path) -> Path:
    apt.download(packages, debs)
    folder = work / "packages"
    folder.mkdir()
    for package in packages:
        (folder / package.file).hardlink_to(debs / package.sha256)
    (folder / "Packages").write_text(apt.describe(packages, debs))
    (folder / "wanted").write_text("".join(f"{package.exact}\n" for package in packages))
    (folder / "apt.conf").write_text(_CONFIG)
    (folder / "sources.list").write_text(f"deb [trusted=yes] copy:{MOUNTED} ./\n")
    return folder
