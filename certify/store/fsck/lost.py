"""Tags that were lost: images that were published, and never untagged, to which no tag leads any more.

The log says what was published and untagged. Where there is no log either, every image with a certificate and an access
record counts as published: one that was untagged and not collected yet would get its tag again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from builder.errors import Error
from certify import reference
from certify.store import rebuild
from certify.store.fsck.problem import Kind, Problem, shown
from certify.store.log import Action
from certify.store.reach import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from certify.certificate import Certificate
    from certify.store.fsck.problem import Asked
    from certify.store.log import Line
    from certify.store.tags import TagRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What the log tells: of a name and tag the images (sha256 in hex) that it came to mean, each with the log's number then.

    ``last`` is the number of its last record, 0 without a log. No tag record ever had a higher one: each is told of first.
    """

    last: int = 0
    published: Mapping[tuple[str, str], Mapping[str, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, lines: Iterable[Line]) -> History:
        """Read the log; records that do not hold are passed over."""
        published: dict[tuple[str, str], dict[str, int]] = {}
        last = 0
        for line in lines:
            last = max(last, line.number)
            if line.record is None or line.problem is not None:
                continue
            event = line.record.event
            if event.name is None or event.tag is None:
                continue
            if event.action is Action.UNTAG:
                published.pop((event.name, event.tag), None)
            elif event.action is Action.PUBLISH and event.digest is not None:
                published.setdefault((event.name, event.tag), {}).setdefault(event.digest, line.number)
        return cls(last=last, published=published)

    def tells(self, certificate: Certificate) -> bool:
        """Whether an image was published under the tag of its certificate, as far as anything tells."""
        return self.last == 0 or certificate.digest in self.published.get((certificate.name, certificate.tag), {})


def images(asked: Asked, records: Iterable[TagRecord], history: History) -> list[Certificate]:
    """Give the certificates of images whose tags were lost. Nothing is known without a trust."""
    if asked.trust is None:
        return []
    bound = {(one.name, one.tag): one.images for one in records if one.tag == one.target}
    tagged = {image.digest for there in bound.values() for image in there.values()}
    found = []
    for digest in listed(asked.store.root / "certs"):
        if reference.HEX.fullmatch(digest) and digest not in tagged:
            try:
                certificate = rebuild.certificate_of(asked.store, digest, asked.trust)
                rebuild.access_of(asked.store, digest, asked.trust)
            except Error:
                continue            # which is told with the image, if it is one
            if history.tells(certificate) and certificate.platform not in bound.get((certificate.name, certificate.tag), {}):
                found.append(certificate)
    return found


def names(records: Iterable[TagRecord]) -> set[str]:
    """Give the names that have tags, but no ``latest``: it goes only with the last of them."""
    there: dict[str, set[str]] = {}
    for one in records:
        there.setdefault(one.name, set()).add(one.tag)
    return {name for name, tags in there.items() if reference.LATEST not in tags}


def check(asked: Asked, records: list[TagRecord], history: History) -> Iterator[Problem]:
    """Find lost tags, and lost pointers to the latest one."""
    for certificate in images(asked, records, history):
        message = f"is lost: it led to sha256:{certificate.digest}"
        yield _problem(asked, certificate.name, certificate.tag, message, certificate.digest)
    for name in sorted(names(records)) if asked.trust is not None else ():
        yield _problem(asked, name, reference.LATEST, "is lost")


def _problem(asked: Asked, name: str, tag: str, message: str, about: str = "") -> Problem:
    return Problem(kind=Kind.TAG_LOST, where=shown(asked.store, asked.store.tag(name, tag)), message=message,
                   error=not asked.halfway, about=about)
