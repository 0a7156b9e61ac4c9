"""The layers that builds share: what one piece of work changed in a tree, kept as a plain folder by its inputs.

<cache>/layers/<key>/tree   the upper folder of an overlay, with its whiteouts
<cache>/layers/<key>/used   its time is that of the last use
<cache>/layers/<key>/upon   the key of the layer that it was made on, if its content comes from there
<cache>/layers/<key>/size   the bytes that it takes, once somebody counted them

A layer gets its place by a rename when it is whole, so a killed build leaves none that is half made. Builds
hold the store shared while they work; who prunes it holds it alone.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from builder import process

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_DAY: Final = 86_400    # seconds


class Kept(NamedTuple):
    """A layer in the store: the bytes that it takes on the disk, and when it was last of use (in seconds)."""

    key: str
    size: int
    used: float


class Layers:
    """The layer store in a folder that only its owner can enter."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def tree(self, key: str) -> Path:
        """Where the tree of a layer stands."""
        return self.folder / key / "tree"

    def has(self, key: str) -> bool:
        """Whether a layer is there."""
        return self.tree(key).is_dir()

    def touch(self, key: str) -> None:
        """Note that a layer was used now."""
        with suppress(OSError):
            (self.folder / key / "used").touch()

    def keep(self, key: str, tree: Path, upon: str = "") -> Path:
        """Move a finished tree, on the same file system, into the store; returns its new place.

        It does not outlive the layer ``upon``: made again, that may be another. Where another build was quicker
        its layer stays: both were made of the same inputs.
        """
        part = self.folder / f".{key}.{secrets.token_hex(4)}"
        part.mkdir(mode=0o700)
        tree.rename(part / "tree")
        (part / "used").touch()
        (part / "upon").write_text(upon)
        try:
            part.rename(self.folder / key)
        except OSError:
            if not self.has(key):
                raise
            _delete([part])
        return self.tree(key)

    def taken(self, keys: Sequence[str]) -> int:
        """The bytes on the disk that layers take together."""
        return sum(self._size(key) for key in keys)

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Hold the store while layers of it are in use."""
        handle = self._open()
        try:
            fcntl.flock(handle, fcntl.LOCK_SH)
            yield
        finally:
            os.close(handle)

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Hold the store alone; whether that is so: nothing is to be removed while a build holds it."""
        handle = self._open()
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True
        finally:
            os.close(handle)

    def prune(self, limit: int, keep_days: float = 0) -> int:
        """Remove the layers that were not used for longest, until all take no more than ``limit`` bytes together.

        Those used in the last ``keep_days`` stay. What a killed build left goes at once. Nothing happens while a build
        holds the store. Returns the bytes freed.
        """
        with self.alone() as free:
            if not free:
                return 0
            self.sweep()
            going = self.going(limit, time.time() - keep_days * _DAY)
            self.remove([one.key for one in going])
            return sum(one.size for one in going)

    def sweep(self) -> None:
        """Remove what a killed build left half made. Who does it holds the store alone."""
        _delete(sorted(self.folder.glob(".*.*")))

    def all(self) -> tuple[Kept, ...]:
        """Every layer."""
        upon = self._upon()
        used = self._used(upon)
        return tuple(Kept(key, self._size(key), used[key]) for key in upon)

    def going(self, limit: int, young: float) -> tuple[Kept, ...]:
        """The layers that ``prune`` would remove, in its order. Those used after ``young`` (a time in seconds) stay.

        A layer goes before the one that it was made on; one whose own is gone goes at once.
        """
        upon = self._upon()
        used, sizes = self._used(upon), {key: self._size(key) for key in upon}
        going = [key for key in upon if not _stands(key, upon)]
        left = sum(sizes.values()) - sum(sizes[key] for key in going)
        for key in sorted(upon.keys() - set(going), key=lambda one: (used[one], -_depth(one, upon), one)):
            if left <= limit or used[key] > young:
                break
            going.append(key)
            left -= sizes[key]
        return tuple(Kept(key, sizes[key], used[key]) for key in sorted(going, key=lambda one: -_depth(one, upon)))

    def remove(self, keys: Sequence[str]) -> None:
        """Remove layers, in this order. Who does it holds the store alone."""
        for key in keys:        # first its name, so that no half of it is ever taken for the layer
            gone = self.folder / f".{key}.{secrets.token_hex(4)}"
            (self.folder / key).rename(gone)
            _delete([gone])

    def _upon(self) -> dict[str, str]:
        keys = [path.name for path in sorted(self.folder.glob("[!.]*")) if self.has(path.name)]
        return {key: _text(self.folder / key / "upon") for key in keys}

    def _used(self, upon: dict[str, str]) -> dict[str, float]:
        """When each layer was last of use: itself, or one that was made on it."""
        used = {key: _time(self.folder / key / "used") for key in upon}
        for key in sorted(upon, key=lambda one: -_depth(one, upon)):
            if upon[key] in used:
                used[upon[key]] = max(used[upon[key]], used[key])
        return used

    def _size(self, key: str) -> int:
        """The bytes on the disk that a layer takes; a layer never changes, so they are counted once."""
        counted = self.folder / key / "size"
        said = _text(counted)
        if not said.isdigit():
            # Not a walk of ours: a hostile step can nest folders deeper than a path may be long.
            argv = ("du", "--summarize", "--block-size=1", "--one-file-system", "--", str(self.folder / key))
            done = process.run(argv, check=False)
            said = done.stdout.partition("\t")[0]
            if done.code or not said.isdigit():
                return 0
            counted.write_text(said)
        return int(said)

    def _open(self) -> int:
        return os.open(self.folder / ".lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)


def _stands(key: str, upon: dict[str, str]) -> bool:
    """Whether all that a layer was made on is there."""
    for _ in range(len(upon)):
        key = upon[key]
        if key not in upon:
            return not key
    return False


def _depth(key: str, upon: dict[str, str]) -> int:
    depth = 0
    while depth < len(upon) and (key := upon.get(key, "")):
        depth += 1
    return depth


def _delete(folders: Sequence[Path]) -> None:
    for folder in folders:
        process.run(("rm", "-rf", "--one-file-system", "--", str(folder)), check=False)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""


def _time(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0
