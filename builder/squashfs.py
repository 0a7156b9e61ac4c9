"""Pack a tree as squashfs, the same bytes for the same tree, and read single things back."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from builder import process
from builder.errors import Error, Fault, ToolFailed
from builder.normalise import EPOCH

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# zstd at level 3 packs ten times faster than gzip and reads faster; larger blocks double what a cold start reads.
NOBODY: Final = 65534
_ACL: Final = "system.posix_acl_access"
_TEMPORARY: Final = "/var/tmp"      # noqa: S108  # on a disk: images are large
_FORMAT: Final = ("-comp", "zstd", "-Xcompression-level", "3", "-b", "131072")


def pack_argv(tree: Path, target: Path, processors: int) -> tuple[str, ...]:
    """The argv that packs a tree: all files root's, no extended attributes, one time, reproducible."""
    time = str(EPOCH)
    return ("mksquashfs", str(tree), str(target), "-noappend", "-no-progress", "-quiet", "-exit-on-error", *_FORMAT,
            "-all-time", time, "-mkfs-time", time, "-all-root", "-no-xattrs", "-exports", "-reproducible",
            "-processors", str(processors))


def pack(tree: Path, target: Path) -> None:
    """Pack a tree into a new file; raises ToolFailed, and then leaves no file."""
    part = target.with_name(target.name + ".part")
    # mksquashfs writes a usage text, or appends, where its arguments are not what they should be.
    if not stat.S_ISDIR(tree.lstat().st_mode):
        raise NotADirectoryError(tree)
    try:
        # SOURCE_DATE_EPOCH in the environment would be a fatal contradiction to -all-time.
        process.run(pack_argv(tree, part, os.cpu_count() or 1))
        part.chmod(0o644)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def read_text(image: Path, path: str, limit: int = 1 << 20) -> str:
    """The text of one file in an image, read by an unprivileged process; raises Fault if it is not there."""
    try:
        handle = os.open(image, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise Error(f"{image}: {error.strerror}", hint="is it there, and may you read it?") from error
    try:
        with open_to_nobody(handle) as shown:
            argv = (*unprivileged(shown), "unsquashfs", "-cat", f"/proc/self/fd/{shown}", path.lstrip("/"))
            text = process.run(argv, timeout=60, pass_fds=(shown,)).stdout
    except ToolFailed as error:
        raise Fault(f"{image}: no {path} in it: {error.tail.strip()[:200]}", hint="is this an image made by certify?") from error
    finally:
        os.close(handle)
    if not text or len(text) > limit:
        raise Fault(f"{image}: {path} is missing or larger than {limit} bytes")
    return text


@contextmanager
def open_to_nobody(handle: int) -> Iterator[int]:
    """The open image, in a form that root's ``unprivileged`` reader may open again.

    Where an access control list shuts out nobody and the file's group, it is a copy that has no name. Raises Error.
    """
    if os.geteuid() != 0 or _open_to_nobody(handle):
        yield handle
        return
    with copied(handle, NOBODY) as copy:
        yield copy


@contextmanager
def copied(handle: int, owner: int) -> Iterator[int]:
    """A copy of the open image that has no name, and that only its ``owner`` (a uid) may open again. Raises Error."""
    try:
        copy = os.open(_TEMPORARY, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o400)
    except OSError as error:
        raise Error(f"{_TEMPORARY}: {error.strerror}", hint="a private image is copied there to be read") from error
    try:
        _copy(handle, copy)
        os.fchown(copy, owner, -1)
        yield copy
    finally:
        os.close(copy)


def _open_to_nobody(handle: int) -> bool:
    mode = os.fstat(handle).st_mode
    try:        # with a list the group's bits are only the most that anybody on it may have
        listed = bool(os.getxattr(handle, _ACL))
    except OSError:
        listed = False
    return bool(mode & stat.S_IROTH or (mode & stat.S_IRGRP and not listed))


def _copy(source: int, target: int) -> None:
    place, whole = 0, os.fstat(source).st_size
    try:
        while place < whole:
            done = os.sendfile(target, source, place, whole - place)
            if not done:
                raise Error("the image was cut while it was read", hint="who writes to it?")
            place += done
    except OSError as error:
        raise Error(f"{_TEMPORARY}: {error.strerror}", hint="a private image is copied there to be read") from error


def unprivileged(handle: int) -> tuple[str, ...]:
    """The argv prefix under which root reads an image of unknown origin: as nobody, with no capability.

    The reader gets the open file as ``/proc/self/fd/<handle>``, so no folder on the way needs to be open to it,
    and the file's group, so that an image that only its group may read can be.
    """
    if os.geteuid() != 0:
        return ()
    return ("setpriv", "--reuid", str(NOBODY), "--regid", str(os.fstat(handle).st_gid), "--clear-groups", "--no-new-privs",
            "--inh-caps=-all", "--bounding-set=-all", "--")
