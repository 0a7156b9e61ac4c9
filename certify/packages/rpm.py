"""RPM's packages and their files, from the database of an image. Nothing of rpm itself is run on it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from certify.packages import reading, rpmdb
from certify.packages.model import Package, made
from certify.packages.rpmheader import Header, Tag

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.tree import ImageTree

_FOLDERS: Final = ("/usr/lib/sysimage/rpm", "/var/lib/rpm")      # Fedora and SUSE since 2021; the others
_SQLITE: Final = "rpmdb.sqlite"
_OLD: Final = {"Packages": "Berkeley DB", "Packages.db": "ndb"}
_MOST: Final = 128 << 20        # bytes of a database; that of a Fedora workstation has 100 MiB
_KEY: Final = "gpg-pubkey"      # rpm keeps the keys that it trusts as if they were packages


def read(image: ImageTree) -> Iterator[tuple[Package | str, Iterator[tuple[str, str]]]]:
    """Each package with pairs of a path and its name; a sentence and no pairs for what cannot be read."""
    for folder in dict.fromkeys(filter(None, map(image.resolve, _FOLDERS))):
        path = f"{folder}/{_SQLITE}"
        if image.is_file(path):
            yield from _database(image, path)
            return
        for name, kind in _OLD.items():
            if image.is_file(f"{folder}/{name}"):
                yield f"{folder}/{name}: an RPM database of the old kind {kind}, which is not read", iter(())


def _database(image: ImageTree, path: str) -> Iterator[tuple[Package | str, Iterator[tuple[str, str]]]]:
    if image.entries[path].st_size > _MOST:
        yield f"{path} is larger than {_MOST} bytes and was not read", iter(())
    log = image.entries.get(f"{path}-wal")
    if log is not None and log.st_size:
        yield f"{path}-wal: the last changes were never brought into the RPM database, and are not told", iter(())
    try:
        for blob in rpmdb.headers(reading.content(image, path, _MOST)):
            yield from _header(blob, path)
    except rpmdb.Unreadable as error:
        yield f"{path}: the RPM database cannot be read, or not to its end: {error}", iter(())


def _header(blob: bytes, path: str) -> Iterator[tuple[Package | str, Iterator[tuple[str, str]]]]:
    try:
        header = Header(blob)
    except ValueError as error:
        yield f"{path}: {error}", iter(())
        return
    name = header.text(Tag.NAME)
    if name != _KEY:
        package = _package(header, name)
        told = package or f"{path} has an entry without a name or a version that could be one"
        yield told, _files(header, name) if package else iter(())


def _package(header: Header, name: str) -> Package | None:
    epoch = header.numbers(Tag.EPOCH)[:1]
    version = f"{header.text(Tag.VERSION)}-{header.text(Tag.RELEASE)}"
    return made("rpm", name, f"{epoch[0]}:{version}" if epoch and epoch[0] else version, architecture=header.text(Tag.ARCH),
                source=header.text(Tag.SOURCERPM), licences=(header.text(Tag.LICENSE),))


def _files(header: Header, name: str) -> Iterator[tuple[str, str]]:
    folders = [one if len(one) < reading.PATH else b"" for one in header.texts(Tag.DIRNAMES)]
    for base, index in zip(header.texts(Tag.BASENAMES), header.numbers(Tag.DIRINDEXES), strict=False):
        if index < len(folders) and len(base) < reading.PATH:
            yield os.fsdecode(folders[index] + base), name
