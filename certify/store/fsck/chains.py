"""Whether each tag is signed, not an older one, and leads by index and manifest to bytes that are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from builder.errors import Error, Fault
from certify import reference
from certify.store import guards, oci, tags
from certify.store.access import union
from certify.store.entering import read_access
from certify.store.fsck.problem import Kind, Mend, Problem, shown

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator
    from pathlib import Path

    from certify.store.access import Realm
    from certify.store.fsck.problem import Asked
    from certify.store.tags import TagRecord


def records(asked: Asked) -> tuple[list[TagRecord], list[Problem]]:
    """Give all tag records that can be read (and believed), and findings for the others. Odd names are told elsewhere."""
    found: list[TagRecord] = []
    problems: list[Problem] = []
    for folder in _folders(asked.store.root / "tags", reference.NAME):
        if len(folder.name) > reference.MOST_NAME:
            continue
        for path in _folders(folder, reference.TAG):
            try:
                record = tags.read(asked.store, folder.name, path.name, asked.trust)
            except Error as error:
                problems.append(Problem(kind=Kind.TAG, where=shown(asked.store, path), message=error.message))
            else:
                found += [record] if record is not None else []
    return found, problems


def check(asked: Asked, found: list[TagRecord]) -> Iterator[Problem]:
    """Find tags that lead nowhere or elsewhere, stand behind their siblings, or can be read by others than they should."""
    by_name: dict[str, dict[str, TagRecord]] = {}
    for record in found:
        by_name.setdefault(record.name, {})[record.tag] = record
    for name, siblings in by_name.items():
        seen: set[str] = set()
        for record in siblings.values():
            yield from _old(asked, record, siblings)
            if record.index not in seen:
                seen.add(record.index)
                yield from _documents(asked, record)
        yield from _guards(asked, name, siblings)


def _old(asked: Asked, record: TagRecord, siblings: dict[str, TagRecord]) -> Iterator[Problem]:
    try:
        tags.require_newest(record, siblings)
    except Fault as error:
        yield Problem(kind=Kind.TAG_OLD, where=_where(asked, record), message=error.message)


def _documents(asked: Asked, record: TagRecord) -> Iterator[Problem]:
    store, where = asked.store, _where(asked, record)
    try:
        manifests = oci.read_index(store, record.index)
        for platform, image in record.images.items():
            if platform not in manifests:
                raise Fault(f"the index has no manifest for {platform}")
            config, layer, size = oci.read_manifest(store, manifests[platform]["digest"].removeprefix("sha256:"))
            if layer != image.digest:
                raise Fault(f"the manifest for {platform} is about sha256:{layer}, the tag about sha256:{image.digest}")
            oci.read_blob(store, config)
            yield from _image(asked, image.digest, size, where)
    except Error as error:
        yield Problem(kind=Kind.CHAIN, where=where, message=error.message)


def _image(asked: Asked, digest: str, size: int, where: str) -> Iterator[Problem]:
    path = asked.store.blob(digest)
    try:
        found = path.lstat().st_size
    except OSError:
        yield Problem(kind=Kind.IMAGE, where=where, message=f"leads to sha256:{digest}, whose bytes are missing")
        return
    if found != size:
        yield Problem(kind=Kind.BYTES, where=shown(asked.store, path), message=f"has {found} bytes, must have {size}")


def _guards(asked: Asked, name: str, siblings: dict[str, TagRecord]) -> Iterator[Problem]:
    realms = {record.index: _realm(asked, record) for record in {one.index: one for one in siblings.values()}.values()}
    known = [realm for realm in realms.values() if realm is not None]
    for record in siblings.values():
        realm = realms[record.index]
        if realm is not None:
            for path in (asked.store.tag(name, record.tag), asked.store.blob(record.index)):
                yield from compare(asked, path, guards.of_file(realm, asked.store.group), Mend.GUARD_NAME, name)
    if known:
        yield from _passage(asked, name, union(known), whole=len(known) == len(realms))


def _passage(asked: Asked, name: str, realm: Realm, *, whole: bool) -> Iterator[Problem]:
    """A name's folder may be passed by those who may use any of its images, and be listed by nobody but its owner."""
    path = asked.store.tags(name)
    guard = guards.of(path)
    wrong = guard.group and not guard.others and guard.owning != asked.store.group
    if wrong or any(bits & 6 for bits in (guard.group, guard.others, *(bits for _, bits in (*guard.users, *guard.groups)))):
        yield Problem(kind=Kind.GUARD, where=shown(asked.store, path), message=f"can be listed or changed by others: {guard}")
    uids, gids = ({number for number, bits in one if bits & 1} for one in (guard.users, guard.groups))
    if whole and not realm.public and (guard.others or not (uids <= realm.uids and gids <= realm.gids)):
        yield Problem(kind=Kind.GUARD, where=shown(asked.store, path), mend=Mend.GUARD_NAME, about=name,
                      message=f"lets through some who may use none of its images ({realm}): {guard}")
    if not guard.others & 1 and (realm.public or not (realm.uids <= uids and realm.gids <= gids)):
        yield Problem(kind=Kind.GUARD, where=shown(asked.store, path), mend=Mend.GUARD_NAME, about=name, error=not asked.halfway,
                      message=f"keeps out some who may use its images ({realm}): {guard}")


def _realm(asked: Asked, record: TagRecord) -> Realm | None:
    """Those who may use any of a tag's images; None if an access record is missing or broken, which is told elsewhere."""
    try:
        found = [read_access(asked.store, one.digest, asked.trust) for one in record.images.values()]
    except Error:
        return None
    return None if any(one is None for one in found) else union(one.realm for one in found if one is not None)


def compare(asked: Asked, path: Path, wanted: guards.Guard, mend: Mend, about: str) -> Iterator[Problem]:
    """Find a file that lets in others than it must; nothing for one that is not there, which is told elsewhere."""
    try:
        found = guards.of(path)
    except OSError:
        return
    if found != wanted:
        yield Problem(kind=Kind.GUARD, where=shown(asked.store, path), mend=mend, about=about,
                      error=not (asked.halfway and found.within(wanted)),
                      message=f"is open to: {found}; must be to: {wanted}")


def _folders(folder: Path, form: re.Pattern[str]) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if form.fullmatch(path.name))
    except (FileNotFoundError, NotADirectoryError):
        return []


def _where(asked: Asked, record: TagRecord) -> str:
    return shown(asked.store, asked.store.tag(record.name, record.tag))
