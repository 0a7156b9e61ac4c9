"""Making lost tags again, from certificates, access records and the log: this needs a key, for tags are signed.

What is guaranteed: a tag leads to the images that it was published for, as their certificates say. ``latest`` leads, where
it was lost as well, to what was published last by the log, and without a log to what was certified last for the first time.
The new number is above all that the store, the log, and whoever mends it have seen; somebody who remembers a higher one
from elsewhere is told that an older record was put back.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from builder.errors import Error, Fault
from certify import reference
from certify.bundle import FILE, FORMER, Bundle
from certify.dsse import Envelope
from certify.files import open_regular, read_if_there, read_small
from certify.store import atomic, log, oci, protect, quarantine, rebuild, revoked, rights, tags
from certify.store.access import union
from certify.store.desk import put
from certify.store.fsck import chains, lost
from certify.store.fsck.problem import Asked
from certify.store.log import Action, Event, payload_digest
from certify.trust import TAG

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from certify.certificate import Certificate
    from certify.store.access import Realm
    from certify.store.desk import Desk
    from certify.store.fsck.lost import History
    from certify.store.layout import Store
    from certify.store.tags import TagRecord
    from certify.trust import Trust


def restore(desk: Desk, seen: Mapping[str, int]) -> tuple[list[str], list[tuple[str, str]]]:
    """Make the lost tags; give them, and the names for which it failed, with the reason. Only under the store's lock.

    ``seen`` are the numbers that are remembered, see certify.seen. Raises Fault if the list of what was revoked is not believed.
    """
    asked = Asked(store=desk.store, trust=revoked.believed(desk.store, desk.trust), now=desk.now, deep=False)
    records, _ = chains.records(asked)
    history = lost.History.of(log.read(desk.store, desk.trust))
    missing = lost.images(asked, records, history)
    if missing and not history.last:
        _tell_of_list(desk)
    made: list[str] = []
    failed: list[tuple[str, str]] = []
    for name in sorted({one.name for one in missing} | lost.names(records)):
        there = {one.tag: one for one in records if one.name == name}
        try:
            made += _Name(desk, name, there, history, seen).restored([one for one in missing if one.name == name])
        except (Error, OSError) as error:
            failed.append((name, error.message if isinstance(error, Error) else str(error)))
    return made, failed


class _Name:
    """The tags of one name, as they are and as they are to be."""

    def __init__(self, desk: Desk, name: str, there: Mapping[str, TagRecord], history: History, seen: Mapping[str, int]) -> None:
        self.desk, self.name, self.there, self.history = desk, name, there, history
        self.trust = revoked.believed(desk.store, desk.trust)
        known = [number for what, number in seen.items() if what.startswith(f"tag {name}:")]
        self.number = max([history.last, *known, *(one.number for one in there.values())]) + 1

    def restored(self, missing: list[Certificate]) -> list[str]:
        """Make the tags of these images, and the pointers that are lost or must not stand behind them."""
        os.close(atomic.make_folder(self.desk.store.tags(self.name)))
        self._put_aside()
        tagged = {one.tag: self._tag(one.tag, [each for each in missing if each.tag == one.tag]) for one in missing}
        every = {**{tag: one for tag, one in self.there.items() if tag == one.target}, **tagged}
        wanted = {tag.rpartition("-")[0] for tag in tagged} | {reference.LATEST}
        pointers = {pointer: self._pointer(pointer, every) for pointer in sorted(wanted)}
        new = {**tagged, **pointers}
        realms: rights.Realms = {image.digest: rebuild.access_of(self.desk.store, image.digest, self.trust).realm
                                 for record in every.values() for image in record.images.values()}
        rights.passage(self.desk.store, self.name, {**self.there, **new}.values(), realms)
        self._write(new, realms)
        return [f"{self.name}:{tag} -> {one.target}" for tag, one in new.items() if tag not in self.there]

    def _put_aside(self) -> None:
        """Take away what has the name of a tag and is not believed."""
        store, now = self.desk.store, self.desk.now
        for path in [one for one in sorted(store.tags(self.name).iterdir()) if one.name not in self.there]:
            quarantine.move(store, quarantine.Kind.PLANTED, "other", [path], "it has the name of a tag and is not believed", now)

    def _tag(self, tag: str, missing: list[Certificate]) -> TagRecord:
        store, bound = self.desk.store, self.there.get(tag)
        images, index = (dict(bound.images), oci.read_index(store, bound.index)) if bound else ({}, {})
        for one in missing:
            record = rebuild.access_of(store, one.digest, self.trust)
            images[one.platform] = tags.TagImage(digest=one.digest, access=record.number)
            index[one.platform] = self._manifest(one, record.realm)
        content = oci.index(index)
        everybody = union(rebuild.access_of(store, one.digest, self.trust).realm for one in images.values())
        _put(store, content, everybody)
        return tags.TagRecord(name=self.name, tag=tag, target=tag, number=self.number, index=oci.sha256(content), images=images,
                              issued=self.desk.now)

    def _manifest(self, certificate: Certificate, realm: Realm) -> oci.Descriptor:
        store, digest = self.desk.store, certificate.digest
        fd = open_regular(store.blob(digest))
        try:
            size = os.fstat(fd).st_size
        finally:
            os.close(fd)
        config = oci.read_blob(store, certificate.config)
        manifest = oci.manifest(config, digest, size, f"{certificate.name}_{certificate.tag}.squashfs")
        _put(store, manifest, realm)
        return oci.descriptor(oci.MANIFEST, oci.sha256(manifest), len(manifest))

    def _pointer(self, pointer: str, every: Mapping[str, TagRecord]) -> TagRecord:
        """A pointer that is there leads where it did; one that was lost to what was published last."""
        there = self.there.get(pointer)
        if there is not None and there.target in every:
            target = there.target
        else:
            fitting = [tag for tag in every if pointer in (reference.LATEST, tag.rpartition("-")[0])]
            target = max(fitting, key=lambda tag: self._when(every[tag]))
            self._refuse_older(pointer, every)
        return replace(every[target], tag=pointer, number=self.number, issued=self.desk.now)

    def _refuse_older(self, pointer: str, every: Mapping[str, TagRecord]) -> None:
        """Whoever removes the newest image altogether must not get an older one its name by a repair."""
        told = {tag: min(images.values()) for (name, tag), images in self.history.published.items()
                if name == self.name and pointer in (reference.LATEST, tag.rpartition("-")[0])}
        if told and (newest := max(told, key=told.__getitem__)) not in every:
            raise Fault(f"{self.name}:{newest} was published after all that is left, and its certificate or access is gone",
                        hint="publish it again, or a newer one, and repair again")

    def _when(self, record: TagRecord) -> tuple[int, datetime]:
        """When a tag was published first: by the log, which knows best, then by its certificates."""
        told = self.history.published.get((record.name, record.target), {})
        digests = [one.digest for one in record.images.values()]
        return (min((told[one] for one in digests if one in told), default=0),
                min(_first(self.desk.store, one, self.trust) for one in digests))

    def _write(self, new: Mapping[str, TagRecord], realms: rights.Realms) -> None:
        desk = self.desk
        with ExitStack() as stack:
            ready = []
            for tag in sorted(new, key=lambda tag: (tag != reference.LATEST, new[tag].target == tag, tag)):
                content = desk.signed(tags.PAYLOAD_TYPE, new[tag].to_payload(), TAG)
                staged = stack.enter_context(atomic.staged(desk.store.tmp, [content]))
                who = rights.every(new[tag], realms)
                protect.keep_private(staged.fd) if who is None else protect.protect_file(staged.fd, who)
                ready.append((staged.path, desk.store.tag(self.name, tag)))
            stack.enter_context(desk.store.changing())
            for event in self._events(new):
                log.note(desk, event)
            for source, target in ready:        # latest first: only it must never stand behind the others
                atomic.replace(source, target)

    def _events(self, new: Mapping[str, TagRecord]) -> Iterator[Event]:
        """One for each image, in their old order; where the log is lost, also of what stood in the store without it."""
        every = {**self.there, **new}
        targets = sorted({one.target for one in new.values()}, key=lambda tag: self._when(every[tag]))
        for target in targets:
            payloads = [one.to_payload() for one in new.values() if one.target == target]
            for platform, image in every[target].images.items():
                standing = [] if self.history.last else list(_standing(self.desk.store, image.digest))
                yield Event(action=Action.PUBLISH, name=self.name, tag=target, digest=image.digest,
                            detail=f"{platform}, made again from its certificate; number {self.number}",
                            records=tuple(map(payload_digest, [*payloads, *standing])))


def _put(store: Store, content: bytes, realm: Realm) -> None:
    put(store, store.blob(oci.sha256(content)), content, lambda fd: protect.protect_file(fd, realm))


def _standing(store: Store, digest: str) -> Iterator[bytes]:
    """The signed records of an image."""
    for path in (store.certs(digest) / FILE, store.access(digest)):
        yield Envelope.from_json(read_small(path)).payload


def _first(store: Store, digest: str, trust: Trust) -> datetime:
    """When an image was certified first, as far as its certificates are kept."""
    found = [rebuild.certificate_of(store, digest, trust).valid_from]
    for path in store.certs(digest).iterdir():
        if path.name.startswith(FORMER):
            with suppress(Fault):
                former = Bundle(certificate=Envelope.from_json(read_small(path)), others=()).verified(trust)
                found += [former.valid_from] if former.digest == digest else []
    return min(found)


def _tell_of_list(desk: Desk) -> None:
    """Begin a lost log with the list of what was revoked, if there is one and the key may sign such a record."""
    data = read_if_there(desk.store.revoked)
    if data is not None:
        with suppress(Error):
            records = (payload_digest(Envelope.from_json(data).payload),)
            log.note(desk, Event(action=Action.REVOKE, detail="the log was lost; the list as it stands", records=records))
