"""Which images the runtime may see: Shifter reads no certificates, so what expired or was revoked loses its .meta.

Without a .meta the runtime refuses an image by tag and by id. Mounts that stand go on. An image whose certificate is not
believed is told of but stays: a wrong trust must not take a whole site's images away.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from builder.errors import Fault
from certify import reference
from certify.certificate import write_time
from certify.store import quarantine, rebuild, revoked
from certify.store.reach import listed

if TYPE_CHECKING:
    from datetime import datetime

    from certify.certificate import Certificate
    from certify.store.layout import Store
    from certify.store.revoked import Revoked
    from certify.trust import Trust

_META = re.compile(rf"({reference.HEX.pattern})\.meta")


@dataclass(frozen=True, slots=True, kw_only=True)
class Out:
    """An image (sha256 in hex) that must leave the runtime's sight, or of which nothing is known, as ``problem`` says."""

    digest: str
    image: str = ""
    why: str = ""
    problem: str | None = None


def wanted(store: Store, trust: Trust, now: datetime) -> list[Out]:
    """Give the images in sight that expired or were revoked, and those whose certificate is not believed.

    Raises Fault if the list of what was revoked cannot be believed, Error if the store is not to be listed.
    """
    revocations = revoked.read(store, trust)
    digests = [match[1] for name in listed(store.root / "images") if (match := _META.fullmatch(name))]
    return [one for digest in digests if (one := _look(store, digest, revocations, trust, now)) is not None]


def sweep(store: Store, trust: Trust, now: datetime) -> list[Out]:
    """Take all these images out of the runtime's sight, and give them; only under the store's lock. Raises Fault."""
    found = wanted(store, trust, now)
    for one in found:
        if one.problem is None:
            quarantine.hide(store, one.digest, f"{one.image}: {one.why}", now)
    return found


def restore(store: Store, digest: str, *, trust: Trust, now: datetime) -> bool:
    """Bring an image back into the runtime's sight, once its certificate is in force again; False if it never left.

    Its .meta is made anew from what is signed, so it admits those whom the access record names today. Only under the
    store's lock. Raises Fault for an image that is expired, revoked, or not believed.
    """
    revocations = revoked.read(store, trust)
    certificate = rebuild.certificate_of(store, digest, _believed(trust, revocations))
    if why := reason(certificate, revocations, now):
        raise Fault(f"{certificate.name}:{certificate.tag} stays out of the runtime's sight: {why}",
                    hint="certify renew it first")
    changed = rebuild.make_meta(store, digest, trust, now)
    quarantine.forget_hidden(store, digest)
    return changed


def reason(certificate: Certificate, revocations: Revoked | None, now: datetime) -> str | None:
    """Give why an image with this certificate must not be started any more, None if it may be."""
    if revocations is not None:
        try:
            revocations.refuse(certificate)
        except Fault as error:
            return error.message
    return f"expired at {write_time(certificate.valid_until)}" if now >= certificate.valid_until else None


def _by_revoked_key(store: Store, digest: str, trust: Trust, revocations: Revoked | None) -> str | None:
    try:
        if revocations is not None and revocations.keys:
            rebuild.certificate_of(store, digest, _believed(trust, revocations))
    except Fault:
        return "its certificate was signed with a key that was revoked"
    return None


def _believed(trust: Trust, revocations: Revoked | None) -> Trust:
    return trust if revocations is None else trust.without(revocations.keys)


def _look(store: Store, digest: str, revocations: Revoked | None, trust: Trust, now: datetime) -> Out | None:
    if revocations is not None and digest in revocations.images:    # whatever its certificate is
        return Out(digest=digest, image=f"sha256:{digest[:12]}", why=f"the image was revoked: {revocations.images[digest]}")
    try:
        certificate = rebuild.certificate_of(store, digest, trust)
    except Fault as error:
        return Out(digest=digest, problem=error.message)
    why = reason(certificate, revocations, now) or _by_revoked_key(store, digest, trust, revocations)
    return Out(digest=digest, image=f"{certificate.name}:{certificate.tag}", why=why) if why else None
