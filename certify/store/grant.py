"""Changing who may use an image that is in the store: a new signed record, and all that is made from it.

In which order it is done, and what an interruption leaves, tells ``granting``.
"""

from __future__ import annotations

import enum
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from builder.errors import Error, Fault, UsageError
from builder.image import ImageConfig
from certify.store import access as accesses
from certify.store import granting, oci, quarantine, query, rebuild, revoked, sight
from certify.store.access import Realm
from certify.store.desk import Desk
from certify.store.recovery import recover

if TYPE_CHECKING:
    from datetime import datetime

    from builder.recipe.model import Access
    from certify.certificate import Certificate
    from certify.reference import Reference
    from certify.signing import Signer
    from certify.store.granting import Plan
    from certify.store.layout import Store
    from certify.store.query import Entry
    from certify.trust import Trust

_SET: Final = "certify store access set gives an image to others, or to everybody with --public"


class How(enum.StrEnum):
    """What is done with the users and groups that are named."""

    ADD = "add"
    REMOVE = "remove"
    SET = "set"


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """What became of one image: who could use it, who may now, and the number of the record that says so.

    ``unlisted`` were to be removed, but were not listed. ``hidden`` says why the runtime does not see the image, if so.
    """

    image: Entry
    before: Realm
    after: Realm
    number: int
    changed: bool
    unlisted: tuple[str, ...] = ()
    hidden: str | None = None


def change(store: Store, wanted: Reference, how: How, asked: Access, *, signer: Signer, trust: Trust, now: datetime,
           widen: bool = False) -> list[Granted]:
    """Change who may use the images that a reference leads to: those of all platforms of a tag, or the one of a digest.

    All of them are judged before any is changed. Raises UsageError for adding to or removing from a public image; Fault
    where nobody would be left, for ``SET`` without ``widen`` where somebody new would get in, for names that this machine
    does not know, and for what is not believed; Error if the key may not sign or the store not be written.
    """
    try:
        with store.locked():
            desk = Desk(store=store, signer=signer, trust=revoked.believed(store, trust), now=now)
            recover(store, desk.trust, now)
            images = query.resolve_all(store, wanted, desk.trust)
            planned = [_plan(desk, image, how, asked, widen=widen) for image in images]
            changed = granting.enter(desk, [plan for plan, _ in planned])
    except OSError as error:
        raise Error(f"{store.root}: {error.strerror or error}",
                    hint="is the disk full, or the store not yours? do it again when that is mended") from error
    return [Granted(image=image, before=plan.before.realm, after=plan.after.realm, number=plan.after.number, changed=changed,
                    unlisted=unlisted, hidden=plan.hidden) for image, (plan, unlisted) in zip(images, planned, strict=True)]


def _plan(desk: Desk, image: Entry, how: How, asked: Access, *, widen: bool) -> tuple[Plan, tuple[str, ...]]:
    """What becomes of an image, and in words those who were to be removed although they are not listed."""
    store, digest, title = desk.store, image.digest, f"{image.name}:{image.tag}"
    before = rebuild.access_of(store, digest, desk.trust)
    certificate = rebuild.certificate_of(store, digest, desk.trust)
    realm, unlisted = _wanted(before.realm, how, asked, title)
    if how is How.SET and realm.wider_than(before.realm) and not widen:
        raise Fault(f"{title}: access would be wider than it is: {before.realm.full} -> {realm.full}",
                    hint="if that is meant, say --widen")
    config = ImageConfig.from_json(oci.read_blob(store, certificate.config).decode("utf-8", "replace"))
    return granting.plan(certificate, config, before, realm, hidden=_hidden(desk, certificate)), unlisted


def _hidden(desk: Desk, certificate: Certificate) -> str | None:
    """Why the runtime does not see an image and must not, None for one that it sees, or that just lost its .meta."""
    if os.path.lexists(desk.store.meta(certificate.digest)):
        return None
    item = quarantine.hidden(desk.store, certificate.digest)
    if item is not None:
        return item.why or "it was taken out of its sight"
    return sight.reason(certificate, revoked.read(desk.store, desk.trust), desk.now)


def _wanted(standing: Realm, how: How, asked: Access, title: str) -> tuple[Realm, tuple[str, ...]]:
    """The realm that is asked for, and those who were to be removed although they are not listed."""
    if how is How.SET:
        return accesses.resolve(asked), ()
    if standing.public:
        raise UsageError(f"{title} is public: there is nobody to {how}", hint=_SET)
    if how is How.ADD:
        return accesses.union([standing, accesses.resolve(asked)]), ()
    users, groups, unlisted = accesses.without(standing, asked)
    if not users and not groups:
        raise Fault(f"{title}: nobody would be left who may use it: {standing.full}",
                    hint=f"{_SET}; certify revoke image takes it from all")
    return Realm(users=users, groups=groups), unlisted
