"""RPM packages upon a base that brings dnf: chosen and fetched by the machine's dnf, installed offline by the base's own.

The machine's dnf sees a copy of what the base says of itself (rpmtree.py), so no code of the base has the network, and
proxy, certificates and mirrors have no way into the image. Signatures are checked on the machine, as the base's
repositories ask for, and each file has the sha256 that its repository's index says.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

from builder import digest, process, used
from builder.apt import Package
from builder.bases import rpmtree
from builder.errors import Error, Fault
from builder.links import Link
from builder.normalise import MOUNTED
from builder.plan import Action
from builder.script import shell

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from builder.bases.rpmtree import RpmTree
    from builder.outside import Outside
    from builder.recipe.model import Stage

_PYTHON: Final = "/usr/bin/python3"         # whose dnf is a module of it: the system's, not the one that we run by
_ASK: Final = Path(__file__).with_name("ask_dnf.py")
_MACHINE: Final = re.compile(r"(?i:https?_proxy|no_proxy|all_proxy)")
_FILE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~^-]*\.rpm")
_SIZE: Final = 200                          # characters of dnf's own words that are told

# All that dnf keeps goes to a folder that is gone at the end. Signatures were checked before, with the base's keys.
_INSTALL: Final = f"""\
set -- {MOUNTED}/*.rpm
test -e "$1" || exit 0
dnf -y --disablerepo='*' --setopt=plugins=0 --setopt=install_weak_deps=0 --setopt=localpkg_gpgcheck=0 --setopt=keepcache=0 \
--setopt=cachedir=/tmp/certify-dnf --setopt=logdir=/tmp/certify-dnf --setopt=persistdir=/tmp/certify-dnf install "$@"
rm -rf /tmp/certify-dnf
"""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Rpm(Package):
    """An RPM package, exactly; ``version`` is ``[epoch:]version-release``, ``distribution`` the base's ID in os-release."""

    kind: str = "rpm"
    distribution: str = ""

    @property
    def exact(self) -> str:
        """What dnf takes for this version and no other."""
        return f"{self.name}-{self.version}.{self.architecture}"


class Dnf:
    """The machine's dnf at work on the copy of a tree, in a folder of the build's own.

    ``store`` is what builds share: packages by their sha256, and the repositories' indexes.
    """

    def __init__(self, layers: Sequence[Path], folder: Path, store: Path, outside: Outside) -> None:
        process.require("dnf", "rpmkeys")
        self.folder, self.store, self.outside = folder, store, outside
        store.mkdir(mode=0o700, exist_ok=True)
        used.touch(store / "indexes")
        for name in ("home", "scratch", "packages"):
            (folder / name).mkdir(parents=True)
        # rpm has no option of dnf for the place of its database; distributions differ in it.
        (folder / "home" / ".rpmmacros").write_text(f"%_dbpath {rpmtree.DATABASE}\n")
        self.tree: RpmTree = rpmtree.copied(layers, folder / "root")
        self.repositories = {name: _mirrored(options, outside.mirrors.get(name))
                             for name, options in self.tree.repositories.items()}
        self.notes: list[str] = []

    def resolve(self, wanted: Sequence[str]) -> list[Rpm]:
        """The packages that the wanted ones bring to the tree; raises Fault for an unknown name or a conflict."""
        answer = self._ask(wanted=list(wanted))["packages"]
        unsigned = sorted({one["repository"] for one in answer if not self._signed(one["repository"])})
        self.notes += [f"packages.dnf: by its own word, repository {name} of the base is not signed" for name in unsigned]
        return sorted(Rpm(name=one["name"], version=one["version"], architecture=one["architecture"], sha256=one["sha256"],
                          file=_file(one), distribution=self.tree.system.get("ID", "")) for one in answer)

    def download(self, packages: Sequence[Rpm]) -> Path:
        """A folder with the files of these packages; raises Fault for one that is not signed as its repository should be."""
        folder = self.folder / "packages"
        for package in packages:        # dnf fetches none that is there and has its sha256; it looks for it by this name
            if (self.store / package.sha256).exists():
                (folder / package.file).hardlink_to(self.store / package.sha256)
        files = self._ask(packages=[{"name": one.name, "sha256": one.sha256} for one in packages])["files"]
        for package in packages:
            path = folder / Path(files[package.sha256]).name
            if digest.of_file(path) != package.sha256:
                (self.store / package.sha256).unlink(missing_ok=True)
                raise Error(f"{package.file}: the mirror sent other bytes", hint="try again, or another mirror")
            path.replace(folder / package.file)
            if not (self.store / package.sha256).exists():
                (self.store / package.sha256).hardlink_to(folder / package.file)
        self.note_use(packages)
        return folder

    def note_use(self, packages: Sequence[Rpm]) -> None:
        """Note that the files of packages are of use, also where their layer is there."""
        for package in packages:
            used.touch(self.store / package.sha256)

    def _signed(self, repository: str) -> bool:
        return bool(self.repositories[repository]["gpgcheck"] or self.repositories[repository]["repo_gpgcheck"])

    def _ask(self, **question: object) -> dict[str, Any]:
        shared = {"root": str(self.tree.folder), "cache": str(self.store / "indexes"), "folder": str(self.folder / "packages"),
                  "scratch": str(self.folder / "scratch"), "release": self.tree.release, "proxy": self.outside.proxy,
                  "module_platform_id": self.tree.system.get("PLATFORM_ID"), "repositories": self.repositories,
                  "sslcacert": self.outside.certificates and str(self.outside.certificates)}
        said = process.run((_PYTHON, "-I", str(_ASK)), input=json.dumps({**shared, **question}), env=self._environment()).stdout
        answer: dict[str, Any] = json.loads(said.splitlines()[-1])
        if "refused" in answer:
            _refuse(answer["refused"], " ".join(answer["message"].split())[:_SIZE], self.tree)
        return answer

    def _environment(self) -> dict[str, str]:
        machine = {name: value for name, value in os.environ.items() if _MACHINE.fullmatch(name)}
        return {**machine, **process.CLEAN, "HOME": str(self.folder / "home"), "TMPDIR": str(self.folder / "scratch")}


def link(stage: Stage, dnf: Dnf, packages: Sequence[Rpm]) -> Iterator[Link]:
    """The layer in which the base's own dnf installs these packages, offline."""
    if not packages:
        return

    def ready() -> tuple[Action, ...]:
        return (install(stage, dnf.download(packages)),)

    yield Link(label="rpm packages", inputs=["dnf", _INSTALL, [one.exact + one.sha256 for one in packages]], ready=ready)


def install(stage: Stage, folder: Path) -> Action:
    """The action for a folder of packages, all of which are installed."""
    return Action(kind="run", route=(*stage.route, "packages", "dnf"), command=shell(_INSTALL), bind=str(folder))


def _mirrored(options: Mapping[str, Any], mirror: str | None) -> dict[str, Any]:
    """The options of a repository, with the site's mirror in the place of all its own addresses."""
    if mirror is None:
        return dict(options)
    return {**{name: value for name, value in options.items() if name not in ("mirrorlist", "metalink")}, "baseurl": [mirror]}


def _file(said: Mapping[str, str]) -> str:
    name = f"{said['name']}-{said['version'].rpartition(':')[2]}.{said['architecture']}.rpm"
    if _FILE.fullmatch(name) is None:
        raise Fault(f"packages.dnf: {name!r:.200} is no name of a package")
    return name


def _refuse(kind: str, message: str, tree: RpmTree) -> NoReturn:
    """Raise what dnf's answer comes to."""
    named = " ".join(filter(None, [tree.system.get("ID", "a system of unknown kind"), tree.release]))
    if kind == "unknown":
        raise Fault(f"packages.dnf: not in the repositories of the base ({named}): {message}",
                    hint=f"it has: {', '.join(tree.repositories)}; look the name up with: dnf search NAME")
    if kind == "conflict":
        raise Fault(f"packages.dnf: they do not go together: {message}", hint="see what the base has installed: rpm -qa")
    if kind == "unsigned":
        raise Fault(f"packages.dnf: {message}",
                    hint="the repository demands signatures (gpgcheck), by keys that the base names (gpgkey)")
    if kind == "vanished":
        raise Fault(f"packages.dnf: no longer in the repositories of the base ({named}): {message}", hint="build again")
    raise Error(f"packages.dnf: {message}", hint=f"is the network there? repositories: {', '.join(tree.repositories)}")
