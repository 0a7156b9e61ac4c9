"""What a power cut may leave of the calls that were traced: only what was synced is sure to be there.

Bytes, mode and ACL of a file are sure once it was synced, a name once its folder was; what was not may be there or not,
each by itself, in whatever order the disk likes. A rename is there or not as a whole, and sure with its new folder.
"""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass, field, replace
from pathlib import Path


@dataclass(frozen=True)
class Inode:
    """A file (its bytes) or a folder (None), with mode and ACL."""

    data: bytes | None
    mode: int
    attributes: tuple = ()


@dataclass(frozen=True)
class Change:
    """A name that goes from a folder, and one that comes to a folder; ``into`` is the folder whose sync makes it sure."""

    into: int
    inode: int
    gone: tuple | None = None
    come: tuple | None = None


@dataclass
class Disk:
    """What is sure, and what is not yet; fed with the calls of one process tree, each before it is made."""

    root: Path
    sure: dict = field(default_factory=dict)        # inode -> Inode, as it was synced last
    names: dict = field(default_factory=dict)       # folder's inode -> name -> inode
    waiting: list = field(default_factory=list)     # changes that are not sure
    last: object = None

    def start(self):
        """Take all that is there for sure."""
        for path in [self.root, *self.root.rglob("*")] if self.root.exists() else []:
            self._sync(path)
            if path.is_dir():
                self.names[path.lstat().st_ino] = {one.name: one.lstat().st_ino for one in path.iterdir()}

    def seen(self, call):
        """Take note of what the call before did, and of what this one is about to do."""
        self.settle()
        paths = [Path(one) for one in call.paths]
        self.last = call.name, paths, [_number(path) for path in paths]

    def settle(self):
        """Take note of what the last call did."""
        if self.last is None:
            return
        name, paths, before = self.last
        self.last = None
        after = [_number(path) for path in paths]
        if name in ("fsync", "fdatasync"):
            self._sync(paths[0])
            self._synced_folder(before[0])
        elif name.startswith("rename") and before[0] is not None:
            self._change(paths[1], before[0], gone=paths[0])
        elif name.startswith("link") and before[1] is None:
            self._change(paths[1], after[1])
        elif name.startswith(("unlink", "rmdir")) and before[0] is not None:
            self._change(None, before[0], gone=paths[0])
        elif name in ("open", "openat", "creat", "mkdir", "mkdirat") and before[0] is None and after[0] is not None:
            self._made(paths[0], after[0])

    def _made(self, path, number):
        mode = path.lstat().st_mode
        self.sure[number] = Inode(None if stat.S_ISDIR(mode) else b"", stat.S_IMODE(mode))
        if stat.S_ISDIR(mode):
            self.names[number] = {}
        if path != self.root:
            self._change(path, number)

    def _change(self, come, inode, gone=None):
        places = [None if path is None else (_number(path.parent), path.name) for path in (gone, come)]
        self.waiting.append(Change(into=(places[1] or places[0])[0], inode=inode, gone=places[0], come=places[1]))

    def _sync(self, path):
        self.sure[path.lstat().st_ino] = _inode(path)

    def _synced_folder(self, number):
        for one in [one for one in self.waiting if one.into == number]:
            self.waiting.remove(one)
            _apply(self.names, one)

    def left(self):
        """Give each state that a power cut may leave now: names by folder, and the inodes."""
        temp = _number(self.root / "tmp")
        units = [[one] for one in self.waiting if one.into != temp]
        if swept := [one for one in self.waiting if one.into == temp]:
            units.append(swept)             # names of temp files matter to nobody: all or none
        now = {number: _inode(path) for path in [self.root, *self.root.rglob("*")] if (number := _number(path)) is not None}
        picks = [set(), set(range(len(units)))]
        picks += [{one} for one in range(len(units))] + [set(range(len(units))) - {one} for one in range(len(units))]
        for inodes in (self.sure, self.sure | {number: one for number, one in now.items() if number in self.sure}):
            for pick in picks:
                names = {folder: dict(entries) for folder, entries in self.names.items()}
                chosen = {id(one) for at, unit in enumerate(units) if at in pick for one in unit}
                for one in self.waiting:
                    if id(one) in chosen:
                        _apply(names, one)
                yield names, inodes

    def write(self, state, target):
        """Make the tree of a state; give the sha256 of all that counts in it. ``target`` must not be there, None makes none."""
        digest, linked = hashlib.sha256(), {}
        self._write(state, _number(self.root), target, "", digest, linked)
        return digest.hexdigest()

    def _write(self, state, number, target, where, digest, linked):
        names, inodes = state
        inode = inodes[number]
        if not where.startswith("/tmp/") or where == "/tmp/changing":
            digest.update(repr((where, replace(inode, data=inode.data and hashlib.sha256(inode.data).digest()),
                                linked.get(number))).encode())
        if target is not None and number in linked and inode.data is not None:
            target.with_name(target.name).hardlink_to(linked[number])
            return
        linked[number] = target or where
        if inode.data is None:
            if target is not None:
                target.mkdir()
            for name, inner in sorted(names.get(number, {}).items()):
                self._write(state, inner, target and target / name, f"{where}/{name}", digest, linked)
        elif target is not None:
            target.write_bytes(inode.data)
        if target is not None:
            target.chmod(inode.mode)
            for name, value in inode.attributes:
                os.setxattr(target, name, value)


def _apply(names, change):
    if change.gone is not None and names.get(change.gone[0], {}).get(change.gone[1]) == change.inode:
        del names[change.gone[0]][change.gone[1]]
    if change.come is not None and change.come[0] in names:
        names[change.come[0]][change.come[1]] = change.inode


def _number(path):
    try:
        return path.lstat().st_ino
    except OSError:
        return None


def _inode(path):
    status = path.lstat()
    attributes = tuple((name, os.getxattr(path, name)) for name in os.listxattr(path) if name.startswith("system.posix_acl"))
    return Inode(None if stat.S_ISDIR(status.st_mode) else path.read_bytes(), stat.S_IMODE(status.st_mode), attributes)
