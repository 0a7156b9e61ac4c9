"""What earlier listings of a store found, in a file of the caller's own: a store of 10,000 images is not read anew each time.

An image is taken from it only while its certificate and its access record are the very same files, which their inode and
change time tell. It saves reading, not judging: whether the caller may use an image is asked each time, and what is
verified is always read.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from builder.errors import Fault
from certify.bundle import FILE
from certify.store.access import Principal, Realm

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from certify.store.layout import Store
    from certify.store.query import Listing

VERSION: Final = 1
LARGEST: Final = 64 << 20       # bytes: a file that is larger is none of ours
Stamp = list[int]


class Memory:
    """The listing of one store, as it was; a missing or broken file is an empty one, and one that cannot be written none."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._path = folder / f"ls-{hashlib.sha256(os.fsencode(store.root)).hexdigest()[:16]}.json"
        self._certs, self._access = str(store.root / "certs"), str(store.root / "access")
        self._known: Mapping[str, Any] = _read(self._path)
        self._found: dict[str, Any] = {}
        self._fresh = False

    def stamp(self, digest: str) -> Stamp | None:
        """What tells that the files of an image are the same; None if one is missing or closed. Take it before reading them."""
        try:
            one = os.stat(f"{self._certs}/{digest}/{FILE}", follow_symlinks=False)  # noqa: PTH116  (10,000 times)
            two = os.stat(f"{self._access}/{digest}.dsse.json", follow_symlinks=False)  # noqa: PTH116
        except OSError:
            return None
        return [one.st_ino, one.st_ctime_ns, one.st_size, two.st_ino, two.st_ctime_ns, two.st_size]

    def get(self, digest: str, stamp: Stamp | None) -> dict[str, Any] | None:
        """Give the fields of an image's Listing, None if it is not known or changed since."""
        known = self._known.get(digest)
        try:
            if stamp is None or known is None or known[0] != stamp:
                return None
            _, name, tag, platform, size, until, realm = known
            fields = {"name": name, "tag": tag, "platform": platform, "size": size, "digest": digest,
                      "valid_until": datetime.fromisoformat(until), "access": _realm(*realm)}
        except (ValueError, TypeError, LookupError, Fault):
            return None
        self._found[digest] = known
        return fields

    def put(self, stamp: Stamp | None, one: Listing) -> None:
        """Remember an image that was read."""
        if stamp is not None:
            users, groups = ([[each.id, each.name] for each in kind] for kind in (one.access.users, one.access.groups))
            realm = [one.access.public, users, groups]
            self._found[one.digest] = [stamp, one.name, one.tag, one.platform, one.size, one.valid_until.isoformat(), realm]
            self._fresh = True

    def save(self) -> None:
        """Write the file, if there is anything new; that it cannot be written is no trouble."""
        if not self._fresh:
            return
        temp = self._path.with_name(f"{self._path.name}.{secrets.token_hex(8)}")
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            fd = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            with os.fdopen(fd, "w") as file:
                json.dump({"version": VERSION, "images": self._found}, file)
            temp.rename(self._path)


def _read(path: Path) -> dict[str, Any]:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(fd, "rb") as file:
            status = os.fstat(fd)
            data = file.read(LARGEST) if status.st_uid == os.geteuid() else b""
        values = json.loads(data)
        images = values["images"] if values["version"] == VERSION else {}
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return {}
    return images if isinstance(images, dict) else {}


def _realm(public: bool, users: list[Any], groups: list[Any]) -> Realm:
    if public:
        return _PUBLIC
    return Realm(users=tuple(Principal(id=number, name=name) for number, name in users),
                 groups=tuple(Principal(id=number, name=name) for number, name in groups))


_PUBLIC: Final = Realm(public=True)
