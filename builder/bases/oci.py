"""What the documents of an image say: indexes, manifests and configurations, of OCI's kind and of Docker's.

They are hostile: each was verified to be what its digest says, but that digest may be anyone's.
"""

from __future__ import annotations

import json
import platform
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from builder.bases.blobs import MAX_DOCUMENT, Blob
from builder.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAX_LAYERS: Final = 200             # Docker makes 127; the kernel stacks 500, and the steps need some
_MAX_BYTES: Final = 64 << 30        # of all layers as they are sent

_INDEXES: Final = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
_MANIFESTS: Final = ("application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json")
_CONFIGS: Final = ("application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json")
_LAYERS: Final = (*(f"application/vnd.oci.image.layer.v1.tar{kind}" for kind in ("", "+gzip", "+zstd")),
                  *(f"application/vnd.docker.image.rootfs.diff.tar{kind}" for kind in ("", ".gzip", ".zstd")))
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")

# By what the kernel calls the machine; the variant is that of the family's oldest member in use.
_ARCHITECTURES: Final[Mapping[str, tuple[str, str]]] = {"x86_64": ("amd64", "v1"), "aarch64": ("arm64", "v8")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The parts of one image: its configuration, and its layers, the lowest first."""

    config: Blob
    layers: tuple[Blob, ...]


def architecture() -> str:
    """What images call the architecture of this machine."""
    machine = platform.machine()
    return _ARCHITECTURES.get(machine, (machine, ""))[0]


def choose(data: bytes, where: str) -> str | None:
    """The digest of this machine's image in an index; None if the document is no index."""
    document = _document(data, where)
    kind = document.get("mediaType")
    if not (kind in _INDEXES or (kind is None and "manifests" in document and "layers" not in document)):
        return None
    images = [one for one in _objects(document.get("manifests"), where) if one.get("mediaType") in _MANIFESTS]
    fitting = [one for one in images if _fits(one.get("platform"))]
    if not fitting:
        raise Fault(f"{where}: has no image for linux/{architecture()}, only for {_platforms(images)}",
                    hint="use an image for this machine, or build on one that it is for")
    return _blob(fitting[0], where).digest


def manifest(data: bytes, where: str) -> Manifest:
    """Read a manifest; raises Fault if it is not that of a container image, or larger than can be."""
    document = _document(data, where)
    if document.get("mediaType", _MANIFESTS[0]) not in _MANIFESTS or document.get("schemaVersion") != 2:
        raise Fault(f"{where}: {_shown(document.get('mediaType'))} is not the manifest of an image",
                    hint="images of OCI's kind and of Docker's schema 2 are known; copy an older one with skopeo --format oci")
    config = document.get("config")
    if not isinstance(config, dict) or config.get("mediaType") not in _CONFIGS:
        raise Fault(f"{where}: not a container image but some other artifact", hint="is the reference right?")
    layers = tuple(_layer(one, where) for one in _objects(document.get("layers"), where))
    found = Manifest(config=_blob(config, where), layers=layers)
    if not layers or len(layers) > MAX_LAYERS or sum(one.size for one in layers) > _MAX_BYTES or found.config.size > MAX_DOCUMENT:
        raise Fault(f"{where}: has {len(layers)} layers of {sum(one.size for one in layers)} bytes",
                    hint=f"an image has up to {MAX_LAYERS} layers and {_MAX_BYTES >> 30} GiB: squash it")
    return found


def configuration(data: bytes, where: str) -> dict[str, Any]:
    """The settings of an image (``Env`` and so on); raises Fault if it is for other machines."""
    document = _document(data, where)
    made_for = f"{_shown(document.get('os'))}/{_shown(document.get('architecture'))}"
    if made_for != f"linux/{architecture()}":
        raise Fault(f"{where}: is for {made_for}, and this machine is linux/{architecture()}",
                    hint="use an image for this machine, or build on one that it is for")
    config = document.get("config")
    return config if isinstance(config, dict) else {}


def _fits(wanted: object) -> bool:
    if not isinstance(wanted, dict):
        return False
    name, variant = _ARCHITECTURES.get(platform.machine(), (platform.machine(), ""))
    return (wanted.get("os"), wanted.get("architecture")) == ("linux", name) and wanted.get("variant") in (None, "", variant)


def _platforms(images: Iterable[Mapping[str, Any]]) -> str:
    platforms = [one["platform"] for one in images if isinstance(one.get("platform"), dict)]
    found = {"/".join(_shown(one[part]) for part in ("os", "architecture", "variant") if one.get(part)) for one in platforms}
    return ", ".join(sorted(found)[:20]) or "none"


def _layer(one: Mapping[str, Any], where: str) -> Blob:
    if one.get("mediaType") not in _LAYERS:
        raise Fault(f"{where}: has a layer of the kind {_shown(one.get('mediaType'))}",
                    hint="layers are tars, plain or with gzip or zstd, that the registry itself holds and that are not encrypted")
    return _blob(one, where)


def _blob(one: Mapping[str, Any], where: str) -> Blob:
    digest, size = one.get("digest"), one.get("size")
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest) or type(size) is not int or size < 0:
        raise Fault(f"{where}: names a part as {_shown(digest)}, {_shown(size)} bytes", hint="parts have a sha256 and a size")
    return Blob(digest=digest.removeprefix("sha256:"), size=size)


def _document(data: bytes, where: str) -> dict[str, Any]:
    try:
        document = json.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise Fault(f"{where}: not JSON: {error}", hint="is this an image?") from error
    if not isinstance(document, dict):
        raise Fault(f"{where}: not a JSON object", hint="is this an image?")
    return document


def _objects(value: object, where: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise Fault(f"{where}: its list of parts is none", hint="the image is broken: use another")
    return value


def _shown(value: object) -> str:
    """A value of someone else's, safe for a terminal."""
    text = value if isinstance(value, str) else json.dumps(value)
    return text[:100] if text.isascii() and text.isprintable() else ascii(text)[:100]
