"""The base that is a tree of files, as a tar or a folder: beside the recipe, or one that the site gave a name.

Its owner may change it at any moment: the layer has the digest of what was copied.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from builder import digest, process, running, tools
from builder.bases import places, settle, unpack
from builder.bases.foundation import Foundation
from builder.errors import Error, Fault, ToolFailed
from builder.rootfs import Root

if TYPE_CHECKING:
    from collections.abc import Callable

    from builder.layers import Layers
    from builder.outside import Outside
    from builder.recipe.model import TreeBase

_FORMAT: Final = 1      # raise it when the way a tree becomes a layer changes
_HINT: Final = "can root read it, and is there space on the disk?"
_DROPPED: Final = (stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK)


def digest_of(base: TreeBase, recipe_folder: Path, outside: Outside) -> str:
    """The digest of a tree as it is now, for the content key."""
    path = places.find(base.tree, outside.trees, recipe_folder, "tree")
    try:
        return (_Folder(path) if path.is_dir() else _Tar(path)).digest()
    except OSError as error:
        raise Error(f"tree {path}: {error.filename or path}: {error.strerror}", hint=_HINT) from error


def provide(base: TreeBase, recipe_folder: Path, outside: Outside, layers: Layers, work: Path,
            on_line: Callable[[str], None]) -> Foundation:
    """The layer of a tree; it is made if it is not there yet.

    ``work`` is a folder of the build's own on the same file system as the layer store.
    """
    path = places.find(base.tree, outside.trees, recipe_folder, "tree")
    kind = _Folder(path) if path.is_dir() else _Tar(path)
    try:
        found = kind.digest()
        name = digest.of_data(["tree", _FORMAT, type(kind).__name__, found, tools.versions(("tar",))])
        if not layers.has(name):
            on_line(f"copying the tree {path}")
            made = Path(tempfile.mkdtemp(prefix="tree-", dir=work)) / "tree"
            _same(path, found, kind.make(made, on_line))
            settle.settle(made, f"tree {path}", whiteouts=False)
            layers.keep(name, _filled(made, path))
    except OSError as error:
        raise Error(f"tree {path}: {error.filename or path}: {error.strerror}", hint=_HINT) from error
    layers.touch(name)
    return Foundation(layers=(name,), materials=({"uri": f"tree:{base.tree}", "sha256": found},))


class _Tar:
    """A tree as a tar: its digest is that of the file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def digest(self) -> str:
        with places.opened(self.path) as handle:
            return places.content(handle)[0]

    def make(self, target: Path, on_line: Callable[[str], None]) -> str:
        """Unpack it; returns the digest of what was unpacked."""
        tar = target.with_name("tar")
        with places.opened(self.path) as handle:
            found, _ = places.copy(handle, tar)
        unpack.unpack(tar, target, f"tree {self.path}", on_line)
        tar.unlink()
        return found


class _Folder:
    """A tree as a folder: its digest is over all that is copied of it, owners too."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def digest(self) -> str:
        return of_tree(self.path)

    def make(self, target: Path, on_line: Callable[[str], None]) -> str:
        """Copy it; returns the digest of the copy."""
        target.mkdir()
        try:
            process.stream(copy(self.path, target), on_line)
        except ToolFailed as error:
            raise Error(f"tree {self.path}: cannot be copied: {error.tail[-1000:]}", hint=_HINT) from error
        return of_tree(target)


def copy(tree: Path, target: Path) -> tuple[str, ...]:
    """The argv that copies what is in a folder: no extended attributes, nothing of what is mounted in it."""
    return ("cp", "--recursive", "--no-dereference", "--preserve=mode,ownership,timestamps,links", "--reflink=auto",
            "--one-file-system", "--no-target-directory", "--", str(tree), str(target))


def of_tree(tree: Path) -> str:
    """The sha256 over path, mode, owner, size, link target and content of every entry but devices and sockets."""
    top = tree.stat()
    total = hashlib.sha256(_line("/", tree, top))
    for path, status in Root(tree).walk():
        running.heed()
        if status.st_dev != top.st_dev:     # what is mounted there is not copied
            raise Fault(f"tree {tree}: something is mounted at {path}", hint="unmount it for the build")
        if stat.S_IFMT(status.st_mode) not in _DROPPED:
            total.update(_line(path, tree / path.lstrip("/"), status))
    return total.hexdigest()


def _line(path: str, place: Path, status: os.stat_result) -> bytes:
    said = ""
    if stat.S_ISREG(status.st_mode):
        with places.opened(place) as handle:
            said = str(places.content(handle))
    elif stat.S_ISLNK(status.st_mode):
        said = repr(os.fsencode(place.readlink()))
    return f"{status.st_mode:o} {status.st_uid} {status.st_gid} {said} {os.fsencode(path)!r}\n".encode()


def _same(path: Path, before: str, after: str) -> None:
    if before != after:
        raise Fault(f"tree {path}: it changed while it was copied", hint="build again when nobody writes to it")


def _filled(made: Path, path: Path) -> Path:
    if not any(made.iterdir()):
        raise Fault(f"tree {path}: it is empty", hint="is the path right?")
    return made
