"""What is compared of two images, and what came of it: plain data."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from builder.image import ImageConfig
    from certify.finding import Finding
    from certify.packages import Package

How: TypeAlias = Literal["added", "removed", "changed", "up", "down"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is known of an image. ``digest`` is its squashfs's sha256 in hex, ``size`` its bytes; empty and 0 if it has none."""

    name: str
    digest: str
    size: int
    config: ImageConfig
    findings: tuple[Finding, ...] = ()
    packages: tuple[Package, ...] = ()


class FileChange(NamedTuple):
    """A path that only one image has, or that is not the same in both. ``before`` and ``after`` are sizes in bytes."""

    path: str
    how: How
    kind: str
    before: int | None
    after: int | None
    why: str = ""


class Total(NamedTuple):
    """The files of one kind: how many came, went and changed, and the bytes of all of them before and after."""

    added: int = 0
    removed: int = 0
    changed: int = 0
    before: int = 0
    after: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """How the files differ: the largest changes in the order of their paths, and totals of all by kind."""

    changes: tuple[FileChange, ...] = ()
    totals: Mapping[str, Total] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many changes there are, of which ``changes`` may be a part."""
        return sum(total.added + total.removed + total.changed for total in self.totals.values())


class PackageChange(NamedTuple):
    """A package that came, went or has another version. ``changed`` is one whose versions have no order."""

    kind: str
    name: str
    how: How
    before: str | None
    after: str | None


class Variable(NamedTuple):
    """A variable of the environment that came, went or has another value."""

    name: str
    how: How
    before: str | None
    after: str | None


class Setting(NamedTuple):
    """A setting that is another: the start command, the working folder, the platform."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What became of the first image in the second."""

    one: Look
    other: Look
    packages: tuple[PackageChange, ...]
    variables: tuple[Variable, ...]
    settings: tuple[Setting, ...]
    came: tuple[Finding, ...]
    went: tuple[Finding, ...]
    files: Files

    @property
    def empty(self) -> bool:
        """Whether nothing of what is compared differs."""
        return not (self.packages or self.variables or self.settings or self.came or self.went or self.files.count)

    def as_json(self) -> dict[str, Any]:
        """The result as ``--format json`` shows it."""
        return {"from": _image(self.one), "to": _image(self.other), "packages": _plain(self.packages),
                "environment": _plain(self.variables), "settings": _plain(self.settings),
                "findings": {"came": [one.as_json() for one in self.came], "went": [one.as_json() for one in self.went]},
                "files": {"count": self.files.count, "changes": _plain(self.files.changes),
                          "totals": {kind: total._asdict() for kind, total in sorted(self.files.totals.items())}}}


def _image(look: Look) -> dict[str, Any]:
    return {"name": look.name, "digest": f"sha256:{look.digest}" if look.digest else None, "size": look.size or None,
            "config": asdict(look.config)}


def _plain(changes: Iterable[FileChange | PackageChange | Variable | Setting]) -> list[dict[str, Any]]:
    return [{key: _utf8(value) for key, value in one._asdict().items()} for one in changes]


def _utf8(value: object) -> object:
    """Text that any JSON can hold: names in an image are bytes, and need not be UTF-8."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value
