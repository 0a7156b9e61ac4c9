"""How access is changed: all that is made from an access record, taken and given in an order that fails closed.

What the kernel and the runtime allow is never more than the record in force says, wherever this is interrupted:

1. Everything new is signed and written aside, with its ACLs. What can be refused is refused here, and nothing has changed.
2. Whom the new record does not list any more loses the image: ACLs, .meta, tags, the lists.
3. The log tells of it, and the new record takes its name: from here on the change holds.
4. Whom it lists in addition gets the image: ACLs, .meta, tags, the lists.

Interrupted before 3, those who were to be taken off are off already although the old record names them; interrupted after
it, those who were to be let in may still be out. Doing the same again finishes either. Jobs that run go on.
"""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from builder.errors import Fault
from certify.store import access as accesses
from certify.store import atomic, binding, listing, lists, log, meta, oci, protect, rights, tags
from certify.store.access import AccessRecord
from certify.store.desk import put
from certify.store.entering import read_access
from certify.trust import ACCESS, TAG

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from builder.image import ImageConfig
    from certify.certificate import Certificate
    from certify.store.access import Realm
    from certify.store.desk import Desk
    from certify.store.layout import Store
    from certify.store.tags import TagRecord
    from certify.trust import Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one image (sha256 in hex) is to become: its access records, and by ``config_digest`` (hex) its image.json.

    ``hidden`` is why the runtime must not see the image, if so.
    """

    name: str
    tag: str
    digest: str
    config: ImageConfig
    config_digest: str
    before: AccessRecord
    after: AccessRecord
    hidden: str | None

    @property
    def inner(self) -> Realm | None:
        """Those who may use the image before and after, None if there are none."""
        return accesses.intersection(self.before.realm, self.after.realm)


def plan(certificate: Certificate, config: ImageConfig, before: AccessRecord, realm: Realm, *, hidden: str | None = None) -> Plan:
    """Plan that the image of a certificate is for a realm; if it is so by its record, that one stays. Raises Fault."""
    digest = oci.sha256(meta.render(config, realm))
    after = AccessRecord(digest=certificate.digest, number=before.number + 1, realm=realm, meta=digest)
    if realm.same_ids(before.realm) and digest == before.meta:
        after = before
    return Plan(name=certificate.name, tag=certificate.tag, digest=certificate.digest, config=config,
                config_digest=certificate.config, before=before, after=after, hidden=hidden)


def enter(desk: Desk, plans: Sequence[Plan]) -> bool:
    """Do it, in the order that the module tells; False if all of it was so already."""
    store, name = desk.store, plans[0].name
    there = tags.read_all(store, name, desk.trust)
    standing = now_admitted(desk.store, there, desk.trust)
    inner: rights.Realms = {**standing, **{one.digest: one.inner for one in plans}}
    after: rights.Realms = {**standing, **{one.digest: one.after.realm for one in plans}}
    records = _records(desk, plans, there)
    with ExitStack() as stack:
        new = [_staged(desk, stack, store.access(one.digest), one.after.to_payload(), (accesses.PAYLOAD_TYPE, ACCESS), one.inner)
               for one in plans if one.after is not one.before]
        moved = [_staged(desk, stack, store.tag(name, one.tag), one.to_payload(), (tags.PAYLOAD_TYPE, TAG),
                         rights.every(one, after)) for one in records]
        for one in plans:
            atomic.refuse_odd(store.meta(one.digest))
        stack.enter_context(store.changing())
        _take(desk, plans, there, inner)
        if new or moved:
            _tell(desk, plans, records)
        for source, target in new:
            atomic.replace(source, target)
        changed = _give(desk, plans, {**there, **{one.tag: one for one in records}}, after)
        for source, target in reversed(moved):      # latest first: only it must never stand behind the others
            atomic.replace(source, target)
        changed |= _list(desk, _touched(plans, {**there, **{one.tag: one for one in records}}), after)
    return changed or bool(new or moved)


def now_admitted(store: Store, there: Mapping[str, TagRecord], trust: Trust) -> rights.Realms:
    """Who may use the images of a name now; nobody is told of one whose access record is missing or not believed."""
    found: rights.Realms = {}
    for digest in {one.digest for record in there.values() for one in record.images.values()}:
        found[digest] = None
        with suppress(Fault):
            record = read_access(store, digest, trust)
            found[digest] = record.realm if record is not None else None
    return found


def _records(desk: Desk, plans: Sequence[Plan], there: Mapping[str, TagRecord]) -> list[TagRecord]:
    """The tag records to be written; none for an image that no tag leads to any more."""
    bound = there.get(plans[0].tag)
    if bound is None or not _touched(plans, {bound.tag: bound}):
        return []
    return binding.renumbered(bound, {one.digest: one.after.number for one in plans}, there, desk.now)


def _touched(plans: Sequence[Plan], records: Mapping[str, TagRecord]) -> list[TagRecord]:
    """The records that lead to one of the images."""
    digests = {one.digest for one in plans}
    return [record for record in records.values() if not digests.isdisjoint(one.digest for one in record.images.values())]


def _staged(desk: Desk, stack: ExitStack, target: Path, payload: bytes, kind: tuple[str, str],
            realm: Realm | None) -> tuple[Path, Path]:
    """Sign a record and write it aside, for the realm; give where it is, and the name that it will have."""
    atomic.refuse_odd(target)
    new = stack.enter_context(atomic.staged(desk.store.tmp, [desk.signed(kind[0], payload, kind[1])]))
    if realm is None:
        protect.keep_private(new.fd)
    else:
        protect.protect_file(new.fd, realm, desk.store.group)
    return new.path, target


def _take(desk: Desk, plans: Sequence[Plan], there: Mapping[str, TagRecord], inner: rights.Realms) -> None:
    """Take an image from those who are not to use it any more: the runtime's part first, as it lets in most."""
    narrower = [one for one in plans if one.before.realm.wider_than(one.after.realm)]
    for one in narrower:
        _meta(desk, one, one.inner)
        rights.image(desk.store, one.digest, one.config_digest, one.inner)
        lists.enter(desk.store, one.digest, one.inner)
    touched = _touched(narrower, there)
    for record in touched:
        rights.tag(desk.store, record, inner)
    if touched:
        rights.passage(desk.store, touched[0].name, there.values(), inner)
    _list(desk, touched, inner)


def _tell(desk: Desk, plans: Sequence[Plan], records: Sequence[TagRecord]) -> None:
    moved = tuple(log.payload_digest(one.to_payload()) for one in records)
    for one in plans:
        event = log.granted(one.after, one.name, one.tag)
        detail = f"number {one.after.number}: {one.after.realm.full}; before: {one.before.realm.full}"
        log.note(desk, replace(event, detail=detail[:log.LONGEST], records=(*event.records, *moved)))


def _give(desk: Desk, plans: Sequence[Plan], records: Mapping[str, TagRecord], after: rights.Realms) -> bool:
    """Open everything to those whom the new record lists: the bytes before the names that lead to them."""
    store, changed = desk.store, False
    for one in plans:
        rights.image(store, one.digest, one.config_digest, one.after.realm)
        changed |= _meta(desk, one, one.after.realm)
        lists.enter(store, one.digest, one.after.realm)
    for record in _touched(plans, records):
        rights.tag(store, record, after)
    if records:
        rights.passage(store, plans[0].name, records.values(), after)
    return changed


def _meta(desk: Desk, plan: Plan, realm: Realm | None) -> bool:
    """Write the .meta for a realm, but for an image that the runtime must not see; False if it was so already."""
    path = desk.store.meta(plan.digest)
    if plan.hidden is not None:
        return False
    if realm is None:           # an empty list of ids would be public
        path.unlink(missing_ok=True)
        atomic.sync_folder(path.parent)
        return True
    return put(desk.store, path, meta.render(plan.config, realm), lambda fd: protect.protect_meta(fd, realm, desk.store.group))


def _list(desk: Desk, records: Sequence[TagRecord], realms: rights.Realms) -> bool:
    """Say in the list of public images which of the tags are for everybody."""
    entries = {}
    for record in records:
        public = all((realm := realms.get(one.digest)) is not None and realm.public for one in record.images.values())
        size = desk.store.blob(record.index).lstat().st_size
        entries[f"{record.name}:{record.tag}"] = oci.descriptor(oci.INDEX, record.index, size) if public else None
    return listing.update(desk.store, entries) if entries else False
