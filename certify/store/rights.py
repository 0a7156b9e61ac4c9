"""Who may open which files of an image and of a tag: all of them together, for a realm that is given.

A realm of None is nobody but the owner: what is closed for a moment, while access changes from some to others.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from certify.files import Unreadable, open_regular
from certify.store import access, atomic, oci, protect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from certify.store.access import Realm
    from certify.store.layout import Store
    from certify.store.tags import TagRecord

Realms = dict[str, "Realm | None"]      # by the digest (hex) of the image


def image(store: Store, digest: str, config: str, realm: Realm | None) -> None:
    """Open the bytes of an image, its config (both sha256 in hex), access record and certificate to exactly the realm.

    The image's second name is the same inode. What is not there is left out. Raises Error.
    """
    files = [store.blob(digest), store.blob(config), store.access(digest), *sorted(store.certs(digest).iterdir())]
    _files(store, files, realm)
    fd = atomic.open_folder(store.certs(digest))
    try:
        if realm is None:
            os.fchmod(fd, 0o700)        # of an ACL this is the mask: it takes the rights of all others
        else:
            protect.protect_folder(fd, realm, store.group)
    finally:
        os.close(fd)


def runtime(store: Store, digest: str, realm: Realm) -> None:
    """Protect an image's .meta, if it is there: that of a private image only the runtime reads. Raises Error."""
    _guarded(store.meta(digest), lambda fd: protect.protect_meta(fd, realm, store.group))


def tag(store: Store, record: TagRecord, realms: Mapping[str, Realm | None]) -> None:
    """Open a tag record and its index to those who may use any of its images, the manifest of each to those who may use it."""
    _files(store, [store.tag(record.name, record.tag)], every(record, realms))
    documents(store, record, realms)


def documents(store: Store, record: TagRecord, realms: Mapping[str, Realm | None]) -> None:
    """Open index and manifests of a tag as ``tag`` does, but not its record."""
    _files(store, [store.blob(record.index)], every(record, realms))
    for platform, described in oci.read_index(store, record.index).items():
        if (one := record.images.get(platform)) is not None:
            _files(store, [store.blob(described["digest"].removeprefix("sha256:"))], realms.get(one.digest))


def passage(store: Store, name: str, records: Iterable[TagRecord], realms: Mapping[str, Realm | None]) -> None:
    """Let exactly those through the folder of a name who may use an image of any of its tags.

    Whoever could pass it could ask for tags by guessing, and be told which of them are there.
    """
    fd = atomic.open_folder(store.tags(name))
    try:
        protect.set_passage(fd, _union(every(record, realms) for record in records), store.group)
    finally:
        os.close(fd)


def every(record: TagRecord, realms: Mapping[str, Realm | None]) -> Realm | None:
    """Give those who may use any of a tag's images, and so may know that it is there."""
    return _union(realms.get(one.digest) for one in record.images.values())


def _union(realms: Iterable[Realm | None]) -> Realm | None:
    known = [one for one in realms if one is not None]
    return access.union(known) if known else None


def _files(store: Store, paths: Iterable[Path], realm: Realm | None) -> None:
    for path in paths:
        _guarded(path, protect.keep_private if realm is None else lambda fd: protect.protect_file(fd, realm, store.group))


def _guarded(path: Path, guard: Callable[[int], None]) -> None:
    try:
        fd = open_regular(path)
    except Unreadable:
        return                  # what is missing or no file is told of by fsck, and opens nothing
    try:
        guard(fd)
    finally:
        os.close(fd)
