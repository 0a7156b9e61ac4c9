"""Make a bill of materials: CycloneDX 1.6 as JSON, the same bytes for the same image.

Source: https://cyclonedx.org/docs/1.6/json/. Every component becomes JSON by itself: the library's own sorting and its
list of dependencies take quadratic time, seconds for a thousand packages. CycloneDX's library is loaded with this module
and nowhere else; it takes a fifth of a second.
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any, Final, cast

from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, Property, XsUri
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema.schema import SchemaVersion1Dot6

from certify import __version__
from certify.sbom import hashes, purl, text
from certify.sbom.licences import licensed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from builder.image import ImageConfig
    from builder.record import Record
    from certify.packages import Inventory, Package

IMAGE: Final = "image"          # the image among the references of the document
_SPACE: Final = uuid.UUID("5a2b6f2e-6c0f-5d0e-9d5e-3f7f0c6a1b52")      # of serial numbers made from digests


def bom(config: ImageConfig, digest: str, inventory: Inventory, record: Record | None = None, *,
        timestamp: datetime | None = None) -> bytes:
    """The document as a file; ``digest`` is the sha256 (hex) of the image."""
    return text.dumped(document(config, digest, inventory, record, timestamp=timestamp))


def document(config: ImageConfig, digest: str, inventory: Inventory, record: Record | None = None, *,
             timestamp: datetime | None = None) -> dict[str, Any]:
    """The document as plain data. ``record`` is the build's, if it is the caller's own; ``timestamp`` has a time zone."""
    image = Component(type=ComponentType.CONTAINER, bom_ref=IMAGE, name=config.name, version=config.tag, hashes=[_sha256(digest)],
                      properties=[Property(name="certify:platform", value=config.platform)])
    frame = Bom(serial_number=uuid.uuid5(_SPACE, digest), metadata=BomMetaData(component=image, properties=[
        Property(name="certify:version", value=__version__),
        *(Property(name=f"certify:note:{number}", value=note) for number, note in enumerate(inventory.notes, 1))]))
    made = cast("dict[str, Any]", json.loads(JsonV1Dot6(frame).output_as_string()))
    made["metadata"].pop("timestamp", None)         # the library's own is the present moment
    if timestamp is not None:
        made["metadata"]["timestamp"] = timestamp.isoformat(timespec="seconds")
    made["components"] = list(_plain(_components(inventory, record)))
    made["dependencies"] = [{"ref": IMAGE, "dependsOn": sorted(one["bom-ref"] for one in made["components"])}]
    return made


def _components(inventory: Inventory, record: Record | None) -> Iterator[Component]:
    if inventory.distribution:
        yield Component(type=ComponentType.OPERATING_SYSTEM, bom_ref="system", name=inventory.distribution,
                        version=inventory.release or None)
    known = hashes.of_packages(record) if record else {}
    for package in inventory.packages:
        yield _package(package, inventory, package.sha256 or known.get(hashes.key(package), ""))
    if record:
        yield from _inputs(record)


def _package(package: Package, inventory: Inventory, sha256: str) -> Component:
    parts = (package.kind, package.name, package.version, package.build, package.architecture, package.path)
    properties = [Property(name="certify:path", value=package.path)] if package.path else []
    return Component(type=ComponentType.LIBRARY, bom_ref=":".join(filter(None, parts)), name=package.name,
                     version=package.version, properties=properties, purl=purl.of_package(package, inventory),
                     licenses=licensed(package.licences), hashes=[_sha256(sha256)] if sha256 else [])


def _inputs(record: Record) -> Iterator[Component]:
    """What a recipe brought beside packages: what it fetched, its own files, what it stands on."""
    for one in record.sources:
        url, sha256 = purl.of_source(one["url"], one["sha256"]), [_sha256(one["sha256"])]
        place = ExternalReference(type=ExternalReferenceType.DISTRIBUTION, url=XsUri(one["url"]), hashes=sha256)
        yield Component(type=ComponentType.FILE, bom_ref=f"source:{one['url']}", name=url.name, purl=url, hashes=sha256,
                        external_references=[place])
    for one in record.files:        # the digest is certify's own, over names and contents: no hash that others could compare
        yield Component(type=ComponentType.FILE, bom_ref=f"file:{one['from']}:{one['to']}", name=one["from"],
                        properties=[Property(name="certify:to", value=one["to"]),
                                    Property(name="certify:digest", value=f"sha256:{one['sha256']}")])
    for one in record.bases:
        yield Component(type=ComponentType.CONTAINER, bom_ref=f"base:{one['uri']}", name=one["uri"],
                        hashes=[_sha256(one["sha256"])])


def _plain(components: Iterable[Component]) -> Iterator[dict[str, Any]]:
    """Each component as data; a reference that is there twice (a file copied to two places by one name) is told once."""
    seen: set[str] = set()
    for component in components:
        reference = component.bom_ref.value or ""
        if reference not in seen:
            seen.add(reference)
            # py-serializable adds the method to the class.
            yield json.loads(component.as_json(view_=SchemaVersion1Dot6))  # type: ignore[attr-defined]


def _sha256(digest: str) -> HashType:
    return HashType(alg=HashAlgorithm.SHA_256, content=digest)
