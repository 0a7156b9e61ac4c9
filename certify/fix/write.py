"""Writes a mended text back: the file stays what it was, but for its bytes, and is never lost."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

from builder.errors import Error


def write(path: Path, data: bytes) -> None:
    """Replace a file's content, with its mode, owner, attributes and other names; a link's target, not the link.

    At once, by a new file that takes its place, where that can be all that the old one is; otherwise in place.
    Raises Error, and the file is as before.
    """
    target = path.resolve()
    try:
        if not os.access(target, os.W_OK):      # to take its place would need no more than the folder
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        if not _replaced(target, data):
            _overwritten(target, data)
    except OSError as error:
        raise Error(f"{path}: cannot be mended: {error.strerror}", hint="see with --diff what would change") from error


def _replaced(target: Path, data: bytes) -> bool:
    """Whether a new file could take the old one's place; False if it would not be the same for others."""
    was = target.stat()
    if was.st_nlink > 1:
        return False
    try:
        handle, name = tempfile.mkstemp(prefix=".certify-", dir=target.parent)
    except PermissionError:
        return False
    new = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            like = _is_made_like(stream.fileno(), target, was)
            os.fsync(stream.fileno())
        if like:
            new.replace(target)
        return like
    finally:
        new.unlink(missing_ok=True)


def _is_made_like(handle: int, target: Path, was: os.stat_result) -> bool:
    """Give a new file owner, attributes (access lists are among them) and mode of the old one, as far as we may."""
    try:
        now = os.fstat(handle)
        if (was.st_uid, was.st_gid) != (now.st_uid, now.st_gid):
            os.fchown(handle, was.st_uid, was.st_gid)
        for name in _attributes(target):
            os.setxattr(handle, name, os.getxattr(target, name))
        os.fchmod(handle, was.st_mode & 0o7777)
    except OSError:     # a group that is not ours, attributes that only root sets
        return False
    return True


def _attributes(target: Path) -> list[str]:
    try:
        return os.listxattr(target)
    except OSError as error:
        if error.errno == errno.ENOTSUP:
            return []
        raise


def _overwritten(target: Path, data: bytes) -> None:
    """Write in place. The room is taken before: a full disk must not leave half of a file."""
    with target.open("r+b") as stream:
        old = os.fstat(stream.fileno()).st_size
        if len(data) > old:
            try:
                os.posix_fallocate(stream.fileno(), 0, len(data))
            except OSError:
                os.ftruncate(stream.fileno(), old)
                raise
        stream.write(data)
        stream.truncate()
        stream.flush()
        os.fsync(stream.fileno())
