"""Read what an image is made of from an OCI layout, a folder whose owner may change it at any moment."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from builder.bases import places
from builder.bases.blobs import MAX_DOCUMENT, Blob, expect, sha256
from builder.errors import Error, Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from builder.bases.blobs import Blobs


class Layout:
    """An OCI layout as the place that an image comes from. What is verified is the copy that is kept."""

    def __init__(self, folder: Path, on_line: Callable[[str], None]) -> None:
        self.folder, self.on_line, self.where = folder, on_line, f"OCI layout {folder}"

    def manifest(self, digest: str) -> bytes:
        """A manifest or an index."""
        return self._document(digest)

    def config(self, digest: str, blob: Blob) -> bytes:  # noqa: ARG002 (a registry needs to know the manifest)
        """The configuration of an image."""
        return self._document(blob.digest)

    def fetch(self, digest: str, wanted: Sequence[Blob], others: Sequence[Blob], blobs: Blobs) -> None:  # noqa: ARG002
        """Bring layers into the store."""
        for layer in wanted:
            self.on_line(f"copying sha256:{layer.digest}")
            try:
                with places.opened(self._path(layer.digest), self.folder) as handle:
                    blobs.keep_copy(layer, handle, self.where)
            except OSError as error:
                raise self._missing(layer.digest, error) from error

    def _document(self, digest: str) -> bytes:
        try:
            with places.opened(self._path(digest), self.folder) as handle, os.fdopen(os.dup(handle), "rb") as file:
                data = file.read(MAX_DOCUMENT + 1)
        except OSError as error:
            raise self._missing(digest, error) from error
        expect(self.where, Blob(digest=digest, size=len(data)), sha256(data), len(data))
        return data

    def _path(self, digest: str) -> Path:
        return self.folder / "blobs" / "sha256" / digest

    def _missing(self, digest: str, error: OSError) -> Error:
        message = f"{self.where}: sha256:{digest}: {error.strerror}"
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            return Error(message, hint="is there space on the disks, and are they healthy?")
        return Fault(message, hint="is the whole image there? copy it again with: skopeo copy ... oci:FOLDER")
