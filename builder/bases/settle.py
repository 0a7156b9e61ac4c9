"""Make of an unpacked tree what can be a layer of an overlay: no devices, and its whiteouts as the kernel knows them.

The names are bytes, no link is followed, and a device of the tree is gone before the first whiteout is made, as
for the kernel a whiteout is a device.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from builder import running
from builder.errors import Fault

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES: Final = 256 << 30        # of all files together, as they seem: holes take no space, but are read
MAX_ENTRIES: Final = 10_000_000

OPAQUE: Final = "trusted.overlay.opaque"
_ORIGIN: Final = "trusted.overlay.origin"
_WHITEOUT: Final = b".wh."
_META: Final = b".wh..wh."          # of aufs itself, where images come from old tools
_OPAQUE_NAME: Final = b".wh..wh..opq"


@dataclass(slots=True)
class _Found:
    """What stands in one folder."""

    folders: dict[bytes, bytes] = field(default_factory=dict)       # path by name
    devices: list[bytes] = field(default_factory=list)
    whiteouts: list[bytes] = field(default_factory=list)
    others: set[bytes] = field(default_factory=set)
    size: int = 0


def settle(tree: Path, what: str, *, whiteouts: bool) -> None:
    """Drop devices and sockets, and with ``whiteouts`` make those of an OCI layer the kernel's.

    The tree is ours alone. Raises Fault if it is too large, too deep, or has a whiteout that is none.
    """
    pending, size, count = [os.fsencode(tree)], 0, 0
    try:
        while pending:
            running.heed()
            folder = pending.pop()
            found = _look(folder, whiteouts=whiteouts)
            _mend(folder, found, what)
            pending += found.folders.values()
            size, count = size + found.size, count + len(found.others) + len(found.folders)
            if size > MAX_BYTES or count > MAX_ENTRIES:
                raise Fault(f"{what}: more than {MAX_BYTES >> 30} GiB or {MAX_ENTRIES} files", hint="is this the right base?")
    except OSError as error:
        raise Fault(f"{what}: its tree cannot be read: {error.strerror}", hint="are its paths too long?") from error


def is_opaque(tree: Path) -> bool:
    """Whether the top of a layer hides all layers below it."""
    try:
        return os.getxattr(tree, OPAQUE) == b"y"
    except OSError:
        return False


def _look(folder: bytes, *, whiteouts: bool) -> _Found:
    found = _Found()
    with os.scandir(folder) as entries:
        for entry in entries:
            status = entry.stat(follow_symlinks=False)
            kind = stat.S_IFMT(status.st_mode)
            if kind in (stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK):
                found.devices.append(entry.name)
            elif whiteouts and entry.name.startswith(_WHITEOUT):
                found.whiteouts.append(entry.name)
            elif kind == stat.S_IFDIR:
                found.folders[entry.name] = entry.path
            else:
                found.others.add(entry.name)
                found.size += status.st_size // status.st_nlink
    return found


def _mend(folder: bytes, found: _Found, what: str) -> None:
    if not found.devices and not found.whiteouts:
        return
    before = os.lstat(folder)
    for name in found.devices:
        os.unlink(os.path.join(folder, name))  # noqa: PTH108, PTH118 (names are bytes)
    for name in found.whiteouts:
        _whiteout(folder, name, found, what)
    os.utime(folder, ns=(before.st_atime_ns, before.st_mtime_ns), follow_symlinks=False)


def _whiteout(folder: bytes, name: bytes, found: _Found, what: str) -> None:
    marker = os.path.join(folder, name)  # noqa: PTH118
    if name.startswith(_META):
        if name == _OPAQUE_NAME:
            os.setxattr(folder, OPAQUE, b"y", follow_symlinks=False)
        _remove(marker, what)
        return
    hidden = name.removeprefix(_WHITEOUT)
    if hidden in (b"", b".", b".."):
        raise Fault(f"{what}: the whiteout {os.fsdecode(marker)!r} hides nothing that can be",
                    hint="the image is broken: use another")
    _remove(marker, what)
    _hide(folder, hidden, found)


def _hide(folder: bytes, hidden: bytes, found: _Found) -> None:
    if hidden in found.folders:         # it hides the folder below, not the one that this layer brings
        os.setxattr(found.folders[hidden], OPAQUE, b"y", follow_symlinks=False)
    elif hidden not in found.others:
        os.mknod(os.path.join(folder, hidden), stat.S_IFCHR | 0o600, os.makedev(0, 0))  # noqa: PTH118
        # Where no layer below has this folder, the kernel looks for whiteouts in it only if it has this mark.
        os.setxattr(folder, _ORIGIN, b"", follow_symlinks=False)


def _remove(marker: bytes, what: str) -> None:
    try:
        if stat.S_ISDIR(os.lstat(marker).st_mode):
            os.rmdir(marker)  # noqa: PTH106
        else:
            os.unlink(marker)  # noqa: PTH108
    except OSError as error:
        raise Fault(f"{what}: the whiteout {os.fsdecode(marker)!r} is a folder with something in it",
                    hint="the image is broken: use another") from error
