"""Where everything in a store is, how a store is made, and its lock."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from builder.errors import Error, Fault
from certify.files import read_if_there
from certify.reference import HEX, Reference
from certify.store.atomic import belong, open_folder, sync_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FORMAT: Final = b"certify-store 1\n"
OCI_LAYOUT: Final = b'{"imageLayoutVersion":"1.0.0"}\n'
EMPTY_INDEX: Final = (
    b'{"manifests":[],"mediaType":"application/vnd.oci.image.index.v1+json","schemaVersion":2}\n'
)

# What would list names or digests of private images can only be passed (0711): whoever knows the next name finds each entry
# guarded by itself. Which images are whose says lists/, see there.
FOLDERS: Final = {
    "blobs": 0o755,
    "blobs/sha256": 0o711,
    "images": 0o711,
    "certs": 0o711,
    "access": 0o711,
    "tags": 0o711,
    "tmp": 0o700,
    "quarantine": 0o700,
}
PUBLIC: Final = "public"
# Stores that were made before there were lists get them by their first change.
LISTS: Final = {"lists": 0o711, f"lists/{PUBLIC}": 0o755}
LOCK: Final = "lock"
CHANGING: Final = "changing"
_HINT: Final = "--store or CERTIFY_STORE names the store; certify publish makes a new one in an empty folder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """The paths of a store.

    Digests are 64 hex digits; names and tags are checked before they become paths. ``lay_out`` makes an image's file, empty,
    in a way that its file system has for large ones; see ``striping``.
    """

    root: Path
    lay_out: Callable[[Path], None] | None = field(default=None, compare=False)

    @classmethod
    def open(cls, root: Path) -> Store:
        """Give a store that is there.

        Raises Error if there is none, or of another version, Fault if it is tampered with.
        """
        found = read_if_there(root / "format", 100)
        if found is None:
            raise Error(f"{root}: no store here", hint=_HINT)
        if found != FORMAT:
            raise Error(f"{root}: a store of a version that is not known here: {_version(found)}",
                        hint=f"this certify knows {FORMAT.decode().strip()!r}: use a newer one")
        for name in FOLDERS:
            if not stat.S_ISDIR(_mode(root / name)):
                raise Fault(
                    f"{root / name} is not a folder",
                    hint="somebody changed the store: look before you mend it",
                )
        return cls(root=root)

    @classmethod
    def create(cls, root: Path) -> Store:
        """Give a new store in an empty or missing folder; raises Error."""
        try:
            root.mkdir(mode=0o755, parents=True, exist_ok=True)
            # What an interrupted create left behind is taken up again; anything else is not ours.
            if {entry.name for entry in root.iterdir()} - {name.partition("/")[0] for name in (*FOLDERS, *LISTS)} - {
                    "oci-layout", "index.json"}:
                raise Error(f"{root}: neither a store nor an empty folder", hint=_HINT)
            _make(root)
        except OSError as error:
            raise Error(f"{root}: the store cannot be made: {error.strerror}",
                        hint="is the disk full, or the folder not yours?") from error
        return cls.open(root)

    @classmethod
    def open_or_create(cls, root: Path) -> Store:
        """Give the store that is there, or a new one."""
        return cls.open(root) if os.path.lexists(root / "format") else cls.create(root)

    @property
    def group(self) -> int | None:
        """The group that reads private images and their .meta, too; None if there is none.

        The store's folder tells: it is the folder's group, if the set-group-ID bit says that it counts.
        """
        status = self.root.stat()
        return status.st_gid if status.st_mode & stat.S_ISGID else None

    @property
    def index_json(self) -> Path:
        """The OCI layout's list of public images."""
        return self.root / "index.json"

    @property
    def revoked(self) -> Path:
        """The signed list of revoked images."""
        return self.root / "revoked.dsse.json"

    @property
    def tmp(self) -> Path:
        """Where files are written before they get their names."""
        return self.root / "tmp"

    @property
    def quarantine(self) -> Path:
        """Where what was taken out waits, to be brought back or deleted."""
        return self.root / "quarantine"

    @property
    def log(self) -> Path:
        """The folder of the signed log; made by its first record, and its owner's alone."""
        return self.root / "log"

    @property
    def pins(self) -> Path:
        """The folder of the pins; made by the first one, and its owner's alone."""
        return self.root / "pins"

    @property
    def lists(self) -> Path:
        """The folder of the folders that say which images are whose."""
        return self.root / "lists"

    @property
    def leases(self) -> Path:
        """The folder of the leases of jobs; made by the first one, and its owner's alone."""
        return self.root / "leases"

    def blob(self, digest: str) -> Path:
        """Give a blob of the OCI layout."""
        return self.root / "blobs" / "sha256" / _hex(digest)

    def image(self, digest: str) -> Path:
        """Give the squashfs, as the runtime finds it."""
        return self.root / "images" / f"{_hex(digest)}.squashfs"

    def meta(self, digest: str) -> Path:
        """Give the runtime's .meta beside the squashfs."""
        return self.root / "images" / f"{_hex(digest)}.meta"

    def certs(self, digest: str) -> Path:
        """Give the folder of the image's certificate."""
        return self.root / "certs" / _hex(digest)

    def access(self, digest: str) -> Path:
        """Give the image's access record."""
        return self.root / "access" / f"{_hex(digest)}.dsse.json"

    def entry(self, folder: str, digest: str) -> Path:
        """Give the file that says that an image is for those who can list this folder of lists/."""
        return self.lists / folder / _hex(digest)

    def tags(self, name: str) -> Path:
        """Give the folder of a name's tag records."""
        return self.root / "tags" / str(Reference(name=name).name)

    def tag(self, name: str, tag: str) -> Path:
        """Give a tag record."""
        return self.tags(name) / str(Reference(name=name, tag=tag).tag)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the store's one lock, waiting for it: publishers go one after the other.

        What the file system refuses meanwhile is told as the store's trouble. Raises Error.
        """
        try:
            fd = os.open(self.tmp / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise Error(
                f"{self.root}: the store cannot be written: {error.strerror}",
                hint="publish as the store's owner",
            ) from error
        try:
            belong(fd, self.tmp)
            fcntl.flock(fd, fcntl.LOCK_EX)
            yield
        except OSError as error:
            raise Error(f"{self.root}: {error.strerror or error}",
                        hint="is the disk full, or the store not yours? do it again when that is mended") from error
        finally:
            os.close(fd)

    @property
    def interrupted(self) -> bool:
        """Whether a change did not come to its end, or is being made just now."""
        return os.path.lexists(self.tmp / CHANGING)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Mark that a change is being made; the mark stays if it ends halfway. Only under the lock.

        A change is many files, each of them whole: who finds the mark knows that some may be ahead of others.
        """
        mark = self.tmp / CHANGING
        before = self.interrupted
        fd = os.open(mark, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        belong(fd, self.tmp)
        os.close(fd)
        sync_folder(self.tmp)
        yield
        if not before:
            mark.unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove what interrupted publishers left in tmp; only under the lock."""
        for entry in self.tmp.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)        # on its way into quarantine, or out of it
            elif entry.name != LOCK:
                entry.unlink()


def _make(root: Path) -> None:
    for name, mode in {**FOLDERS, **LISTS}.items():
        folder = root / name
        folder.mkdir(exist_ok=True)
        fd = open_folder(folder)
        belong(fd, folder.parent)
        os.fchmod(fd, mode)             # whatever the umask is
        os.fsync(fd)
        os.close(fd)
        sync_folder(folder.parent)
    for name, content in (("oci-layout", OCI_LAYOUT), ("index.json", EMPTY_INDEX), ("format", FORMAT)):
        temp = root / "tmp" / f"new-{name}"
        temp.unlink(missing_ok=True)
        with temp.open("xb", buffering=0) as file:
            belong(file.fileno(), root)
            os.fchmod(file.fileno(), 0o644)
            file.write(content)
            os.fsync(file.fileno())
        sync_folder(root)
        temp.rename(root / name)        # format comes last: with it the store is whole
    sync_folder(root)


def _version(found: bytes) -> str:
    """What a file ``format`` says, if it says anything that people can read."""
    text = found.decode("ascii", "replace").strip()
    return repr(text) if text.isprintable() else "unreadable"


def _mode(path: Path) -> int:
    try:
        return path.lstat().st_mode
    except OSError:
        return 0


def _hex(digest: str) -> str:
    if not HEX.fullmatch(digest):
        raise Fault(f"not a sha256 digest: {digest[:80]!r}")
    return digest
