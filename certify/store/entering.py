"""The writing half of publishing.

Each part is put where it is missing or different, in an order that fails closed.

Access record, certificate, .meta and the OCI documents before the squashfs' second name (by which the runtime finds an
image), the tag last. Whatever is there already is compared, never taken on trust.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from builder.errors import Fault
from certify.bundle import FILE, SUFFIX, Bundle
from certify.certificate import Certificate
from certify.dsse import Envelope
from certify.files import open_regular, pieces, read_if_there
from certify.statement import Statement
from certify.store import access as accesses
from certify.store import atomic, binding, lists, log, oci, protect
from certify.store.access import AccessRecord
from certify.store.desk import Desk, link_new, put
from certify.trust import ACCESS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from builder.image import ImageConfig
    from certify.signing import Signer
    from certify.store.access import Realm
    from certify.store.desk import Candidate, Standing
    from certify.store.layout import Store
    from certify.trust import Trust


def enter(store: Store, candidate: Candidate, before: Standing, signer: Signer, trust: Trust,
          now: datetime) -> tuple[int, bool]:
    """Put a candidate into the store, under its lock.

    Give back the size in bytes, and whether anything changed.
    """
    desk = Desk(store=store, signer=signer, trust=trust, now=now)
    record = _access_record(candidate, before)
    size, fresh = _image(desk, candidate)
    changed = _access(desk, record, before, candidate.config)
    lists.enter(store, candidate.digest, record.realm)
    changed |= _certificate(desk, candidate)
    _meta(desk, candidate)          # an image that was hidden comes back into sight when its new certificate stands
    changed |= binding.bind(desk, candidate, before, record.number, size)
    return size, changed or fresh


def read_access(store: Store, digest: str, trust: Trust | None) -> AccessRecord | None:
    """Read an image's access record, None if there is none; its signature is checked if a trust is given."""
    data = read_if_there(store.access(digest))
    if data is None:
        return None
    envelope = Envelope.from_json(data)
    payload = envelope.payload if trust is None else trust.opened(envelope, ACCESS, accesses.PAYLOAD_TYPE)
    record = AccessRecord.from_payload(payload)
    if record.digest != digest:
        raise Fault(f"the access record of sha256:{digest} was made for sha256:{record.digest}")
    return record


def read_certificate(store: Store, digest: str) -> Certificate | None:
    """Read the certificate in the store without judging its signature, None if there is none.

    Raises Fault.
    """
    data = read_if_there(store.certs(digest) / FILE)
    return None if data is None else Certificate.parse(Statement.from_bytes(Envelope.from_json(data).payload))


def standing_certificate(store: Store, digest: str, trust: Trust) -> Certificate | None:
    """Read the certificate in the store, None if there is none that the trust believes.

    One that is not believed may be replaced.
    """
    data = read_if_there(store.certs(digest) / FILE)        # a link in its place is a Fault all the same
    if data is None:
        return None
    with suppress(Fault):
        return Bundle(certificate=Envelope.from_json(data), others=()).verified(trust)
    return None


def _access_record(candidate: Candidate, before: Standing) -> AccessRecord:
    wanted = AccessRecord(
        digest=candidate.digest, number=1, realm=candidate.realm, meta=oci.sha256(candidate.meta)
    )
    there = before.access.get(candidate.digest)
    if there is None:
        return wanted
    same = there.realm.same_ids(wanted.realm) and there.meta == wanted.meta
    return there if same else replace(wanted, number=there.number + 1)


def _image(desk: Desk, candidate: Candidate) -> tuple[int, bool]:
    store, digest, realm = desk.store, candidate.digest, candidate.realm
    blob, fresh = store.blob(digest), not os.path.lexists(store.blob(digest))
    if fresh:
        _copy(store, candidate)
    fd = atomic.require_bytes(blob, digest)
    try:
        protect.protect_file(fd, realm, store.group)
        return os.fstat(fd).st_size, fresh
    finally:
        os.close(fd)


def _copy(store: Store, candidate: Candidate) -> None:
    source = open_regular(candidate.source)
    try:
        with atomic.staged(store.tmp, pieces(source), lay_out=store.lay_out) as copy:
            if copy.sha256 != candidate.digest:
                raise Fault(f"{candidate.source} is not the image of the certificate: sha256:{copy.sha256}, "
                            f"certified is sha256:{candidate.digest}", hint="certify attest the build again")
            protect.protect_file(copy.fd, candidate.realm, store.group)
            link_new(copy.path, store.blob(candidate.digest))
    finally:
        os.close(source)


def _meta(desk: Desk, candidate: Candidate) -> None:
    store = desk.store
    put(store, store.meta(candidate.digest), candidate.meta, lambda fd: protect.protect_meta(fd, candidate.realm, store.group))


def _access(desk: Desk, record: AccessRecord, before: Standing, config: ImageConfig) -> bool:
    if before.access.get(record.digest) == record:
        content = read_if_there(desk.store.access(record.digest)) or b""
    else:
        content = desk.signed(accesses.PAYLOAD_TYPE, record.to_payload(), ACCESS)
        log.note(desk, log.granted(record, config.name, config.tag))
    return put(desk.store, desk.store.access(record.digest), content,
                lambda fd: protect.protect_file(fd, record.realm, desk.store.group))


def _certificate(desk: Desk, candidate: Candidate) -> bool:
    folder, realm = desk.store.certs(candidate.digest), candidate.realm
    files = dict(candidate.bundle.files(candidate.certificate))
    there = standing_certificate(desk.store, candidate.digest, desk.trust)
    fd = atomic.make_folder(folder)
    if there is not None and there != candidate.certificate:
        log.note(desk, log.renewed(candidate.certificate, candidate.bundle.certificate))
    if _stands(folder, candidate, desk.trust):
        # The same statements: other signatures on them are no reason to write them again.
        files = {name: read_if_there(folder / name) or content for name, content in files.items()}
    try:
        changed = [put(desk.store, folder / name, content, lambda one: protect.protect_file(one, realm, desk.store.group))
                   for name, content in files.items()]
        protect.protect_folder(fd, realm, desk.store.group)
    finally:
        os.close(fd)
    former = _names(folder, there) - files.keys()
    _forget(folder, {*files, *former})
    _protect_all(desk.store, (folder / name for name in former), realm)
    return any(changed)


def _stands(folder: Path, candidate: Candidate, trust: Trust) -> bool:
    try:
        bundle = Bundle.read(folder)
        return bundle.verified(trust) == candidate.certificate and bool(
            bundle.evidence(candidate.certificate, trust)
        )
    except Fault:
        return False


def _names(folder: Path, certificate: Certificate | None) -> set[str]:
    """Give the files of the certificate before this one, which somebody may be reading just now."""
    if certificate is None:
        return set()
    named = {one.sha256[:16] for one in certificate.evidence}
    return {path.name for path in folder.iterdir() if path.name.removesuffix(SUFFIX)[-16:] in named}


def _protect_all(store: Store, paths: Iterable[Path], realm: Realm) -> None:
    """Give files that stay from before today's readers: neither fewer, who could not read the folder, nor more."""
    for path in paths:
        fd = open_regular(path)
        try:
            protect.protect_file(fd, realm, store.group)
        finally:
            os.close(fd)


def _forget(folder: Path, keep: set[str]) -> None:
    for path in folder.iterdir():
        if path.name not in keep:
            with suppress(IsADirectoryError):
                path.unlink()
