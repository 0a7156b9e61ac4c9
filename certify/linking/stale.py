"""Which libraries ldconfig would enter into the cache, and did not: it was not run after they came."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Final

from certify.linking.cache import cache_of
from certify.linking.conf import conf_of
from certify.linking.system import system_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from certify.checks.tree import ImageTree
    from certify.elf.reader import Elf

_KNOWN: Final[weakref.WeakKeyDictionary[ImageTree, Mapping[str, tuple[str, ...]]]] = weakref.WeakKeyDictionary()


def stale(image: ImageTree) -> Mapping[str, tuple[str, ...]]:
    """The libraries that are missing in the cache, by the folder that ld.so.conf lists; empty for an image without glibc."""
    if image not in _KNOWN:
        _KNOWN[image] = dict(_stale(image))
    return _KNOWN[image]


def names(image: ImageTree) -> frozenset[str]:
    """The names that would be found if ldconfig had run."""
    return frozenset(name for paths in stale(image).values() for path in paths
                     for name in (path.rpartition("/")[2], image.elves[path].soname) if name)


def glibc_program(image: ImageTree) -> Elf | None:
    """A program that glibc's loader starts, to tell which loader that is; None if there is none."""
    return next((elf for elf in image.elves.values() if elf.interpreter and elf.program
                 and not elf.interpreter.rpartition("/")[2].startswith("ld-musl-") and image.resolve(elf.interpreter)), None)


def _stale(image: ImageTree) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Default folders do not count: the loader looks into these itself."""
    program, conf = glibc_program(image), conf_of(image)
    if program is None or conf is None:
        return
    cache, system = cache_of(image), system_of(image, program)
    known = cache.names() if cache else frozenset()
    seen = {image.resolve(folder) for folder in system.folders}
    missing: dict[str, list[str]] = {}
    for path, elf in image.elves.items():
        folder, _, name = path.rpartition("/")
        alike = (elf.machine, elf.bits) == (program.machine, program.bits)
        if alike and _is_entered(name, elf) and not known & {elf.soname, name}:
            missing.setdefault(folder, []).append(path)
    for folder in conf.folders:
        real = image.resolve(folder)
        if real is not None and real not in seen and real in missing:
            seen.add(real)
            yield folder, tuple(missing[real])


def _is_entered(name: str, elf: Elf) -> bool:
    """Whether ldconfig takes a file for a library, as search_dir in ldconfig.c does."""
    return elf.kind == "shared" and elf.dynamic and name.startswith(("lib", "ld-")) and ".so" in name
