"""What a recipe says, as plain frozen data: no positions, no defaults left to guess."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who may use the image: everyone, or the named users and groups (names or numeric ids)."""

    public: bool = False
    users: tuple[str | int, ...] = ()
    groups: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DebianBase:
    """A base made by mmdebstrap from the essential packages of a Debian suite."""

    suite: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheels:
    """Python wheels: a requirements file in which every line has its hash, and the venv they go to."""

    requirements: str
    venv: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file from the network, known by its sha256; unpacked into ``unpack`` or copied to ``to``."""

    url: str
    sha256: str
    unpack: str | None = None
    to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file or folder of the recipe, copied to an absolute path in the image; mode in octal."""

    source: str
    to: str
    mode: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Shell text that runs in the image as root, without network: bash with -e and -o pipefail."""

    name: str
    run: str
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """Shell text that must succeed on the finished image, as an ordinary user of the site."""

    __test__ = False    # not a pytest class

    name: str
    run: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One image, as its maintainer describes it. ``folder`` is where its files are found."""

    folder: Path
    name: str
    version: str
    revision: int
    summary: str
    license: str
    access: Access
    base: DebianBase
    apt: tuple[str, ...]
    wheels: Wheels | None
    sources: tuple[Source, ...]
    files: tuple[File, ...]
    steps: tuple[Step, ...]
    env: Mapping[str, str]
    workdir: str | None
    entrypoint: tuple[str, ...]
    host_libraries: tuple[str, ...]
    tests: tuple[Test, ...]

    @property
    def tag(self) -> str:
        """The immutable tag, ``<version>-<revision>``."""
        return f"{self.version}-{self.revision}"

    @property
    def environment(self) -> dict[str, str]:
        """The image's environment: what the recipe sets, over a PATH that every image has."""
        return {"PATH": DEFAULT_PATH, **self.env}
