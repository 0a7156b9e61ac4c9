"""Mount an image so that its files belong to the caller: as ch-run does, and as podman's storage looks to its user.

A file system in user space knows owners by the user namespace in which it was mounted. So this process enters one in which the
caller is root, mounts the image, and from there enters another one in which the caller is who they are: what root owns in
the image is the caller's then. Without the kernel's own look at permissions whoever gets there may read everything.

Root becomes the ordinary user for it, for good: what is mounted for a user must be mounted by that user.
"""

from __future__ import annotations

import ctypes
import os
import signal
import stat
import sys
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Final

from builder import squashfs
from builder.errors import Error
from certify.sandbox import mount

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from certify.sandbox.identity import Identity

_NEWNS, _NEWUSER = 0x20000, 0x10000000              # linux/sched.h
_SET_PDEATHSIG, _SET_DUMPABLE = 1, 4                # linux/prctl.h
_FUSE: Final = Path("/dev/fuse")

# Options of unshare for who comes out of here: the powers of this process end with the program that it executes.
NAMESPACE: Final = ("--user", "--map-current-user")


def possible(image: int) -> bool:
    """Whether an image behind an open handle can be mounted like this: a squashfs.

    For root the interpreter has to be open to others as well, for what is started with it later.
    """
    if not stat.S_ISREG(os.fstat(image).st_mode):
        return False
    if os.getuid() != 0:
        return True
    return _open_to_others(_FUSE, stat.S_IWOTH) and _open_to_others(Path(sys.executable), stat.S_IXOTH)


@contextmanager
def mounted(image: int, folder: Path, identity: Identity, own: Sequence[Path]) -> Iterator[None]:
    """Show the image behind an open handle at a folder; this process becomes the ``identity``, who gets the folders of ``own``.

    What was mounted before stays visible; the process keeps the powers to mount, and no others. Raises Fault, Error.
    """
    with _theirs(image, identity) as shown:
        if os.getuid() == 0:
            _become(identity, own)
        uid, gid = os.getuid(), os.getgid()
        _enter(0, 0)
        with mount.mounted(shown, folder, guarded=False):
            _enter(uid, gid)
            yield


def _theirs(image: int, identity: Identity) -> AbstractContextManager[int]:
    """The image that the identity may open again: for root, a copy of one that not all may read."""
    if os.getuid() != 0 or os.fstat(image).st_mode & stat.S_IROTH:
        return nullcontext(image)
    return squashfs.copied(image, identity.uid)


def _become(identity: Identity, own: Sequence[Path]) -> None:
    for folder in own:
        os.chown(folder, identity.uid, identity.gid)
    os.setgroups([])
    os.setresgid(identity.gid, identity.gid, identity.gid)
    os.setresuid(identity.uid, identity.uid, identity.uid)
    _tie()


def _enter(uid: int, gid: int) -> None:
    """Enter a user namespace in which this process has other ids, with a mount namespace of its own."""
    outer_uid, outer_gid = os.getuid(), os.getgid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEWUSER | _NEWNS):
        raise Error(f"cannot enter a user namespace: {os.strerror(ctypes.get_errno())}",
                    hint="the kernel must allow user namespaces in one another")
    own = Path("/proc/self")
    (own / "setgroups").write_text("deny", encoding="ascii")
    (own / "uid_map").write_text(f"{uid} {outer_uid} 1", encoding="ascii")
    (own / "gid_map").write_text(f"{gid} {outer_gid} 1", encoding="ascii")
    _tie()


def _tie() -> None:
    """What a change of user takes away: its own files in /proc, and the end with the one who started it."""
    libc = ctypes.CDLL(None)
    libc.prctl(_SET_DUMPABLE, 1, 0, 0, 0)
    libc.prctl(_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _open_to_others(path: Path, wanted: int) -> bool:
    try:
        real = path.resolve(strict=True)
        ways = (one.stat().st_mode & stat.S_IXOTH for one in (*path.absolute().parents, *real.parents))
        return all(ways) and bool(real.stat().st_mode & wanted)
    except OSError:
        return False
