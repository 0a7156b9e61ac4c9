"""Whether each image has its bytes, its certificate, its access record, and what the runtime reads of it, as signed."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from builder.errors import Error, Fault
from builder.image import ImageConfig
from certify import reference
from certify.bundle import FILE, SUFFIX, Bundle
from certify.certificate import Certificate
from certify.dsse import Envelope
from certify.files import open_regular, read_small, sha256_of
from certify.statement import Statement
from certify.store import guards, meta, oci, quarantine, rebuild, revoked, sight
from certify.store.entering import read_access
from certify.store.fsck.chains import compare
from certify.store.fsck.problem import Kind, Mend, Problem, shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from certify.store.access import AccessRecord
    from certify.store.fsck.problem import Asked
    from certify.store.quarantine import Item
    from certify.store.revoked import Revoked
    from certify.store.tags import TagRecord

_HEX: Final = f"({reference.HEX.pattern})"
_FORMS: Final = {"certs": re.compile(_HEX), "access": re.compile(_HEX + re.escape(SUFFIX)),
                 "images": re.compile(rf"{_HEX}\.(?:squashfs|meta)")}


def check(asked: Asked, records: list[TagRecord]) -> Iterator[Problem]:
    """Look at every image that has a part in the store or a tag, and with ``deep`` at the bytes of every blob."""
    tagged: dict[str, int] = {}
    for record in records:
        for image in record.images.values():
            tagged[image.digest] = max(image.access, tagged.get(image.digest, 0))
    revocations, problems = _revocations(asked)
    yield from problems
    out = {item.digest: item for item in quarantine.items(asked.store, quarantine.Kind.HIDDEN)}
    for digest in sorted({*tagged, *_digests(asked)}):
        found = list(_image(asked, digest, tagged.get(digest, 0), revocations, out.get(digest)))
        yield from found if digest in tagged or not found else _unfinished(asked, digest, found)
    if asked.deep:
        yield from _blobs(asked)


def _unfinished(asked: Asked, digest: str, found: list[Problem]) -> Iterator[Problem]:
    """What is wrong with an image that no tag leads to: while the runtime does not find it, it is what a publish left behind."""
    if os.path.lexists(asked.store.image(digest)):
        yield from found
    else:
        yield Problem(kind=Kind.UNFINISHED, where=shown(asked.store, asked.store.blob(digest)), error=False, about=digest,
                      message="was not published to its end: the next publish finishes it, or gc collects it")


def _digests(asked: Asked) -> Iterator[str]:
    for folder, form in _FORMS.items():
        for path in (asked.store.root / folder).iterdir():
            if match := form.fullmatch(path.name):
                yield match[1]


def _revocations(asked: Asked) -> tuple[Revoked | None, list[Problem]]:
    if asked.trust is None:
        return None, []
    try:
        return revoked.read(asked.store, asked.trust), []
    except Error as error:
        return None, [Problem(kind=Kind.REVOKED, where=shown(asked.store, asked.store.revoked), message=error.message)]


def _image(asked: Asked, digest: str, least: int, revocations: Revoked | None, out: Item | None) -> Iterator[Problem]:
    certificate, problems = _certificate(asked, digest)
    yield from problems
    access, problems = _access(asked, digest, least)
    yield from problems
    yield from _link(asked, digest)
    if certificate is None or access is None:
        return
    why = sight.reason(certificate, revocations, asked.now)
    yield from _meta(asked, digest, certificate, access, why, out)
    yield from _guards(asked, digest, certificate, access)


def _certificate(asked: Asked, digest: str) -> tuple[Certificate | None, list[Problem]]:
    store, kind = asked.store, Kind.CERTIFICATE
    where = shown(store, store.certs(digest))
    try:
        certificate = _believed(asked, digest)
        if certificate.digest != digest:
            raise Fault(f"is about sha256:{certificate.digest}")
        if asked.deep and asked.trust is not None:
            kind = Kind.EVIDENCE
            Bundle.read(store.certs(digest)).evidence(certificate, asked.trust)
    except Error as error:
        return None, [Problem(kind=kind, where=where, message=error.message)]
    return certificate, []


def _believed(asked: Asked, digest: str) -> Certificate:
    envelope = Envelope.from_json(read_small(asked.store.certs(digest) / FILE))
    if asked.trust is None:
        return Certificate.parse(Statement.from_bytes(envelope.payload))
    return Bundle(certificate=envelope, others=()).verified(asked.trust)


def _access(asked: Asked, digest: str, least: int) -> tuple[AccessRecord | None, list[Problem]]:
    store = asked.store
    where = shown(store, store.access(digest))
    try:
        record = read_access(store, digest, asked.trust)
    except Error as error:
        return None, [Problem(kind=Kind.ACCESS, where=where, message=error.message)]
    if record is None:
        return None, [Problem(kind=Kind.ACCESS, where=where, message="is missing")]
    if record.number < least:
        return None, [Problem(kind=Kind.ACCESS, where=where,
                              message=f"has number {record.number}, a tag says {least}: an older one was put back")]
    return record, []


def _link(asked: Asked, digest: str) -> Iterator[Problem]:
    store = asked.store
    blob, image = store.blob(digest), store.image(digest)
    if not os.path.lexists(blob):
        if os.path.lexists(image):
            yield Problem(kind=Kind.LINK, where=shown(store, image), message="has no blob")
        return
    found = [path.lstat() if os.path.lexists(path) else None for path in (blob, image)]
    same = found[0] and found[1] and (found[0].st_dev, found[0].st_ino) == (found[1].st_dev, found[1].st_ino)
    if not same:
        missing = "is missing" if found[1] is None else "is not the blob: somebody put something else there"
        yield Problem(kind=Kind.LINK, where=shown(store, image), message=missing, mend=Mend.LINK, about=digest)


def _meta(asked: Asked, digest: str, certificate: Certificate, access: AccessRecord, why: str | None,
          out: Item | None) -> Iterator[Problem]:
    path = asked.store.meta(digest)
    where, title = shown(asked.store, path), f"{certificate.name}:{certificate.tag}"
    if os.path.lexists(path):
        if why:
            yield Problem(kind=Kind.SIGHT, where=where, mend=Mend.HIDE, about=digest,
                          message=f"{title} can still be started under the runtime: {why}")
        elif wrong := _misread(asked, path, certificate, access):
            lags = asked.halfway and _admits_fewer(asked, path, certificate, access)
            yield Problem(kind=Kind.META, where=where, message=wrong, mend=Mend.META, about=digest, error=not lags)
    elif why:
        yield Problem(kind=Kind.HIDDEN, where=where, error=False, message=f"{title} is out of the runtime's sight: {why}")
    elif out is not None:
        yield Problem(kind=Kind.HIDDEN, where=where, mend=Mend.RESTORE, about=digest, error=not asked.halfway,
                      message=f"{title} is out of the runtime's sight, but in force again")
    else:
        yield Problem(kind=Kind.META, where=where, mend=Mend.META, about=digest, error=not asked.halfway,
                      message="is missing: the runtime refuses the image")


def _admits_fewer(asked: Asked, path: Path, certificate: Certificate, access: AccessRecord) -> bool:
    try:
        return rebuild.admits_fewer(asked.store, read_small(path), certificate.config, access.realm)
    except Error:
        return False


def _misread(asked: Asked, path: Path, certificate: Certificate, access: AccessRecord) -> str | None:
    """What is wrong with a .meta, read as the runtime reads it."""
    try:
        data = read_small(path)
        read = meta.parse(data)
        if (read.format, frozenset(read.uids), frozenset(read.gids)) != ("squashfs", access.realm.uids, access.realm.gids):
            found = f"{read.format} for users {read.uids[:20]} and groups {read.gids[:20]}"
            return f"the runtime reads {found}; signed is squashfs for {access.realm}"
        if oci.sha256(data) != access.meta:
            return "is not the one that the access record was signed for"
        if asked.deep:
            config = ImageConfig.from_json(oci.read_blob(asked.store, certificate.config).decode("utf-8", "replace"))
            if meta.render(config, access.realm) != data:
                return "does not say what the image's own image.json says"
    except Error as error:
        return error.message
    return None


def _guards(asked: Asked, digest: str, certificate: Certificate, access: AccessRecord) -> Iterator[Problem]:
    store, realm, folder = asked.store, access.realm, asked.store.certs(digest)
    files = [store.blob(digest), store.blob(certificate.config), store.access(digest), *sorted(folder.iterdir())]
    wanted = [*((path, guards.of_file(realm, store.group)) for path in files), (folder, guards.of_folder(realm, store.group)),
              (store.meta(digest), guards.of_meta(realm, store.group))]
    for path, guard in wanted:
        yield from compare(asked, path, guard, Mend.GUARD, digest)


def _blobs(asked: Asked) -> Iterator[Problem]:
    folder = asked.store.root / "blobs" / "sha256"
    for path in sorted(path for path in folder.iterdir() if reference.HEX.fullmatch(path.name)):
        try:
            fd = open_regular(path)
        except Error as error:
            yield Problem(kind=Kind.BYTES, where=shown(asked.store, path), message=error.message)
            continue
        try:
            found, size = sha256_of(fd)
        finally:
            os.close(fd)
        if found != path.name:
            yield Problem(kind=Kind.BYTES, where=shown(asked.store, path), message=f"is sha256:{found}, {size} bytes")
