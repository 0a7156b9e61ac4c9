"""Layers shown as one tree: an overlay whose upper folder takes what is changed.

Only for use in mount namespaces of our own. Options are chosen so that an upper folder is a layer that any later
overlay can take as a lower one: nothing in it refers to the layers below.
"""

from __future__ import annotations

import ctypes
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from builder.errors import Error

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

# volatile: no file is synced on the way; a layer that is half written at a power cut never gets its name.
_OPTIONS: Final = "index=off,metacopy=off,redirect_dir=off,xino=off"
MAX_LAYERS: Final = 400         # the kernel stacks 500
_MS_RDONLY: Final = 1
_MS_BIND: Final = 4096


@contextmanager
def mounted(layers: Sequence[Path], target: Path, work: Path, upper: Path | None = None) -> Iterator[Path]:
    """Show layers, the lowest first, at ``target``; what is changed goes to ``upper``, and nothing can be without it.

    ``work`` is a new folder for what the kernel needs beside it.
    """
    mount(layers, target, work, upper)
    try:
        yield target
    finally:
        unmount(target)


@contextmanager
def bound(source: Path, target: Path) -> Iterator[Path]:
    """Show a file or folder, in whose path no link is, at a new path of our own choice."""
    target.mkdir() if source.is_dir() else target.touch()
    _mount(str(source), target, "none", _MS_BIND, "")
    try:
        yield target
    finally:
        unmount(target)


def mount(layers: Sequence[Path], target: Path, work: Path, upper: Path | None = None) -> None:
    """As ``mounted``, for as long as its caller wants."""
    if len(layers) > MAX_LAYERS:
        raise Error(f"{len(layers)} layers are more than an overlay takes ({MAX_LAYERS})", hint="use fewer steps")
    names, empty = work / "lower", work / "empty"
    names.mkdir(parents=True)
    empty.mkdir()
    # The kernel takes one page of options, and a comma or colon ends a path there: links with short names stand for all.
    shown = [*layers] if layers and upper is not None else [empty, *layers]
    for number, layer in enumerate(shown):
        (names / str(number)).symlink_to(layer)
    lower = ":".join(str(number) for number in reversed(range(len(shown))))
    options = f"lowerdir={lower},{_OPTIONS}"
    if upper is not None:
        (work / "work").mkdir()
        (names / "upper").symlink_to(upper)
        (names / "work").symlink_to(work / "work")
        options += ",volatile,upperdir=upper,workdir=work"
    before = os.open(".", os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.chdir(names)
        _mount("overlay", target, "overlay", 0 if upper is not None else _MS_RDONLY, options)
    finally:
        os.fchdir(before)
        os.close(before)


def unmount(target: Path) -> None:
    """Take a mount away; raises Error if something still uses it."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.umount2(os.fsencode(target), 0):
        raise Error(f"{target}: cannot be unmounted: {os.strerror(ctypes.get_errno())}")


def _mount(source: str, target: Path, kind: str, flags: int, options: str) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(source.encode(), os.fsencode(target), kind.encode(), flags, options.encode()):
        raise Error(f"the kernel cannot show layers at {target}: {os.strerror(ctypes.get_errno())}",
                    hint="the cache has to lie on ext4, xfs, btrfs or tmpfs, not on an overlay itself: set CERTIFY_CACHE")
