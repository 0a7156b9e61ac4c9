"""The image in an OCI layout: which one is meant, and its parts, each proven to be what its digest says."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from builder.bases import oci, places
from builder.bases.blobs import MAX_DOCUMENT, expect, sha256
from builder.bases.layout import Layout
from builder.errors import Fault, UsageError
from certify.foreign.reader import shown
from certify.foreign.stored import Layer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from builder.bases.blobs import Blob

_REF: Final = "org.opencontainers.image.ref.name"       # OCI image spec, annotations.md
_HINT: Final = "skopeo copy ... oci:FOLDER:TAG and buildah push IMAGE oci:FOLDER:TAG make such layouts"


@contextmanager
def opened(folder: Path, wanted: str | None) -> Iterator[tuple[bytes, list[Layer]]]:
    """The configuration of an image, and its layers behind open handles, the lowest first.

    ``wanted`` is a tag, or ``sha256:`` and a digest; without one the layout has to have one image for this machine.
    The digests of the layers are for their reader to prove.
    """
    source = Layout(folder, lambda _: None)
    digest = _chosen(folder, source.where, wanted)
    data = source.manifest(digest)
    inner = oci.choose(data, source.where)
    manifest = oci.manifest(data if inner is None else source.manifest(inner), source.where)
    config = source.config(digest, manifest.config)
    expect(source.where, manifest.config, sha256(config), len(config))
    handles: dict[str, int] = {}
    try:
        for blob in manifest.layers:
            if blob.digest not in handles:
                handles[blob.digest] = _handle(folder, source.where, blob)
        yield config, [Layer(name=f"layer sha256:{blob.digest}", handle=handles[blob.digest], size=blob.size, digest=blob.digest)
                       for blob in manifest.layers]
    finally:
        for handle in handles.values():
            os.close(handle)


def _handle(folder: Path, where: str, blob: Blob) -> int:
    try:
        with places.opened(folder / "blobs" / "sha256" / blob.digest, folder) as handle:
            size = os.fstat(handle).st_size
            if size != blob.size:
                raise Fault(f"{where}: sha256:{blob.digest} has {size} bytes, its manifest says {blob.size}",
                            hint="is the whole image there? copy it again")
            return os.dup(handle)
    except OSError as error:
        raise Fault(f"{where}: sha256:{blob.digest}: {error.strerror}", hint="is the whole image there? copy it again") from error


def _chosen(folder: Path, where: str, wanted: str | None) -> str:
    """The digest of the manifest or index that is meant."""
    if wanted is not None and wanted.startswith("sha256:"):
        return wanted.removeprefix("sha256:")
    data = _index(folder, where)
    entries = _entries(data, where)
    named = [one for one in entries if wanted is None or _tag(one) == wanted]
    # An image for several machines may also stand in the index itself, once for each.
    if len(named) > 1 and len({_tag(one) for one in named}) == 1 and all(isinstance(one.get("platform"), dict) for one in named):
        chosen = oci.choose(json.dumps({"manifests": named}).encode(), where)
        assert chosen is not None   # it is an index
        return chosen
    if len(named) != 1:
        tags = ", ".join(sorted({shown(tag.encode()) for one in entries if (tag := _tag(one))})[:20]) or "none"
        said = f"has {len(entries) or 'no'} images" if wanted is None else f"has no image with the tag {wanted}"
        raise UsageError(f"{where}: {said}", hint=f"name one: oci:{folder}:TAG; its tags are: {tags}" if entries else _HINT)
    return _digest(named[0], where)


def _index(folder: Path, where: str) -> bytes:
    try:
        with places.opened(folder / "index.json", folder) as handle, os.fdopen(os.dup(handle), "rb") as file:
            return file.read(MAX_DOCUMENT + 1)
    except OSError as error:
        raise UsageError(f"{where}: index.json: {error.strerror}", hint=f"is it an OCI layout? {_HINT}") from error


def _entries(data: bytes, where: str) -> list[dict[str, Any]]:
    try:
        entries = json.loads(data)["manifests"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Fault(f"{where}: its index.json is none", hint=_HINT) from error
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise Fault(f"{where}: its index.json is none", hint=_HINT)
    return entries


def _tag(entry: dict[str, Any]) -> str | None:
    annotations = entry.get("annotations")
    tag = annotations.get(_REF) if isinstance(annotations, dict) else None
    return tag if isinstance(tag, str) else None


def _digest(entry: dict[str, Any], where: str) -> str:
    digest = entry.get("digest")
    kind, _, name = digest.partition(":") if isinstance(digest, str) else ("", "", "")
    if kind != "sha256" or len(name) != 64 or not set(name) <= set("0123456789abcdef"):
        raise Fault(f"{where}: its index.json names an image by {shown(str(digest).encode())}", hint="images have a sha256")
    return name
