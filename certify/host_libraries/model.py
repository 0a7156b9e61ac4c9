"""What a site profile says of the site's own libraries: the files, what they need, and how each runtime brings them in.

Facts behind the ways, each read in the runtime's source: Shifter's modules prepend to LD_LIBRARY_PATH, podman-hpc's ``--mpi``
replaces it, Apptainer appends /.singularity.d/libs to it, Charliecloud's ch-fromhost copies into a folder of ld.so.conf and
runs ldconfig. The last one writes into a folder and can do nothing for a squashfs: there, ``ch-run --bind`` with ``--set-env``
does what a prepending runtime does.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class How(enum.StrEnum):
    """How a runtime makes the loader find the site's folder."""

    PREPEND = "prepend"     # LD_LIBRARY_PATH: the site's, then the image's
    APPEND = "append"       # LD_LIBRARY_PATH: the image's, then the site's
    REPLACE = "replace"     # LD_LIBRARY_PATH: the site's alone
    LDCONFIG = "ldconfig"   # first in ld.so.conf, and ldconfig runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How one runtime brings a library in: its files stand below ``folder`` (absolute, in the container).

    ``source`` is the folder of this machine with these files, where no module of the site tells it: see ``bringing``.
    """

    folder: str
    how: How
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFile:
    """One library file of the site, as its dynamic section describes it.

    ``versions`` are those of symbols that it needs, by the library that has to define them (DT_VERNEED); of each series
    only the highest. ``machine`` is None where the profile speaks of any.
    """

    soname: str | None = None
    needed: tuple[str, ...] = ()
    rpath: str | None = None
    runpath: str | None = None
    machine: str | None = None
    bits: int = 64
    versions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostLibrary:
    """A library of the site that replaces one of the image: the SONAMEs in ``replaces`` must be the site's.

    ``files`` are known by their paths below the folder, ``links`` are further names of theirs. ``search`` names the
    sub-folders that the loader is told, in their order; ``.`` is the folder itself. ``runtimes`` is by runtime.
    """

    name: str
    summary: str
    replaces: tuple[str, ...]
    files: Mapping[str, SiteFile]
    runtimes: Mapping[str, Way]
    search: tuple[str, ...] = (".",)
    links: Mapping[str, str] = field(default_factory=dict)

    @property
    def findable(self) -> frozenset[str]:
        """The names that the loader finds in the folders that it is told."""
        return frozenset(name for path in (*self.files, *self.links) for folder, name in [_split(path)] if folder in self.search)

    @property
    def names(self) -> Mapping[str, str]:
        """Which file has a name, links included; of several the one that is nearest to the top."""
        deepest_first = sorted((*self.files, *self.links), key=lambda path: (-path.count("/"), path))
        return {_split(path)[1]: self.links.get(path, path) for path in deepest_first}

    @property
    def reached(self) -> tuple[str, ...]:
        """The files that are loaded for the sake of what is replaced; not plug-ins, which it opens where they are of use."""
        names = self.names
        found: dict[str, None] = {}
        pending = list(self.replaces)
        while pending:
            path = names.get(pending.pop(0))
            if path is not None and path not in found:
                found[path] = None
                pending += self.files[path].needed
        return tuple(found)

    @property
    def missing(self) -> tuple[str, ...]:
        """What these files need and do not bring along: the image has to have it."""
        return tuple(sorted({name for path in self.reached for name in self.files[path].needed} - set(self.names)))

    @property
    def versions(self) -> Mapping[str, tuple[str, ...]]:
        """The highest versions that these files need of what the image has to have, by library."""
        found: dict[str, set[str]] = {}
        for path in self.reached:
            for library, versions in self.files[path].versions.items():
                found.setdefault(library, set()).update(versions)
        return {library: highest(found[library]) for library in sorted(found) if library not in self.names}


def highest(versions: set[str] | frozenset[str]) -> tuple[str, ...]:
    """Of each series (``GLIBC_2.17``, ``GLIBC_2.34``) the highest; what bears no number (``GLIBC_ABI_DT_RELR``) stays.

    A library that defines a version of such a series defines the earlier ones too: that is what the series are for.
    """
    best: dict[str, tuple[tuple[int, ...], str]] = {}
    for version in versions:
        series, number = numbered(version)
        key = series if number else version
        best[key] = max(best.get(key, (number, version)), (number, version))
    return tuple(sorted(version for _, version in best.values()))


def numbered(version: str) -> tuple[str, tuple[int, ...]]:
    """The series and the number of a version: ``("GLIBC", (2, 34))``; no number where it has none."""
    series, _, number = version.rpartition("_")
    parts = number.split(".")
    plain = series and len(number) < 32 and all(part.isascii() and part.isdigit() for part in parts)
    return (series, tuple(int(part) for part in parts)) if plain else (version, ())


def _split(path: str) -> tuple[str, str]:
    folder, _, name = path.rpartition("/")
    return folder or ".", name
