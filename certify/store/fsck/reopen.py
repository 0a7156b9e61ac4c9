"""Opening what is left of a store, to mend it: a backup holds its blobs, certificates and access records."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final

from builder.errors import Error
from certify.store import atomic
from certify.store.layout import FOLDERS, FORMAT, OCI_LAYOUT, Store

if TYPE_CHECKING:
    from pathlib import Path

_KEPT: Final = ("blobs/sha256", "certs", "access")


def reopened(root: Path) -> Store:
    """Make the folders that are missing, and the two files that say what it is; raises as Store.open for what is no store."""
    try:
        if all(_is_folder(root / name) for name in _KEPT):
            _complete(root)
    except OSError as error:
        raise Error(f"{error.filename or root}: {error.strerror}", hint="mend the store as its owner") from error
    return Store.open(root)


def _complete(root: Path) -> None:
    for name, mode in FOLDERS.items():
        if not os.path.lexists(root / name):
            fd = atomic.make_folder(root / name)
            os.fchmod(fd, mode)
            os.close(fd)
    for name, content in (("oci-layout", OCI_LAYOUT), ("format", FORMAT)):
        if not os.path.lexists(root / name):
            with atomic.staged(root / "tmp", [content]) as new:
                os.fchmod(new.fd, 0o644)
                atomic.link(new.path, root / name)


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except FileNotFoundError:
        return False
