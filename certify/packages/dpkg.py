"""Debian's packages: dpkg's status file and its lists of files, and the folder that distroless images have instead.

Sources: Debian policy chapter 5, dpkg-query(1), deb-substvars; https://github.com/GoogleContainerTools/distroless.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from certify.packages import reading
from certify.packages.model import Package, made

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.tree import ImageTree

_STATUS: Final = "/var/lib/dpkg/status"
_FOLDER: Final = "/var/lib/dpkg/status.d/"      # distroless: one file for each package, and its .md5sums
_INFO: Final = "/var/lib/dpkg/info/"
_MOST: Final = 32 << 20         # bytes of a status file; 5,000 packages take 6 MiB
_LINES: Final = 1_000_000       # of it; they have 40 bytes each
_LISTS: Final = 64 << 20        # bytes of all lists together
_COPYRIGHT: Final = 64 << 10    # bytes of a copyright file; a few are longer, and repeat themselves
_LICENCE: Final = re.compile(rb"^License:[ \t]*(\S[^\r\n]{0,80})", re.MULTILINE)


def packages(image: ImageTree) -> Iterator[Package | str]:
    """The packages that are installed; for what cannot be read, a sentence that says so."""
    status, data = image.entries.get(_STATUS), reading.content(image, _STATUS, _MOST)
    if status is not None and (status.st_size > _MOST or data.count(b"\n") > _LINES):
        yield f"{_STATUS} is longer than any that is known, and was not read"
        data = b""
    for paragraph in reading.fields(data):
        if paragraph.get("status", "").endswith(" installed"):
            yield _package(paragraph, _STATUS)
    for path in image.entries:
        if path.startswith(_FOLDER) and not path.endswith(".md5sums") and image.is_file(path):
            yield from (_package(paragraph, path) for paragraph in reading.fields(reading.beginning(image, path, _COPYRIGHT)))


def owned(image: ImageTree) -> Iterator[tuple[str, str]]:
    """Pairs of a path and the package that brought it, as the lists say; the paths need not be there."""
    left = _LISTS
    for path in image.entries:
        if not path.startswith((_INFO, _FOLDER)) or not path.endswith((".list", ".md5sums")):
            continue
        name = path.rpartition("/")[2].rpartition(".")[0].partition(":")[0]
        sums = path.endswith(".md5sums")
        if sums is path.startswith(_INFO):      # dpkg has sums, too, and lists beside them that say more
            continue
        data = reading.content(image, path, left)
        left -= len(data)
        for line in reading.lines(data):
            # A line of sums is "<32 digits>  usr/bin/su".
            yield (f"/{os.fsdecode(line[34:]).removeprefix('./')}" if sums else os.fsdecode(line)), name


def licences(image: ImageTree, name: str) -> tuple[str, ...]:
    """The short names of licences in a package's copyright file, where it is of the form that machines can read (DEP 5)."""
    path = image.resolve(f"/usr/share/doc/{name}/copyright")
    data = reading.beginning(image, path, _COPYRIGHT) if path else b""
    if not data.startswith(b"Format:"):
        return ()
    return tuple(found.decode("utf-8", "replace") for found in _LICENCE.findall(data))


def _package(said: dict[str, str], path: str) -> Package | str:
    source = said.get("source", "").partition(" ")[0]
    package = made("deb", said.get("package", ""), said.get("version", ""), architecture=said.get("architecture", ""),
                   source=source or said.get("package", ""))
    return package or f"{path} has an entry without a name or a version that could be one"
