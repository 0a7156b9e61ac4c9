"""Mount a squashfs that nobody has examined: by FUSE, so the kernel's own squashfs never sees its bytes.

The mount is made here, in a mount namespace of our own, and served by a process that has nothing: another user,
no capability, the open image and the FUSE channel. It works alike for root and, in a user namespace, for anybody
who may open /dev/fuse; for others the image is unpacked, which is slower.
"""

from __future__ import annotations

import ctypes
import os
import stat
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from builder import process
from builder.errors import Error, Fault, ToolFailed
from builder.squashfs import unprivileged

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

_RDONLY, _NOSUID, _NODEV, _REMOUNT, _BIND = 1, 2, 4, 32, 4096       # linux/mount.h
_READY: Final = 10.0                    # seconds until a served image must answer

# Drops what a user namespace of one's own gave, for the programs that need none of it.
UNPRIVILEGED: Final = ("setpriv", "--ambient-caps=-all", "--inh-caps=-all", "--no-new-privs", "--")


def tmpfs(folder: Path) -> None:
    """Cover a folder with an empty tmpfs; it is gone with this mount namespace."""
    _mount("tmpfs", folder, "tmpfs", 0, "mode=0755")


@contextmanager
def shown(image: int, folder: Path) -> Iterator[None]:
    """Show the image behind an open handle at a folder: a squashfs, or a tree of files, which stays what it is."""
    if not stat.S_ISDIR(os.fstat(image).st_mode):
        with mounted(image, folder):
            yield
        return
    own = _reopened(image)
    try:
        _mount(f"/proc/self/fd/{own}", folder, "none", _BIND, "")      # what is mounted below it stays outside
        _mount("none", folder, "none", _REMOUNT | _BIND | _RDONLY | _NOSUID | _NODEV, "")
    finally:
        os.close(own)
    yield


def _reopened(folder: int) -> int:
    """The same folder as this mount namespace has it: the kernel binds nothing of another one. Raises Fault if it is gone."""
    path = os.readlink(f"/proc/self/fd/{folder}")  # noqa: PTH115  # as the kernel says it
    try:
        own = os.open(path, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise Fault(f"{path}: {error.strerror}", hint="was it moved away?") from error
    if not os.path.sameopenfile(own, folder):
        os.close(own)
        raise Fault(f"{path}: another folder took its place")
    return own


@contextmanager
def mounted(image: int, folder: Path) -> Iterator[None]:
    """Mount the image behind an open file at a folder; raises Fault if it is no squashfs that can be read."""
    try:
        channel = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        unpack(image, folder)
        yield
        return
    options = f"fd={channel},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()},allow_other,default_permissions"
    _mount("squashfuse", folder, "fuse.squashfuse", _RDONLY | _NOSUID | _NODEV, options)
    server = process.spawn((*(unprivileged(image) or UNPRIVILEGED), "squashfuse_ll", "-f", f"/proc/self/fd/{image}",
                            f"/dev/fd/{channel}"), pass_fds=(image, channel))
    os.close(channel)
    try:
        _wait(server, folder)
        yield
    finally:
        server.kill()
        server.wait()


def unpack(image: int, folder: Path) -> None:
    """Unpack the image instead, where there is no FUSE; special files are left out."""
    if os.getuid() == 0:
        os.chown(folder, 65534, -1)     # the one who unpacks for root is nobody
    try:
        process.run((*unprivileged(image), "unsquashfs", "-quiet", "-no-progress", "-no-xattrs", "-ignore-errors", "-force",
                     "-dest", str(folder), f"/proc/self/fd/{image}"), pass_fds=(image,))
    except ToolFailed as error:
        raise Fault(f"not a squashfs that can be read: {error.tail.strip()[:200]}") from error


def _wait(server: subprocess.Popen[bytes], folder: Path) -> None:
    """Until the server answers, every access waits in the kernel; when it is dead, accesses fail."""
    deadline = time.monotonic() + _READY
    while time.monotonic() < deadline:
        try:
            if stat.S_ISDIR(folder.stat().st_mode) and server.poll() is None:
                return
        except OSError:
            server.poll()
        if server.returncode is not None:
            break
        time.sleep(0.01)
    raise Fault("not a squashfs that can be read", hint="is the file whole? unsquashfs -s FILE shows its header")


def _mount(source: str, folder: Path, kind: str, flags: int, options: str) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(source.encode(), os.fsencode(folder), kind.encode(), flags, options.encode()):
        raise Error(f"cannot mount {kind}: {os.strerror(ctypes.get_errno())}",
                    hint="the kernel must allow mounts in a namespace of one's own (user namespaces, FUSE)")
