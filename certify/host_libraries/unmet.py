"""What the site's libraries need of an image and do not find there: other libraries, and versions of their symbols."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from certify.elf.versions import defined_versions
from certify.host_libraries.judging import is_brought
from certify.host_libraries.model import highest, numbered
from certify.host_libraries.needing import basename

if TYPE_CHECKING:
    from certify.checks.tree import ImageTree
    from certify.host_libraries.model import HostLibrary, SiteFile
    from certify.linking.model import Injected, Loaded

_MAX_SHOWN: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmet:
    """A need of the site's ``file``: the library ``needed`` is not there (``provider`` is None) or does not define ``version``.

    ``best`` is what the provider has instead: the highest versions of the same series.
    """

    runtime: str
    file: str
    needed: str
    provider: str | None = None
    version: str = ""
    best: tuple[str, ...] = ()


class Versions:
    """Compares what was loaded with what the library's files need. Each file of the image is read once."""

    def __init__(self, image: ImageTree, library: HostLibrary) -> None:
        self._image, self._library = image, library
        self._defined: dict[str, frozenset[str]] = {}
        self._compared: set[tuple[str, str, str, str | None]] = set()
        self._unmet: dict[Unmet, None] = {}

    @property
    def unmet(self) -> tuple[Unmet, ...]:
        """All that was found, each once."""
        return tuple(self._unmet)

    def look(self, runtime: str, loaded: Loaded, brought: Injected) -> None:
        """Note what the site's files among those that were loaded do not find."""
        for step in loaded.steps:
            if is_brought(step.by, brought):
                self._compare(runtime, self._name(posixpath.normpath(step.by)), basename(step.needed), step.found,
                              of_site=step.of_site)

    def _name(self, path: str) -> str:
        """The path of a site's file below the library's folder."""
        names = [name for name in (*self._library.files, *self._library.links) if path.endswith("/" + name)]
        longest = max(names, key=len, default=basename(path))
        return self._library.links.get(longest, longest)

    def _compare(self, runtime: str, file: str, needed: str, found: str | None, *, of_site: bool) -> None:
        key = (runtime, file, needed, found)
        if key in self._compared:
            return
        self._compared.add(key)
        if found is None:
            self._unmet[Unmet(runtime=runtime, file=file, needed=needed)] = None
        elif not of_site:
            described: SiteFile | None = self._library.files.get(file)
            defined = self._defined_by(found)
            for version in () if described is None else described.versions.get(needed, ()):
                if version not in defined:
                    self._unmet[Unmet(runtime=runtime, file=file, needed=needed, provider=found, version=version,
                                      best=_best(defined, version))] = None

    def _defined_by(self, path: str) -> frozenset[str]:
        real = self._image.resolve(path) or path
        if (known := self._defined.get(real)) is None:
            known = self._defined[real] = self._read(real)
        return known

    def _read(self, path: str) -> frozenset[str]:
        file = self._image.open(path)
        if file is None:
            return frozenset()
        with file:
            return defined_versions(file, self._image.entries[path].st_size)


def _best(defined: frozenset[str], version: str) -> tuple[str, ...]:
    series, number = numbered(version)
    return highest({one for one in defined if numbered(one)[0] == series and numbered(one)[1]})[:_MAX_SHOWN] if number else ()
