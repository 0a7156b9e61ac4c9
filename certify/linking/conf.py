"""Reads /etc/ld.so.conf and what it includes, as ldconfig does (parse_conf in glibc's ldconfig.c)."""

from __future__ import annotations

import fnmatch
import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.tree import ImageTree

PATH: Final = "/etc/ld.so.conf"
INCLUDED: Final = "/etc/ld.so.conf.d"
_MAX_FILES: Final = 256
_MAX_FOLDERS: Final = 1024
_MAX_PATTERN: Final = 255       # characters
_MAX_PATTERNS: Final = 64       # each looks at every entry of the image; a distribution has one or two


@dataclass(frozen=True, slots=True, kw_only=True)
class Conf:
    """The folders that ldconfig looks into beside the default ones, and the files that say so.

    ``includes_folder`` tells whether a file that somebody puts into /etc/ld.so.conf.d would be read.
    """

    folders: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    includes_folder: bool = False


def conf_of(image: ImageTree) -> Conf | None:
    """What the image's ld.so.conf says; None if it has none."""
    start = image.resolve(PATH)
    if start is None or not image.is_file(start):
        return None
    folders: dict[str, None] = {}
    read: dict[str, None] = {}
    pending, patterns = [PATH], set[str]()
    while pending and len(read) < _MAX_FILES:
        real = image.resolve(pending.pop(0))
        if real is not None and real not in read:
            read[real] = None
            for pattern, folder in _lines(image, real):
                if folder:
                    folders[folder] = None
                elif pattern not in patterns and len(patterns) < _MAX_PATTERNS:
                    patterns.add(pattern)
                    pending += _matching(image, pattern)
    probe = f"{INCLUDED}/zz-probe.conf"
    return Conf(folders=tuple(folders)[:_MAX_FOLDERS], files=tuple(read),
                includes_folder=any(fnmatch.fnmatchcase(probe, pattern) for pattern in patterns))


def _lines(image: ImageTree, path: str) -> Iterator[tuple[str, str]]:
    """Pairs of which one is empty: a pattern of files to read, a folder."""
    for text in (image.text(path) or "").splitlines():
        line = text.partition("#")[0].strip(" \t\r\f\v")
        word, _, rest = line.replace("\t", " ").partition(" ")
        if word == "include":
            yield from ((posixpath.normpath(posixpath.join(posixpath.dirname(path), one)), "")
                        for one in rest.split() if len(one) <= _MAX_PATTERN)
        elif line.startswith("/"):
            yield "", line.partition("=")[0].rstrip("/ \t") or "/"


def _matching(image: ImageTree, pattern: str) -> list[str]:
    """The files of a pattern: ldconfig expands it with glob(3), sorted; folders are given without wildcards everywhere."""
    folder, _, last = pattern.rpartition("/")
    real = image.resolve(folder or "/")
    start = f"{real}/" if real != "/" else "/"
    return sorted(f"{folder}/{name}" for path in image.entries if real is not None and path.startswith(start)
                  for name in [path[len(start):]] if "/" not in name and fnmatch.fnmatchcase(name, last)
                  and not (name.startswith(".") and not last.startswith(".")))
