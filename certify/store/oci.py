"""The store as an OCI image layout: what skopeo and ORAS read."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from builder.errors import Fault
from certify import strictjson
from certify.files import read_small

if TYPE_CHECKING:
    from collections.abc import Mapping

    from certify.store.layout import Store

INDEX: Final = "application/vnd.oci.image.index.v1+json"
MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
CONFIG: Final = "application/vnd.certify.image.config.v1+json"
LAYER: Final = "application/vnd.certify.image.layer.v1.squashfs"
REF_NAME: Final = "org.opencontainers.image.ref.name"
TITLE: Final = "org.opencontainers.image.title"
SMALL: Final = 4 << 20          # bytes: what registries accept as a manifest

Descriptor = dict[str, Any]


def sha256(data: bytes) -> str:
    """Give the sha256 of some bytes, in hex."""
    return hashlib.sha256(data).hexdigest()


def descriptor(media_type: str, digest: str, size: int, **more: object) -> Descriptor:
    """Describe a blob: ``digest`` in hex, ``size`` in bytes."""
    return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": size, **more}


def manifest(config: bytes, layer: str, size: int, title: str) -> bytes:
    """Make the manifest of an image: its image.json as the config, the squashfs as the only layer."""
    return strictjson.dumps({
        "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": CONFIG,
        "config": descriptor(CONFIG, sha256(config), len(config)),
        "layers": [descriptor(LAYER, layer, size, annotations={TITLE: title})]})


def index(manifests: Mapping[str, Descriptor]) -> bytes:
    """Make the index of a tag, from a platform such as linux/amd64 to the descriptor of its manifest."""
    listed = [{**one, "platform": _platform(name)} for name, one in sorted(manifests.items())]
    return strictjson.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": listed})


def read_index(store: Store, digest: str) -> dict[str, Descriptor]:
    """Read a tag's index: from a platform to the descriptor of its manifest. Raises Fault."""
    reader = strictjson.Reader(strictjson.loads(read_blob(store, digest)), "OCI index")
    found = {}
    for value in reader.array("manifests", 100):
        one = strictjson.Reader(value, "OCI index: manifest")
        found[_platform_name(one.child("platform"))] = descriptor(
            one.text("mediaType", MANIFEST.replace("+", r"\+")), one.digest("digest"), one.integer("size"))
    return found


def read_manifest(store: Store, digest: str) -> tuple[str, str, int]:
    """Read an image's manifest: the digests (hex) of config and squashfs, and the size of the squashfs.

    Raises Fault.
    """
    reader = strictjson.Reader(strictjson.loads(read_blob(store, digest)), "OCI manifest")
    layers = reader.array("layers", 1)
    if len(layers) != 1:
        raise Fault("OCI manifest: an image has exactly one layer")
    layer = strictjson.Reader(layers[0], "OCI manifest: layer")
    return reader.child("config").digest("digest"), layer.digest("digest"), layer.integer("size")


def read_blob(store: Store, digest: str) -> bytes:
    """Read a small blob; raises Fault if its bytes are not those of its name."""
    data = read_small(store.blob(digest), SMALL)
    if sha256(data) != digest:
        raise Fault(
            f"{store.blob(digest)} has other bytes than its name says", hint="it was damaged or changed"
        )
    return data


def _platform(name: str) -> dict[str, str]:
    return dict(zip(("os", "architecture", "variant"), name.split("/"), strict=False))


def _platform_name(reader: strictjson.Reader) -> str:
    return "/".join(reader.text(key) for key in ("os", "architecture", "variant") if reader.has(key))
