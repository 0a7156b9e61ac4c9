"""All packages of an image, of every kind that is known; and in words, what could not be read."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from certify.packages import conda, dpkg, python, reading, rpm
from certify.packages.model import Inventory, Package, gathered, made, merged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from certify.checks.tree import ImageTree

_SYSTEM: Final = ("/usr/lib/os-release", "/etc/os-release")
_RELEASE: Final = 64 << 10      # bytes
_OTHERS: Final = {"/lib/apk/db/installed": "apk (Alpine)", "/usr/lib/apk/db/installed": "apk (Alpine)",
                  "/var/lib/pacman/local": "pacman (Arch)"}


def installed(image: ImageTree) -> Inventory:
    """The packages of the distribution, deb and rpm, with the files that they own; licences of deb are left to ``inventory``."""
    owners: dict[str, str] = {}
    told: list[Package | str] = [f"{path}: the packages of {name} are not read"
                                 for path, name in _OTHERS.items() if path in image.entries]
    told += dpkg.packages(image)
    left = _own(image, dpkg.owned(image), owners, reading.PATHS)
    for one, files in rpm.read(image):
        told.append(one)
        left = _own(image, files, owners, left)
    return _inventory(told, _system(image), owners)


def inventory(image: ImageTree) -> Inventory:
    """All packages of an image. It never fails: what cannot be read is told in the notes."""
    own = image.installed
    told: list[Package | str] = [_licensed(image, one) if one.kind == "deb" else one for one in own.packages]
    told += [*own.notes, *python.packages(image), *conda.packages(image)]
    return _inventory(told, (own.distribution, own.release), own.owners)


def _inventory(told: Iterable[Package | str], system: tuple[str, str], owners: Mapping[str, str]) -> Inventory:
    packages: list[Package] = []
    notes: dict[str, int] = {}
    for one in told:
        if isinstance(one, Package):
            packages.append(one)
        else:
            notes[one] = notes.get(one, 0) + 1
    said = (note if count == 1 else f"{note} ({count} times)" for note, count in notes.items())
    return gathered(packages, said, system, owners)


def _licensed(image: ImageTree, one: Package) -> Package:
    return made("deb", one.name, one.version, architecture=one.architecture, source=one.source,
                licences=dpkg.licences(image, one.name)) or one


def _own(image: ImageTree, files: Iterator[tuple[str, str]], owners: dict[str, str], left: int) -> int:
    """Note the owners of paths that are in the image; gives how many more may be looked at."""
    for path, name in files:
        left -= 1
        if left <= 0:
            break
        whole = merged(path)
        if whole in image.entries or path in image.entries:
            owners[whole] = name
    return max(left, 0)


def _system(image: ImageTree) -> tuple[str, str]:
    """ID and VERSION_ID of os-release(5)."""
    for path in _SYSTEM:
        data = reading.beginning(image, image.resolve(path) or "", _RELEASE)
        if data:
            said = dict(line.split("=", 1) for line in data.decode("utf-8", "replace").splitlines() if "=" in line)
            return _value(said.get("ID", "")), _value(said.get("VERSION_ID", ""))
    return "", ""


def _value(text: str) -> str:
    try:
        return " ".join(shlex.split(text))
    except ValueError:
        return ""
