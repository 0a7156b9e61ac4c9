"""The last step of publishing.

The OCI documents, the name by which the runtime finds the image, the list of public images, and the tag with its pointers.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from builder.errors import Fault
from certify import reference
from certify.files import open_regular
from certify.store import atomic, listing, log, oci, protect, tags
from certify.store.access import union
from certify.store.desk import link_new
from certify.trust import TAG

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from certify.store.access import Realm
    from certify.store.desk import Candidate, Desk, Standing
    from certify.store.layout import Store
    from certify.store.tags import TagRecord


def bind(desk: Desk, candidate: Candidate, before: Standing, access_number: int, size: int) -> bool:
    """Make the tag mean the image, and move its pointers; False if all of that was so already.

    ``access_number`` is that of the image's access record, ``size`` that of the squashfs in bytes.
    """
    realms = {digest: one.realm for digest, one in before.access.items()} | {
        candidate.digest: candidate.realm
    }
    config, bound = candidate.config, before.tags.get(candidate.config.tag)
    image = tags.TagImage(digest=candidate.digest, access=access_number)
    images = {**(bound.images if bound else {}), config.platform: image}
    index = _documents(
        desk.store, candidate, bound, size, union(realms[one.digest] for one in images.values())
    )
    _second_name(desk.store, candidate.digest)
    number = max((one.number for one in before.tags.values()), default=0) + 1
    wanted = tags.TagRecord(name=config.name, tag=config.tag, target=config.tag, number=number, index=index,
                            images=images, issued=desk.now)
    records = _with_pointers(wanted, config.version, before.tags)
    listed = _list(desk.store, records, realms)
    _passage(desk.store, {**before.tags, **{one.tag: one for one in records}}, realms)
    if not _settled(records, before.tags):
        _write(desk, candidate, records, realms)
        return True
    _protect(desk.store, records, realms)
    return listed


def renumbered(bound: TagRecord, access: Mapping[str, int], there: Mapping[str, TagRecord], now: datetime) -> list[TagRecord]:
    """Give the records of a tag and its pointers that say which numbers access records have reached, by digest (hex).

    Empty if those that are there say so: a number that a tag names keeps an older access record from being put back.
    """
    images = {platform: replace(one, access=access.get(one.digest, one.access)) for platform, one in bound.images.items()}
    number = max(one.number for one in there.values()) + 1
    records = _with_pointers(replace(bound, images=images, number=number, issued=now), bound.tag.rpartition("-")[0], there)
    return [] if _settled(records, there) else records


def _second_name(store: Store, digest: str) -> None:
    fd = open_regular(store.blob(digest))
    try:
        if not atomic.link(store.blob(digest), store.image(digest)) and not _same_file(fd, store.image(digest)):
            raise Fault(f"{store.image(digest)} is not the blob's second name", hint="somebody put it there: look into it")
    finally:
        os.close(fd)


def _same_file(fd: int, path: Path) -> bool:
    mine, other = os.fstat(fd), path.lstat()
    return (mine.st_dev, mine.st_ino) == (other.st_dev, other.st_ino)


def _with_pointers(wanted: TagRecord, version: str, there: Mapping[str, TagRecord]) -> list[TagRecord]:
    """Give the tag's own record and those of its two pointers, all with the new number.

    A pointer moves to a tag that is new; where an older tag is published again, it stays. If its number is
    below the tag's, it never got that far: a publish was interrupted.
    """
    bound = there.get(wanted.tag)
    records = [wanted]
    for pointer in (version, reference.LATEST):
        source, old = wanted, there.get(pointer)
        if bound is not None and old is not None and old.target != wanted.tag and old.number >= bound.number:
            source = old
        records.append(replace(source, tag=pointer, number=wanted.number, issued=wanted.issued))
    return records


def _settled(records: list[TagRecord], there: Mapping[str, TagRecord]) -> bool:
    if any(one.tag not in there or not one.means(there[one.tag]) for one in records):
        return False
    return all(there[one.tag].number >= there[records[0].tag].number for one in records)


def _write(desk: Desk, candidate: Candidate, records: list[TagRecord], realms: Mapping[str, Realm]) -> None:
    store, name = desk.store, records[0].name
    for record in records:
        atomic.refuse_odd(store.tag(name, record.tag))
    with ExitStack() as stack:
        # All three are written before the first gets its name: readers hardly ever see them disagree.
        ready = []
        for record in records:
            content = desk.signed(tags.PAYLOAD_TYPE, record.to_payload(), TAG)
            new = stack.enter_context(atomic.staged(store.tmp, [content]))
            protect.protect_file(new.fd, _realm(record, realms), store.group)
            ready.append((new.path, store.tag(name, record.tag)))
        log.note(desk, log.published(candidate, records))
        for source, target in reversed(ready):      # latest first: only it must never stand behind the others
            atomic.replace(source, target)


def _passage(store: Store, records: Mapping[str, TagRecord], realms: Mapping[str, Realm]) -> None:
    """Let those through the folder of a name who may use any of its images, and no longer who once could."""
    images = {image.digest for record in records.values() for image in record.images.values()}
    fd = atomic.make_folder(store.tags(next(iter(records.values())).name))
    try:
        # Where the access record of another version is missing, nobody knows whom to keep out.
        guard = protect.set_passage if images <= realms.keys() else protect.open_passage
        guard(fd, union(realms[digest] for digest in images & realms.keys()), store.group)
    finally:
        os.close(fd)


def _protect(store: Store, records: list[TagRecord], realms: Mapping[str, Realm]) -> None:
    """Set the protection again, in case the records were written and a publish ended before it was."""
    for record in records:
        fd = open_regular(store.tag(record.name, record.tag))
        try:
            protect.protect_file(fd, _realm(record, realms), store.group)
        finally:
            os.close(fd)


def _realm(record: TagRecord, realms: Mapping[str, Realm]) -> Realm:
    """Give those who may use any of a tag's images, and so may know that it is there."""
    missing = [one.digest for one in record.images.values() if one.digest not in realms]
    if missing:
        raise Fault(f"the access record of {record.name}:{record.target} is missing (sha256:{missing[0]})",
                    hint="publish that version again first")
    return union(realms[one.digest] for one in record.images.values())


def _documents(store: Store, candidate: Candidate, bound: TagRecord | None, size: int, realm: Realm) -> str:
    """Write config, manifest and index; give the digest (hex) of the index, which keeps other platforms."""
    config = candidate.config.to_json().encode()
    title = f"{candidate.config.name}_{candidate.config.tag}.squashfs"
    manifest = oci.manifest(config, candidate.digest, size, title)
    described = oci.descriptor(oci.MANIFEST, oci.sha256(manifest), len(manifest))
    others = oci.read_index(store, bound.index) if bound else {}
    index = oci.index({**others, candidate.config.platform: described})
    for content, who in ((config, candidate.realm), (manifest, candidate.realm), (index, realm)):
        _blob(store, content, who)
    return oci.sha256(index)


def _blob(store: Store, content: bytes, realm: Realm) -> None:
    target = store.blob(oci.sha256(content))
    if not os.path.lexists(target):
        with atomic.staged(store.tmp, [content]) as new:
            protect.protect_file(new.fd, realm, store.group)
            link_new(new.path, target)
        return
    fd = atomic.require_bytes(target, oci.sha256(content))
    try:
        protect.protect_file(fd, realm, store.group)
    finally:
        os.close(fd)


def _list(store: Store, records: list[TagRecord], realms: Mapping[str, Realm]) -> bool:
    entries = {}
    for record in records:
        public = all(realms[one.digest].public for one in record.images.values() if one.digest in realms)
        size = store.blob(record.index).lstat().st_size
        entries[f"{record.name}:{record.tag}"] = oci.descriptor(oci.INDEX, record.index, size) if public else None
    return listing.update(store, entries)
