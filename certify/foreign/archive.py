"""The image in a docker archive: a tar with its layers, its configuration, and a manifest that names them."""

from __future__ import annotations

import io
import json
import os
import re
from dataclasses import dataclass
from typing import Any, Final

from builder.bases.blobs import MAX_DOCUMENT, sha256
from builder.bases.oci import MAX_LAYERS
from builder.errors import Fault, UsageError
from certify.foreign import headers
from certify.foreign.limits import Budget
from certify.foreign.reader import Reader, shown, tidied
from certify.foreign.stored import Layer, decompressor

_MANIFEST: Final = b"manifest.json"
_NAMED: Final = re.compile(r"(?:.*/)?([0-9a-f]{64})(?:\.json)?")
_DIGEST: Final = re.compile(r"sha256:([0-9a-f]{64})")
_HINT: Final = "docker save IMAGE -o FILE, podman save and skopeo copy ... docker-archive:FILE make such archives"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image of an archive: the text of its configuration, and its layers, the lowest first."""

    config: str
    layers: tuple[Layer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """A file of the archive, or what it is a link to."""

    offset: int = 0
    size: int = 0
    link: bytes | None = None


def read(handle: int, wanted: str | None) -> Image:
    """The image with the name ``wanted`` (such as ``tool:1``), or the only one.

    Raises Fault if the archive is none or is not what its digests say, and UsageError if the name is not that of one image.
    """
    files = _files(handle)
    manifest = _document(handle, files, _MANIFEST)
    chosen = _chosen(_json(manifest), wanted)
    config = _config(handle, files, chosen)
    names = chosen.get("Layers")
    contents = _contents(config)
    if not isinstance(names, list) or not 0 < len(names) == len(contents) <= MAX_LAYERS:
        raise Fault("the archive's configuration and its manifest name different layers", hint=_HINT)
    layers = tuple(_layer(handle, files, name, content) for name, content in zip(names, contents, strict=True))
    return Image(config=config.decode("utf-8", "replace"), layers=layers)


def _files(handle: int) -> dict[bytes, _File]:
    head = os.pread(handle, 8, 0)
    if decompressor(head) is not None:
        raise Fault("the archive itself is compressed", hint="unpack it first: gunzip FILE, or zstd -d FILE")
    stream = io.FileIO(handle, closefd=False)
    stream.seek(0)
    found = {}
    with io.BufferedReader(stream, 1 << 16) as buffered:
        for member in Reader(buffered, Budget(os.fstat(handle).st_size)):
            if member.kind == headers.FILE and member.pieces is None:
                found[member.path] = _File(offset=member.place, size=member.size)
            elif member.kind == headers.HARD:
                found[member.path] = _File(link=member.link)
            elif member.kind == headers.LINK:       # docker wrote a layer that came twice as a link to the other
                found[member.path] = _File(link=os.path.normpath(os.path.join(os.path.dirname(member.path), member.link)))  # noqa: PTH118, PTH120
    return found


def _find(files: dict[bytes, _File], name: bytes) -> _File:
    found = files.get(tidied(name))
    if found is not None and found.link is not None:
        found = files.get(found.link)
    if found is None or found.link is not None:
        raise Fault(f"the archive has no {shown(name)}", hint=_HINT)
    return found


def _document(handle: int, files: dict[bytes, _File], name: bytes) -> bytes:
    file = _find(files, name)
    if file.size > MAX_DOCUMENT:
        raise Fault(f"{shown(name)} in the archive has {file.size} bytes", hint=_HINT)
    return os.pread(handle, file.size, file.offset)


def _chosen(entries: object, wanted: str | None) -> dict[str, Any]:
    images = [one for one in entries if isinstance(one, dict)] if isinstance(entries, list) else []
    if not images:
        raise Fault("the archive's manifest.json names no image", hint=_HINT)
    named = [one for one in images if wanted is None or wanted in _tags(one)]
    if len(named) == 1 or (named and wanted is not None):
        return named[0]
    tags = ", ".join(sorted({shown(tag.encode()) for one in images for tag in _tags(one)})[:20]) or "none"
    said = f"has {len(images)} images" if wanted is None else f"has no image with the name {wanted}"
    raise UsageError(f"the archive {said}", hint=f"name one: docker-archive:FILE:NAME:TAG; there are: {tags}")


def _tags(image: dict[str, Any]) -> list[str]:
    """The names of an image, also as docker lets one write them."""
    tags = image.get("RepoTags")
    found = [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
    return [name for tag in found for name in {tag, tag.removeprefix("docker.io/"), tag.removeprefix("docker.io/library/")}]


def _config(handle: int, files: dict[bytes, _File], chosen: dict[str, Any]) -> bytes:
    name = chosen.get("Config")
    if not isinstance(name, str):
        raise Fault("the archive's manifest.json names no configuration", hint=_HINT)
    data = _document(handle, files, name.encode("utf-8", "replace"))
    digest = _NAMED.fullmatch(name)
    if digest and sha256(data) != digest[1]:
        raise Fault(f"{name}: the archive's configuration is not what its name says (sha256:{sha256(data)})",
                    hint="it is broken or was changed: do not use it before its owner explains why")
    return data


def _contents(config: bytes) -> list[str]:
    """The digests of the layers when unpacked: what binds them to the configuration."""
    document = _json(config)
    rootfs = document.get("rootfs") if isinstance(document, dict) else None
    listed = rootfs.get("diff_ids") if isinstance(rootfs, dict) else None
    digests = [_DIGEST.fullmatch(one) for one in listed if isinstance(one, str)] if isinstance(listed, list) else []
    return [one[1] for one in digests if one]


def _layer(handle: int, files: dict[bytes, _File], name: object, content: str) -> Layer:
    if not isinstance(name, str):
        raise Fault("the archive's manifest.json names a layer that has no name", hint=_HINT)
    file = _find(files, name.encode("utf-8", "replace"))
    return Layer(name=f"layer {shown(name.encode('utf-8', 'replace'))}", handle=handle, offset=file.offset, size=file.size,
                 content=content)


def _json(data: bytes) -> Any:  # noqa: ANN401
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Fault(f"a document of the archive is not JSON: {error}", hint=_HINT) from error
