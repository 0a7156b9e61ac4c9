"""What the parts of publishing share.

The candidate, what stood before, and how one file is put in its place.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from builder.errors import Error, Fault
from certify.files import open_regular, read_if_there
from certify.store import atomic
from certify.trust import Untrusted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from builder.image import ImageConfig
    from certify.bundle import Bundle
    from certify.certificate import Certificate
    from certify.signing import Signer
    from certify.store.access import AccessRecord, Realm
    from certify.store.layout import Store
    from certify.store.tags import TagRecord
    from certify.trust import Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An image about to be published, whose certificate was found to hold and to fit."""

    source: Path
    config: ImageConfig
    bundle: Bundle
    certificate: Certificate
    realm: Realm
    meta: bytes

    @property
    def digest(self) -> str:
        """The sha256 (hex) that the certificate speaks of."""
        return self.certificate.digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the store says before: the records of the name by tag, and access records by digest."""

    tags: Mapping[str, TagRecord]
    access: Mapping[str, AccessRecord]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What every part of the writing needs."""

    store: Store
    signer: Signer
    trust: Trust
    now: datetime

    def signed(self, payload_type: str, payload: bytes, role: str) -> bytes:
        """Sign a record; one that nobody would believe is refused here, not found out later."""
        envelope = self.signer.sign(payload_type, payload)
        try:
            self.trust.check(envelope, role)
        except Untrusted as error:
            raise Error(
                f"the key may not sign as {role} under this trust: {error.message}", hint=error.hint
            ) from error
        return envelope.to_json()


def put(store: Store, target: Path, content: bytes, guard: Callable[[int], None]) -> bool:
    """Give a file its content and its protection; False if it had that content."""
    atomic.refuse_odd(target)
    if read_if_there(target) == content:
        fd = open_regular(target)
        try:
            guard(fd)
        finally:
            os.close(fd)
        return False
    with atomic.staged(store.tmp, [content]) as new:
        guard(new.fd)
        atomic.replace(new.path, target)
    return True


def link_new(source: Path, target: Path) -> None:
    """Give a file its name, which must be new; raises Fault."""
    if not atomic.link(source, target):
        raise Fault(f"{target} is there already and not ours", hint="somebody put it there: look into it")
