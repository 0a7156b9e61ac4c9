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
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Final

from builder import process
from builder.errors import Error, Fault, ToolFailed
from builder.squashfs import open_to_nobody, unprivileged

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_RDONLY, _NOSUID, _NODEV, _REMOUNT, _BIND = 1, 2, 4, 32, 4096       # linux/mount.h
_DETACH: Final = 2                      # MNT_DETACH: what still uses it keeps it until it ends
_READY: Final = 10.0                    # seconds until a served image must answer

# Drops what a user namespace of one's own gave, for the programs that need none of it.
UNPRIVILEGED: Final = ("setpriv", "--ambient-caps=-all", "--inh-caps=-all", "--no-new-privs", "--")


def tmpfs(folder: Path) -> None:
    """Cover a folder with an empty tmpfs; it is gone with this mount namespace."""
    _mount("tmpfs", folder, "tmpfs", 0, "mode=0755")


@contextmanager
def overlaid(source: Path, folder: Path) -> Iterator[Path]:
    """Show a folder of this machine at a folder that is made, read-only, with inodes of its own. Raises Error."""
    empty = folder.with_name(f"{folder.name}-empty")
    for path in (folder, empty):
        path.mkdir(mode=0o755, parents=True)
    handle = os.open(source, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:        # by its descriptor, as a name could hold what the options take for their own
        _mount("overlay", folder, "overlay", _RDONLY | _NOSUID | _NODEV, f"lowerdir=/proc/self/fd/{handle}:{empty}")
    finally:
        os.close(handle)
    try:
        yield folder
    finally:
        ctypes.CDLL(None).umount2(os.fsencode(folder), _DETACH)


@contextmanager
def layered(lower: Sequence[Path], folder: Path, *, upper: Path | None = None, work: Path | None = None) -> Iterator[None]:
    """Show folders of our own naming as one, the first above the others, until the end; what is written goes to ``upper``.

    Without an upper folder nothing can be written. Raises Error.
    """
    options = "lowerdir=" + ":".join(map(str, lower))
    if upper is not None:
        options += f",upperdir={upper},workdir={work},userxattr"        # the other kind of attributes is the machine's root's
    _mount("overlay", folder, "overlay", (0 if upper is not None else _RDONLY) | _NOSUID | _NODEV, options)
    try:
        yield
    finally:
        ctypes.CDLL(None).umount2(os.fsencode(folder), _DETACH)


@contextmanager
def scratch(folder: Path, size: int) -> Iterator[None]:
    """Cover a folder with an empty tmpfs of at most ``size`` bytes, until the end. Raises Error."""
    _mount("tmpfs", folder, "tmpfs", _NOSUID | _NODEV, f"mode=0755,size={size}")
    try:
        yield
    finally:
        ctypes.CDLL(None).umount2(os.fsencode(folder), _DETACH)


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


def bound(image: int, target: Path) -> bool:
    """Show the file behind an open handle at a path, where a file is; False if this mount namespace has it no more."""
    try:
        own = os.open(os.readlink(f"/proc/self/fd/{image}"), os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)  # noqa: PTH115
    except OSError:
        return False
    try:
        if os.path.sameopenfile(own, image):
            _mount(f"/proc/self/fd/{own}", target, "none", _BIND, "")
            return True
        return False
    finally:
        os.close(own)


def can_serve() -> bool:
    """Whether images are served here; where they are not, they are unpacked."""
    channel = _channel()
    if channel is not None:
        os.close(channel)
    return channel is not None


def _channel() -> int | None:
    try:
        return os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None


@contextmanager
def mounted(image: int, folder: Path, *, guarded: bool = True) -> Iterator[int | None]:
    """Mount the image behind an open file at a folder; raises Fault if it is no squashfs that can be read.

    Unless it is ``guarded`` no permissions count in it, and the caller is root in a user namespace of one user.
    Gives the id of the process that serves it, None where it was unpacked.
    """
    channel = _channel()
    if channel is None:
        unpack(image, folder, guarded=guarded)
        yield None
        return
    options = f"fd={channel},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()},allow_other"
    options += ",default_permissions" if guarded else ""
    _mount("squashfuse", folder, "fuse.squashfuse", _RDONLY | _NOSUID | _NODEV, options)
    with open_to_nobody(image) if guarded else nullcontext(image) as own:
        server = process.spawn((*_server(own, guarded=guarded), "squashfuse_ll", "-f", f"/proc/self/fd/{own}",
                                f"/dev/fd/{channel}"), pass_fds=(own, channel))
        os.close(channel)
        try:
            _wait(server, folder)
            yield server.pid
        finally:
            server.kill()
            server.wait()
            ctypes.CDLL(None).umount2(os.fsencode(folder), _DETACH)     # something else may be mounted there


def _server(image: int, *, guarded: bool) -> tuple[str, ...]:
    """The prefix of who reads an image of unknown origin: root in a namespace of one user cannot become anybody else."""
    if guarded:
        return unprivileged(image) or UNPRIVILEGED
    return (*UNPRIVILEGED[:-1], "--bounding-set=-all", "--")


def unpack(image: int, folder: Path, *, guarded: bool = True) -> None:
    """Unpack the image instead, where there is no FUSE; special files are left out."""
    if guarded and os.getuid() == 0:
        os.chown(folder, 65534, -1)     # the one who unpacks for root is nobody
    try:
        with open_to_nobody(image) if guarded else nullcontext(image) as own:
            process.run((*_server(own, guarded=guarded), "unsquashfs", "-quiet", "-no-progress", "-no-xattrs", "-ignore-errors",
                         "-force", "-dest", str(folder), f"/proc/self/fd/{own}"), pass_fds=(own,))
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
