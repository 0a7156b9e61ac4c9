"""Files that a recipe names as its base: beside it or by a name of the site, read without following links out."""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from builder import running
from builder.digest import CHUNK
from builder.errors import Error, Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

# A FIFO in the place of a file would keep us waiting for ever.
_FLAGS: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def find(name: str, named: Mapping[str, Path], folder: Path, what: str) -> Path:
    """What the site calls so, else what stands so in the recipe's folder; raises Fault if it is neither."""
    if name in named:
        path = named[name].resolve()
        if not path.exists():
            raise Error(f"{what} {name}: {path} is not there", hint="mend the site's policy, which names it")
        return path
    return _beside(name, folder, what)


@contextmanager
def opened(path: Path, top: Path | None = None) -> Iterator[int]:
    """The handle of a regular file; raises OSError if it is none, a link, or by a linked folder not in ``top``."""
    if top is not None and not path.parent.resolve(strict=True).is_relative_to(top.resolve()):
        raise PermissionError(0, "a link leads out of its folder", str(path))
    handle = os.open(path, _FLAGS)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise PermissionError(0, "not a regular file", str(path))
        yield handle
    finally:
        os.close(handle)


def copy(handle: int, target: Path, limit: int | None = None) -> tuple[str, int]:
    """Copy a file's bytes to a new file; returns the sha256 and the number of those that were written.

    Who owns the original can change it at any moment: the digest is that of the copy. Stops behind ``limit`` bytes.
    """
    hasher, count = hashlib.sha256(), 0
    with target.open("xb") as file:
        while (limit is None or count <= limit) and (chunk := os.read(handle, CHUNK)):
            running.heed()
            hasher.update(chunk)
            file.write(chunk)
            count += len(chunk)
    return hasher.hexdigest(), count


def content(handle: int) -> tuple[str, int]:
    """The sha256 of a file's bytes, and their number."""
    hasher, count = hashlib.sha256(), 0
    while chunk := os.read(handle, CHUNK):
        running.heed()
        hasher.update(chunk)
        count += len(chunk)
    return hasher.hexdigest(), count


def _beside(name: str, folder: Path, what: str) -> Path:
    top = folder.resolve()
    if name.startswith("/") or ".." in name.split("/"):
        raise Fault(f"{what} {name}: not a path inside the recipe's folder",
                    hint="move it there, or let the site's policy give it a name")
    path = (top / name).resolve()
    if not path.is_relative_to(top):
        raise Fault(f"{what} {name}: a link leads out of the recipe's folder",
                    hint="move it there, or let the site's policy give it a name")
    if not path.exists():
        raise Fault(f"{what} {name}: not in the recipe's folder {folder}, and the site gives nothing this name",
                    hint="is the name right?")
    return path
