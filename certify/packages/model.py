"""A package, and all packages of an image: plain data that can be told as JSON by a process that nobody trusts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, get_args

from builder.errors import Fault
from certify import strictjson
from certify.report.safe import escaped

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Kind: TypeAlias = Literal["deb", "rpm", "python", "conda"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

MOST: Final = 20_000        # packages of an image: a Debian with all of TeX and Python has 8,000
LONGEST: Final = 200        # characters of a field: file names end at 255, and each names a package and more
_NOTES: Final = 100
_LICENCES: Final = 50
_TEXTS: Final = ("kind", "name", "version", "architecture", "path", "source", "build", "channel", "sha256")
_MERGED: Final = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")     # merged /usr: dpkg and rpm still say /bin/su
_LOCAL: Final = ("/opt/", "/usr/local/", "/home/", "/srv/")             # Debian policy 9.1.2 and the FHS

# Debian policy 5.6.7; rpm's own lint; PEP 508; conda's CEP 26. All of them are ASCII and free of blanks.
NAMES: Final[Mapping[Kind, re.Pattern[str]]] = {
    "deb": re.compile(r"[a-z0-9][a-z0-9+.-]*"),
    "rpm": re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+~^-]*"),
    "python": re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*"),
    "conda": re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*"),
}
VERSION: Final = re.compile(r"[A-Za-z0-9.+~^:_!*%-]+")
_WORD: Final = re.compile(r"[A-Za-z0-9._+~-]*")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Package:
    """One package. ``version`` is whole: ``[epoch:]upstream[-revision]``, ``[epoch:]version-release``, PEP 440, conda's.

    ``architecture`` is the kind's own word (amd64, x86_64, linux-64), empty where there is none. ``licences`` are the
    package's own words, each an SPDX expression or not. ``source`` names the source package. ``path`` is where it was
    found, for kinds that can be anywhere. ``build`` and ``channel`` are conda's; ``sha256`` (hex) is the package file's.
    """

    kind: Kind
    name: str
    version: str
    architecture: str = ""
    path: str = ""
    source: str = ""
    licences: tuple[str, ...] = ()
    build: str = ""
    channel: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """The packages of an image, sorted; ``notes`` say in words what could not be read, so that nothing is missing in silence.

    ``distribution`` and ``release`` are ID and VERSION_ID of the image's os-release, such as debian and 12.
    ``owners`` are the files of distribution packages, by path with a merged /usr; they are not told on.
    """

    packages: tuple[Package, ...] = ()
    notes: tuple[str, ...] = ()
    distribution: str = ""
    release: str = ""
    owners: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    def owner(self, path: str) -> str | None:
        """The deb or rpm package that a path belongs to, as the image's own package database says.

        An image can say there what it likes; but no package of a distribution installs into the folders of others.
        """
        return None if path.startswith(_LOCAL) else self.owners.get(merged(path))

    def as_json(self) -> dict[str, Any]:
        """Plain data of ASCII keys and text that is valid Unicode; fields that are empty are left out."""
        return {"distribution": self.distribution, "release": self.release, "notes": list(self.notes),
                "packages": [_as_json(one) for one in self.packages]}

    @classmethod
    def from_json(cls, value: object) -> Inventory:
        """Read what ``as_json`` gave; whoever told it looked into a hostile image, so anything odd is a Fault."""
        reader = strictjson.Reader(value, "inventory")
        found = cls(distribution=reader.text("distribution", _WORD), release=reader.text("release", _WORD),
                    packages=tuple(sorted(_package(one) for one in reader.array("packages", MOST))),
                    notes=tuple(_text(one, "note") for one in reader.array("notes", _NOTES)))
        reader.done()
        return found


def made(kind: Kind, name: str, version: str, *, licences: Iterable[str] = (), **more: str) -> Package | None:
    """A package of what a database says, other texts made harmless; None if name or version cannot be one."""
    if not _fits(NAMES[kind], name) or not _fits(VERSION, version):
        return None
    words = sorted({plain(one) for one in licences if one.strip()})[:_LICENCES]
    texts = {key: plain(text) for key, text in more.items()}
    return Package(kind=kind, name=name, version=version, licences=tuple(words), **texts)


def gathered(packages: Iterable[Package], notes: Iterable[str], distribution: tuple[str, str],
             owners: Mapping[str, str]) -> Inventory:
    """An inventory: sorted, each package once, and no more than ``MOST``."""
    chosen, said = sorted(set(packages)), [plain(note) for note in notes]
    if len(chosen) > MOST:
        said.insert(0, f"{len(chosen)} packages: only the first {MOST} are told")
    return Inventory(packages=tuple(chosen[:MOST]), notes=tuple(said[:_NOTES]), owners=owners,
                     distribution=_word(distribution[0]), release=_word(distribution[1]))


def plain(text: str) -> str:
    """A text in one line, cut to what a field may hold; what does not show itself is written as an escape."""
    return escaped(text.strip()[:LONGEST])[:LONGEST]


def merged(path: str) -> str:
    """A path as it is where /bin and its like are links into /usr; packages may name either."""
    return f"/usr{path}" if path[1:].partition("/")[0] in _MERGED else path


def _fits(pattern: re.Pattern[str], text: str) -> bool:
    return len(text) <= LONGEST and pattern.fullmatch(text) is not None


def _word(text: str) -> str:
    return text if _fits(_WORD, text) else ""


def _as_json(package: Package) -> dict[str, Any]:
    texts = {name: getattr(package, name) for name in _TEXTS if getattr(package, name)}
    return {**texts, "licences": list(package.licences)} if package.licences else texts


def _package(value: object) -> Package:
    reader = strictjson.Reader(value, "inventory: package")
    kind: Kind = reader.text("kind", "|".join(KINDS))  # type: ignore[assignment]
    licences = [_text(one, "licence") for one in reader.array("licences", _LICENCES)] if reader.has("licences") else []
    more = {key: _text(reader.value(key), key) for key in _TEXTS[3:] if reader.has(key)}
    package = made(kind, reader.text("name"), reader.text("version"), licences=licences, **more)
    reader.done()
    if package is None:
        raise Fault("inventory: a package whose name or version cannot be one")
    return package


def _text(value: object, what: str) -> str:
    if not isinstance(value, str) or plain(value) != value:
        raise Fault(f"inventory: {what} is no short line of text")
    return value
