"""What a store's tags, pins and leases lead to: all that must be kept.

Whatever cannot be read or believed is a Fault, as nobody knows then what else it leads to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from builder.errors import Error, Fault
from certify import reference
from certify.store import holds, oci, tags
from certify.store.entering import read_certificate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from certify.store.layout import Store
    from certify.store.tags import TagRecord
    from certify.trust import Trust

_HINT: Final = "certify store fsck tells what is wrong with it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The blobs (images and OCI documents) and the images among them that must be kept, by sha256 in hex."""

    blobs: frozenset[str]
    images: frozenset[str]


def names(store: Store) -> list[str]:
    """Give the names that have tags. Raises Fault for a folder that no name can have, Error if it is not to be listed."""
    found = listed(store.root / "tags")
    if odd := [one for one in found if not _is_name(one)]:
        raise Fault(f"{store.root / 'tags'} holds what is no name: {odd[0][:120]!r}", hint=_HINT)
    return found


def listed(folder: Path) -> list[str]:
    """Give the sorted names in a folder of the store; raises Error."""
    try:
        return sorted(one.name for one in folder.iterdir())
    except OSError as error:
        raise Error(f"{folder}: {error.strerror}", hint="this is for the store's owner") from error


def documents(store: Store, record: TagRecord) -> Iterator[str]:
    """Give the digests (hex) of all blobs that a tag leads to, images as well. Raises Fault."""
    yield record.index
    manifests = oci.read_index(store, record.index)
    for described in manifests.values():
        manifest = described["digest"].removeprefix("sha256:")
        config, layer, _ = oci.read_manifest(store, manifest)
        yield from (manifest, config, layer)
    yield from (one.digest for one in record.images.values())


def reach(store: Store, trust: Trust | None, now: datetime, records: Iterable[TagRecord] | None = None) -> Reach:
    """Give all that is led to; signatures are checked if a trust is given. Raises Fault.

    ``records`` are those of all tags, if they were read already.
    """
    blobs: set[str] = set()
    images: set[str] = set()
    seen: set[str] = set()
    for record in records if records is not None else _records(store, trust):
        images.update(one.digest for one in record.images.values())
        if record.index not in seen:        # pointers lead to the same index
            seen.add(record.index)
            blobs.update(documents(store, record))
    held = {one.digest for one in holds.read(store) if one.holds(now)}
    return Reach(blobs=frozenset(blobs | images | held | set(_configs(store, held - images))), images=frozenset(images | held))


def _records(store: Store, trust: Trust | None) -> Iterator[TagRecord]:
    for name in names(store):
        yield from tags.read_all(store, name, trust).values()


def _configs(store: Store, digests: set[str]) -> Iterator[str]:
    for digest in digests:
        certificate = read_certificate(store, digest)
        if certificate is not None:
            yield certificate.config


def _is_name(text: str) -> bool:
    return len(text) <= reference.MOST_NAME and re.fullmatch(reference.NAME, text) is not None
