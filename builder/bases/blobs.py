"""What was fetched of images, by its digest: nothing gets in unverified, and nothing comes out so.

<cache>/images/blobs/sha256/<hex>    manifests, configurations and layers, as they were served
"""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from builder import used
from builder.bases import places
from builder.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MAX_DOCUMENT: Final = 4 << 20       # what registries take for a manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """What an image says of a part of it: the sha256 in hex, and the size in bytes."""

    digest: str
    size: int


class Blobs:
    """The store of blobs in a folder that only its owner can enter."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "blobs" / "sha256"

    def path(self, digest: str) -> Path:
        """Where a blob stands."""
        return self.folder / digest

    def document(self, digest: str) -> bytes | None:
        """A small blob, if it is there and still what its name says."""
        try:
            with places.opened(self.path(digest)) as handle, os.fdopen(os.dup(handle), "rb") as file:
                data = file.read(MAX_DOCUMENT + 1)
        except OSError:
            return None
        used.touch(self.path(digest))
        return data if sha256(data) == digest else None

    def keep_document(self, digest: str, data: bytes, where: str) -> bytes:
        """Take a small blob in; raises Fault if it is another."""
        expect(where, Blob(digest=digest, size=len(data)), sha256(data), len(data))
        part = self._part()
        part.write_bytes(data)
        part.rename(self.path(digest))
        return data

    def holds(self, blob: Blob) -> bool:
        """Whether a blob is there; it is read to its end, and deleted where it is not what its name says."""
        try:
            with places.opened(self.path(blob.digest)) as handle:
                whole = os.fstat(handle).st_size == blob.size and places.content(handle)[0] == blob.digest
        except OSError:
            return False
        if not whole:
            self.path(blob.digest).unlink(missing_ok=True)
        return whole

    def keep(self, blob: Blob, path: Path, where: str) -> None:
        """Move in a file that is ours alone, on the same file system; raises Fault if it is another."""
        with places.opened(path) as handle:
            expect(where, blob, *places.content(handle))
        self._ready()
        path.rename(self.path(blob.digest))
        used.touch(self.path(blob.digest))

    def note_use(self, blobs: Iterable[Blob]) -> None:
        """Note that blobs are of use, also where nobody reads them as their layers are there."""
        for blob in blobs:
            used.touch(self.path(blob.digest))

    def keep_copy(self, blob: Blob, handle: int, where: str) -> None:
        """Copy a file in that others may change meanwhile; raises Fault if its bytes are others."""
        part = self._part()
        try:
            expect(where, blob, *places.copy(handle, part, blob.size))
            part.rename(self.path(blob.digest))
        finally:
            part.unlink(missing_ok=True)

    def _ready(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def _part(self) -> Path:
        self._ready()
        return self.folder / f".{secrets.token_hex(8)}"


def sha256(data: bytes) -> str:
    """The sha256 of bytes, in hex."""
    return hashlib.sha256(data).hexdigest()


def expect(where: str, wanted: Blob, digest: str, size: int) -> None:
    """Raise Fault if bytes are others than those that were asked for."""
    if digest != wanted.digest:
        raise Fault(f"{where}: the bytes of sha256:{wanted.digest} are others (sha256:{digest})",
                    hint="it is broken or was changed: do not use it before its owner explains why")
    if size != wanted.size:
        raise Fault(f"{where}: sha256:{digest} has {size} bytes, its manifest says {wanted.size}",
                    hint="the image is broken: use another")
