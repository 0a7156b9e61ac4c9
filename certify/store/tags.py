"""Tag records: signed, numbered words that a name and tag mean certain bytes.

All records of a name share one growing number: publishing gives the tag and both pointers the next one, so an
older record put back stands behind its siblings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from builder.errors import Fault
from certify import reference, strictjson
from certify.certificate import read_time, write_time
from certify.dsse import Envelope
from certify.files import read_if_there
from certify.trust import TAG

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from certify.store.layout import Store
    from certify.trust import Trust

PAYLOAD_TYPE: Final = "application/vnd.certify.tag.v1+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class TagImage:
    """The image of one platform: its digest, and the number that its access record had reached."""

    digest: str
    access: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRecord:
    """What ``tag`` means.

    The immutable tag ``target`` (itself, or where a pointer points), its OCI index and images.

    Digests are sha256 in hex; ``images`` goes from a platform to its image.
    """

    name: str
    tag: str
    target: str
    number: int
    index: str
    images: Mapping[str, TagImage]
    issued: datetime

    def to_payload(self) -> bytes:
        """Give the bytes to sign."""
        images = {platform: {"digest": f"sha256:{one.digest}", "access": one.access}
                  for platform, one in self.images.items()}
        return strictjson.dumps({
            "version": 1, "name": self.name, "tag": self.tag, "target": self.target, "number": self.number,
            "index": f"sha256:{self.index}", "images": images, "issued": write_time(self.issued)})

    @classmethod
    def from_payload(cls, payload: bytes) -> TagRecord:
        """Read the bytes of a record; raises Fault."""
        reader = strictjson.Reader(strictjson.loads(payload), "tag record")
        reader.version()
        images = reader.child("images")
        record = cls(
            name=reader.text("name", reference.NAME), tag=reader.text("tag", reference.TAG),
            target=reader.text("target", reference.TAG), number=reader.integer("number", 1),
            index=reader.digest("index"), issued=read_time(reader.text("issued")),
            images={platform: _image(images, platform) for platform in images.keys(reference.PLATFORM)})
        reader.done()
        if not record.images:
            raise Fault("tag record: without an image")
        return record

    def means(self, other: TagRecord) -> bool:
        """Tell whether both lead to the same bytes under the same access, whatever their numbers are."""
        return (self.target, self.index, dict(self.images)) == (other.target, other.index, dict(other.images))

    def image(self, platform: str) -> TagImage:
        """Give the image for a platform; raises Fault."""
        if platform not in self.images:
            raise Fault(f"{self.name}:{self.tag} has no image for {platform}",
                        hint="there is one for: " + ", ".join(sorted(self.images)))
        return self.images[platform]


def read(store: Store, name: str, tag: str, trust: Trust | None) -> TagRecord | None:
    """Read a tag's record, None if there is none; the signature is checked if a trust is given.

    Raises Fault.
    """
    data = read_if_there(store.tag(name, tag))
    if data is None:
        return None
    envelope = Envelope.from_json(data)
    payload = envelope.payload if trust is None else trust.opened(envelope, TAG, PAYLOAD_TYPE)
    record = TagRecord.from_payload(payload)
    if (record.name, record.tag) != (name, tag):
        raise Fault(f"the record of {name}:{tag} was made for {record.name}:{record.tag}",
                    hint="somebody moved it there: look into it")
    return record


def read_all(store: Store, name: str, trust: Trust | None) -> dict[str, TagRecord]:
    """Read all records of a name, by tag.

    Raises Fault for one that is not signed, PermissionError if closed.
    """
    try:
        tags = sorted(entry.name for entry in store.tags(name).iterdir())
    except FileNotFoundError:
        return {}
    found = ((tag, read(store, name, tag, trust)) for tag in tags)
    return {tag: record for tag, record in found if record is not None}


def require_newest(record: TagRecord, siblings: Mapping[str, TagRecord]) -> None:
    """Raise Fault if a record stands behind a sibling that was never written without it."""
    for other in siblings.values():
        if other.number > record.number and _written_with(record, other):
            raise Fault(f"{record.name}:{record.tag} has number {record.number}, {other.name}:{other.tag} "
                        f"has {other.number}: an older record was put back, or a publish was interrupted",
                        hint="publish the newest version again")


def _written_with(record: TagRecord, other: TagRecord) -> bool:
    """Tell whether the publish that wrote ``other`` wrote this record before it."""
    if record.tag == reference.LATEST:
        return True
    return other.tag == other.target and record.tag == other.target.rpartition("-")[0]


def least_access(digest: str, records: Iterable[TagRecord]) -> int:
    """Give the highest number of an image's access record that any of the records names; 0 if none does.

    A change of access moves a tag and its pointers one after the other, so one of them alone may name an older one.
    """
    return max((one.access for record in records for one in record.images.values() if one.digest == digest), default=0)


def _image(images: strictjson.Reader, platform: str) -> TagImage:
    one = images.child(platform)
    image = TagImage(digest=one.digest("digest"), access=one.integer("access", 1))
    one.done()
    return image


