"""An OCI layout of a moment, for skopeo to send from: documents as files, and open files by links to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from certify import strictjson
from certify.store import oci
from certify.store.layout import OCI_LAYOUT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_BLOBS: Final = "blobs/sha256"


class Layout:
    """A layout in a new folder, which is the caller's alone."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._named = folder, dict[str, oci.Descriptor]()
        (folder / _BLOBS).mkdir(parents=True, mode=0o700)
        (folder / "oci-layout").write_bytes(OCI_LAYOUT)

    def add(self, blobs: Iterable[bytes]) -> None:
        """Put small blobs in."""
        for data in blobs:
            self.path(oci.sha256(data)).write_bytes(data)

    def link(self, digest: str, handle: int) -> None:
        """Put an open file in: whoever reads it has to inherit the handle, and gets what was opened, whatever its name means."""
        self.path(digest).symlink_to(f"/proc/self/fd/{handle}")

    def name(self, name: str, manifest: bytes) -> None:
        """Put a manifest in, and give it a name."""
        self.add([manifest])
        self._named[name] = oci.descriptor(oci.MANIFEST, oci.sha256(manifest), len(manifest), annotations={oci.REF_NAME: name})
        listed = {"schemaVersion": 2, "mediaType": oci.INDEX, "manifests": list(self._named.values())}
        (self.folder / "index.json").write_bytes(strictjson.dumps(listed))

    def path(self, digest: str) -> Path:
        """Where a blob stands."""
        return self.folder / _BLOBS / digest
