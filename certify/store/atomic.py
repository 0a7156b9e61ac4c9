"""Files that appear whole or not at all: written aside, hashed meanwhile, protected, synced, then named."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from builder.errors import Error, Fault
from certify.files import open_regular, sha256_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A file without its final name yet.

    ``fd`` is open for reading and writing, ``sha256`` in hex, ``size`` in bytes.
    """

    path: Path
    fd: int
    sha256: str
    size: int


@contextmanager
def staged(tmp: Path, chunks: Iterable[bytes], *, lay_out: Callable[[Path], None] | None = None) -> Iterator[Staged]:
    """Write a new file of mode 0600 in ``tmp``, hashing the bytes on their way.

    It is gone at the end unless it was named, by ``link`` or ``replace``: these sync it first, with its protection.
    ``lay_out`` may make the file, empty, in a way of its own, before anything is written.
    """
    path = tmp / secrets.token_hex(16)
    fd = _new(path, lay_out)
    try:
        belong(fd, tmp)
        digest, size = hashlib.sha256(), 0
        for chunk in chunks:
            digest.update(chunk)
            size += len(chunk)
            _write(fd, chunk)
        yield Staged(path=path, fd=fd, sha256=digest.hexdigest(), size=size)
    finally:
        os.close(fd)
        path.unlink(missing_ok=True)


def link(source: Path, target: Path) -> bool:
    """Give a file a second name that must be new.

    Give back False if something has that name already, be it a link to elsewhere.
    """
    sync_file(source)
    try:
        os.link(source, target, follow_symlinks=False)
    except FileExistsError:
        return False
    sync_folder(target.parent)
    return True


def refuse_odd(target: Path) -> None:
    """Raise Fault if something other than a regular file has that name: nothing of ours ever put it there."""
    try:
        mode = target.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        raise Fault(
            f"{target} is a link or no file",
            hint="somebody put it there: look into it, remove it, publish again",
        )


def replace(source: Path, target: Path) -> None:
    """Give a file its name, in the place of the regular file that had it.

    A planted link or folder is a Fault.
    """
    refuse_odd(target)
    sync_file(source)
    source.rename(target)
    sync_folder(target.parent)


def require_bytes(path: Path, sha256: str) -> int:
    """Open a file that must have these bytes, and give back the descriptor, which the caller closes.

    Raises Fault.
    """
    fd = open_regular(path)
    found, _ = sha256_of(fd)
    if found != sha256:
        os.close(fd)
        raise Fault(
            f"{path} has other bytes than its name says",
            hint="it was damaged: move it to quarantine/ and publish again",
        )
    return fd


def open_folder(path: Path) -> int:
    """Open a folder, not a link to one; the caller closes the descriptor. Raises Fault."""
    try:
        return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except NotADirectoryError as error:     # what Linux says of a link, too, when O_DIRECTORY is asked
        raise Fault(f"{path} is a link or no folder", hint="somebody put it there: look into it") from error
    except OSError as error:
        raise Error(f"{path}: {error.strerror}") from error


def make_folder(path: Path) -> int:
    """Open a folder, making it (0700) if it is not there; the caller closes the descriptor."""
    try:
        path.mkdir(mode=0o700)
        sync_folder(path.parent)
    except FileExistsError:
        pass
    fd = open_folder(path)
    belong(fd, path.parent)
    mode = os.fstat(fd).st_mode
    if mode & stat.S_ISGID:             # it came from the folder above, where it says whose the store is
        os.fchmod(fd, stat.S_IMODE(mode) & ~stat.S_ISGID)
    return fd


def belong(fd: int, folder: Path) -> None:
    """Let a new file or folder belong to whom its folder belongs: root may publish into the store of somebody else."""
    if os.geteuid() == 0:
        there, mine = folder.lstat(), os.fstat(fd)
        if (there.st_uid, there.st_gid) != (mine.st_uid, mine.st_gid):
            os.fchown(fd, there.st_uid, there.st_gid)


def sync_file(path: Path) -> None:
    """Make the bytes, mode and ACL of a regular file survive a power cut. Raises OSError if the disk refuses them."""
    fd = open_regular(path)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def sync_folder(path: Path) -> None:
    """Make the names in a folder survive a power cut."""
    fd = open_folder(path)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _new(path: Path, lay_out: Callable[[Path], None] | None) -> int:
    flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
    if lay_out is not None:
        lay_out(path)
        with suppress(FileNotFoundError):
            fd = os.open(path, flags)
            status = os.fstat(fd)
            if stat.S_ISREG(status.st_mode) and status.st_size == 0 and status.st_nlink == 1:
                os.fchmod(fd, 0o600)
                return fd
            os.close(fd)
            path.unlink()       # whatever that is, it is no empty file
    return os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o600)


def _write(fd: int, chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[os.write(fd, view):]
