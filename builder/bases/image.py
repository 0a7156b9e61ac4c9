"""The base that is an image, of a registry or of an OCI layout: its layers become layers of the store.

Each layer has its key by its own digest, so images share what they have in common.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from builder import crew, digest, disk, tools
from builder.bases import inherit, oci, reference, settle, unpack
from builder.bases.blobs import Blobs, expect, sha256
from builder.bases.foundation import Foundation
from builder.bases.layout import Layout
from builder.bases.reference import Remote
from builder.bases.registry import Registry
from builder.progress import human_size

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from builder.bases.blobs import Blob
    from builder.bases.oci import Manifest
    from builder.layers import Layers
    from builder.outside import Outside
    from builder.recipe.model import ImageBase

_FORMAT: Final = 1      # raise it when the way a layer is unpacked changes
_TOOLS: Final = ("tar",)


class _Source(Protocol):
    """Where the parts of an image come from. What it gives is verified."""

    where: str

    def manifest(self, digest: str) -> bytes: ...
    def config(self, digest: str, blob: Blob) -> bytes: ...
    def fetch(self, digest: str, wanted: Sequence[Blob], others: Sequence[Blob], blobs: Blobs) -> None: ...


def key(base: ImageBase) -> str:
    """A digest over all that decides the base's layers: an index has an image for each kind of machine."""
    return digest.of_data(["image", _FORMAT, base.digest, oci.architecture(), tools.versions(_TOOLS)])


def layer_key(blob: str) -> str:
    """The key in the layer store of a layer with this digest."""
    return digest.of_data(["oci-layer", _FORMAT, blob, tools.versions(_TOOLS)])


def provide(base: ImageBase, recipe_folder: Path, outside: Outside, layers: Layers, images: Path, work: Path,
            on_line: Callable[[str], None]) -> Foundation:
    """The layers of an image; what is not in the store is fetched, verified and unpacked.

    ``images`` is the store of what was fetched, ``work`` a folder of the build's own on the same file system as the
    layer store. Raises Fault if the policy does not allow it or it is not what its digest says.
    """
    listen = crew.one_at_a_time(on_line)
    folder = Path(tempfile.mkdtemp(prefix="image-", dir=work))
    image = _Image(_source(base, recipe_folder, outside, folder, listen), Blobs(images), folder, listen)
    manifest, config = image.read(base.digest)
    missing = [one for one in dict.fromkeys(manifest.layers) if not layers.has(layer_key(one.digest))]
    image.bring(manifest, missing)
    crew.each(lambda blob: image.unpack(blob, layers), sorted(missing, key=lambda blob: -blob.size))
    environment, refused = inherit.environment(config)
    return Foundation(layers=_stack(manifest, layers), environment=environment, notes=(*refused, *inherit.notes(config)),
                      materials=({"uri": base.reference, "sha256": base.digest},))


class _Image:
    """One image on its way from its source into the layer store."""

    def __init__(self, source: _Source, blobs: Blobs, folder: Path, on_line: Callable[[str], None]) -> None:
        self.source, self.blobs, self.folder, self.on_line = source, blobs, folder, on_line
        self.digest = ""        # of this machine's manifest

    def read(self, pinned: str) -> tuple[Manifest, dict[str, Any]]:
        """The manifest and the settings of this machine's image behind the pinned digest."""
        where = f"{self.source.where}@sha256:{pinned}"
        data = self._document(pinned, self.source.manifest)
        self.digest = oci.choose(data, where) or pinned
        if self.digest != pinned:
            data = self._document(self.digest, self.source.manifest)
        manifest = oci.manifest(data, where)
        config = self._document(manifest.config.digest, lambda _: self.source.config(self.digest, manifest.config))
        expect(where, manifest.config, sha256(config), len(config))
        return manifest, oci.configuration(config, where)

    def bring(self, manifest: Manifest, missing: Sequence[Blob]) -> None:
        """Have the blobs of the missing layers in the store, and each of them verified now."""
        self.blobs.note_use(manifest.layers)
        wanted = [one for one in missing if not self.blobs.holds(one)]
        if not wanted:
            return
        disk.require_room(self.folder, sum(one.size for one in wanted), f"to fetch {self.source.where}")
        self.source.fetch(self.digest, wanted, [one for one in manifest.layers if one not in wanted], self.blobs)

    def unpack(self, blob: Blob, layers: Layers) -> None:
        """Make a layer of the store of a verified blob."""
        what, tree = f"{self.source.where}: layer sha256:{blob.digest}", self.folder / blob.digest
        self.on_line(f"unpacking sha256:{blob.digest} ({human_size(blob.size)})")
        unpack.unpack(self.blobs.path(blob.digest), tree, what, self.on_line)
        settle.settle(tree, what, whiteouts=True)
        layers.keep(layer_key(blob.digest), tree)

    def _document(self, digest: str, fetch: Callable[[str], bytes]) -> bytes:
        known = self.blobs.document(digest)
        return known if known is not None else self.blobs.keep_document(digest, fetch(digest), self.source.where)


def _source(base: ImageBase, recipe_folder: Path, outside: Outside, work: Path, on_line: Callable[[str], None]) -> _Source:
    found = reference.parse(base.reference)
    if isinstance(found, Remote):
        reference.check(found, outside)
        return Registry(found, outside, work, on_line)
    return Layout(reference.layout(found, recipe_folder, outside), on_line)


def _stack(manifest: Manifest, layers: Layers) -> tuple[str, ...]:
    """The keys of the layers, the lowest first: down to one that hides all below it, and each once.

    The kernel takes no folder twice. Of two equal layers the upper one decides, as it has all that the lower one has.
    """
    keys: list[str] = []
    for blob in reversed(manifest.layers):
        name = layer_key(blob.digest)
        layers.touch(name)
        if name not in keys:
            keys.append(name)
        if settle.is_opaque(layers.tree(name)):     # the kernel does not look for that at the top of a layer
            break
    return tuple(reversed(keys))
