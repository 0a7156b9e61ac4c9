"""fsck finds whatever was changed, planted or lost, and mends without a key what the signed parts still tell."""

from __future__ import annotations

import hashlib
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from builder import process
from builder.errors import Error, Fault
from builder.recipe.model import Access
from certify.bundle import FILE
from certify.reference import Reference
from certify.store import Store, atomic, fsck, guards, listing, oci, quarantine, sight, tags
from certify.store.access import Principal, Realm
from certify.store.fsck import Kind
from certify.store.revoked import PAYLOAD_TYPE, Revoked
from certify.verify import verify_reference

ONE = hashlib.sha256(b"image one").hexdigest()
TWO = hashlib.sha256(b"image two").hexdigest()
PRIVATE = Access(users=(20001,), groups=(30001,))


@pytest.fixture
def full(world):
    """A public image, and a private one as its next version."""
    world.publish()
    world.publish(b"image two", world.config("1.1"), access=PRIVATE)
    return world


def check(world, **more):
    return fsck.check(world.store, world.trust, **{"now": world.now, **more})


def kinds(world, **more):
    return {one.kind for one in check(world, **more).errors}


def mend(world, **more):
    with world.store.locked():
        return fsck.mend(world.store, check(world, **more).problems, world.trust, world.now)


def files(store):
    """What stands in a store: contents, modes and ACLs."""
    return {str(path.relative_to(store.root)): (path.read_bytes() if path.is_file() else b"", path.stat().st_mode,
                                                guards.of(path)) for path in sorted(store.root.rglob("*"))}


def overwrite(path, data):
    path.chmod(0o644)
    path.write_bytes(data)


def test_a_store_as_publishing_leaves_it_is_well(full):
    for trust in (full.trust, None):
        for deep in (False, True):
            assert fsck.check(full.store, trust, now=full.now, deep=deep).problems == ()
    report = check(full)
    assert (report.names, report.tags) == (1, 5)


DAMAGES = {
    "tag broken": (Kind.TAG, lambda w: overwrite(w.store.tag("tool", "1.0"), b"{}")),
    "tag a link": (Kind.ODD, lambda w: replace_by_link(w.store.tag("tool", "1.0"))),
    "tag of another name": (Kind.TAG, lambda w: shutil.copytree(w.store.tags("tool"), w.store.tags("copy"))),
    "an older tag put back": (Kind.TAG_OLD, lambda w: shutil.copy(w.store.tag("tool", "1.0"), w.folder / "x")
                              and put_back(w, "latest")),
    "index lost": (Kind.CHAIN, lambda w: blob(w, tags.read(w.store, "tool", "1.0", None).index).unlink()),
    "index damaged": (Kind.CHAIN, lambda w: overwrite(blob(w, tags.read(w.store, "tool", "1.0", None).index), b"{}")),
    "image lost": (Kind.IMAGE, lambda w: blob(w, ONE).unlink()),
    "image cut": (Kind.BYTES, lambda w: overwrite(blob(w, ONE), b"image")),
    "certificate lost": (Kind.CERTIFICATE, lambda w: (w.store.certs(ONE) / FILE).unlink()),
    "certificate of another": (Kind.CERTIFICATE, lambda w: overwrite(w.store.certs(ONE) / FILE,
                                                                     (w.store.certs(TWO) / FILE).read_bytes())),
    "access lost": (Kind.ACCESS, lambda w: w.store.access(ONE).unlink()),
    "access of another": (Kind.ACCESS, lambda w: overwrite(w.store.access(TWO), w.store.access(ONE).read_bytes())),
    "meta lost": (Kind.META, lambda w: w.store.meta(ONE).unlink()),
    "meta opened": (Kind.META, lambda w: overwrite(w.store.meta(TWO), b"FORMAT: squashfs\nUSERACL:\n")),
    "meta with a line swallowed": (Kind.META, lambda w: overwrite(w.store.meta(TWO), b"FORMAT: squashfs\nENV: A\\\nUSERACL:7\n")),
    "meta with another environment": (Kind.META, lambda w: overwrite(w.store.meta(ONE), b"FORMAT: squashfs\nENV: PATH=/evil\n")),
    "meta a link": (Kind.META, lambda w: replace_by_link(w.store.meta(ONE))),
    "second name lost": (Kind.LINK, lambda w: w.store.image(ONE).unlink()),
    "second name of other bytes": (Kind.LINK, lambda w: (w.store.image(ONE).unlink(), w.store.image(ONE).write_bytes(b"evil"))),
    "second name a link": (Kind.LINK, lambda w: replace_by_link(w.store.image(ONE))),
    "open for all": (Kind.GUARD, lambda w: w.store.blob(TWO).chmod(0o444)),
    "open for one more": (Kind.GUARD, lambda w: process.run(("setfacl", "-m", "u:20002:r", str(w.store.blob(TWO))))),
    "writable": (Kind.GUARD, lambda w: w.store.blob(ONE).chmod(0o666)),
    "statements open for all": (Kind.GUARD, lambda w: [one.chmod(0o644) for one in w.store.certs(TWO).iterdir()]),
    "tag open for all": (Kind.GUARD, lambda w: w.store.tag("tool", "1.1").chmod(0o444)),
    "names to be listed": (Kind.GUARD, lambda w: w.store.tags("tool").chmod(0o755)),
    "a folder to be listed": (Kind.FOLDER, lambda w: (w.store.root / "tags").chmod(0o755)),
    "the log opened": (Kind.FOLDER, lambda w: w.store.log.chmod(0o755)),
    "index.json lies": (Kind.INDEX, lambda w: overwrite(w.store.index_json, listing.content(
        {"evil:1": oci.descriptor(oci.INDEX, ONE, 9)}))),
    "index.json broken": (Kind.INDEX, lambda w: overwrite(w.store.index_json, b"{" * 100_000)),
    "index.json lost": (Kind.INDEX, lambda w: w.store.index_json.unlink()),
    "an odd blob": (Kind.ODD, lambda w: (w.store.root / "blobs/sha256/notes").touch()),
    "a folder among blobs": (Kind.ODD, lambda w: blob(w, "ab" * 32).mkdir()),
    "a fifo among blobs": (Kind.ODD, lambda w: os.mkfifo(blob(w, "ab" * 32))),
    "an odd name": (Kind.ODD, lambda w: Path(os.fsdecode(os.fsencode(w.store.root) + b"/tags/bad\xff\nname")).mkdir()),
    "something of another owner": (Kind.OWNER, lambda w: os.chown(w.store.blob(ONE), 20001, -1)),
    "a pin that is none": (Kind.HOLD, lambda w: (w.store.pins.mkdir(mode=0o700), (w.store.pins / f"{ONE}.json").touch())),
    "the list of what is revoked broken": (Kind.REVOKED, lambda w: w.store.revoked.write_bytes(b"{}")),
}


def blob(world, digest):
    return world.store.blob(digest)


def replace_by_link(path):
    target = path.with_name("elsewhere")
    path.rename(target)
    path.symlink_to(target)


def put_back(world, tag):
    """The pointer as it was before the second publish."""
    record = tags.read(world.store, "tool", "1.0-1", None)
    old = tags.TagRecord(name="tool", tag=tag, target="1.0-1", number=record.number, index=record.index, images=record.images,
                         issued=record.issued)
    overwrite(world.store.tag("tool", tag), world.signer.sign(tags.PAYLOAD_TYPE, old.to_payload()).to_json())


@pytest.mark.parametrize("damage", DAMAGES)
def test_each_damage_is_found_without_a_word_too_many(full, damage):
    kind, do = DAMAGES[damage]
    do(full)
    assert kind in kinds(full)
    assert len(check(full).errors) < 20
    if kind is not Kind.REVOKED:
        fsck.check(full.store, None, now=full.now, deep=True)       # without a trust it comes through as well


MENDED = ["meta lost", "meta opened", "meta with a line swallowed", "meta with another environment", "second name lost",
          "second name of other bytes", "open for all", "open for one more", "writable", "statements open for all",
          "tag open for all", "a folder to be listed", "the log opened", "index.json lies", "index.json broken",
          "index.json lost"]


@pytest.mark.parametrize("damage", MENDED)
def test_what_needs_no_key_is_mended_to_what_it_was(full, damage):
    before = files(full.store)
    DAMAGES[damage][1](full)
    assert mend(full) == []
    assert check(full).problems == ()
    after = files(full.store)
    assert {name: one for name, one in after.items() if not name.startswith("quarantine/")} == before


def test_a_backup_of_blobs_certificates_access_and_tags_is_enough(full, open_folder):
    before = files(full.store)
    for name in ("images", "index.json"):
        path = full.store.root / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    copy = open_folder / "restored"
    shutil.copytree(full.store.root, copy, copy_function=shutil.copyfile)       # ACLs are lost, as in many backups
    (copy / "images").mkdir(mode=0o711)
    assert guards.of(Store(root=copy).blob(TWO)).users == ()
    restored = type(full)(**{**vars(full), "store": Store.open(copy)})
    mend(restored)
    assert check(restored, deep=True).problems == ()
    after = files(restored.store)
    assert set(after) == set(before)
    for name, (content, _, guard) in before.items():
        if not name.startswith(("log/", "tmp/")):       # closed by their folders
            assert (after[name][0], after[name][2]) == (content, guard), name
    for text in ("tool:1.0", "tool:1.1"):
        verify_reference(restored.store, Reference.parse(text), full.trust, now=full.now, platform="linux/amd64")


def test_a_link_in_the_place_of_a_meta_goes_to_quarantine_and_nothing_is_written_through_it(full, tmp_path):
    target = tmp_path / "precious"
    target.write_text("keep")
    full.store.meta(ONE).unlink()
    full.store.meta(ONE).symlink_to(target)
    assert mend(full) == []
    assert target.read_text() == "keep"
    assert check(full).errors == ()
    assert [one.kind for one in quarantine.items(full.store)] == [quarantine.Kind.PLANTED]


def test_only_deep_sees_bytes_of_the_same_length(full):
    overwrite(full.store.blob(ONE), b"image onf")
    full.store.blob(ONE).chmod(0o444)
    assert kinds(full) == set()
    assert kinds(full, deep=True) == {Kind.BYTES}
    full.store.image(ONE).unlink()
    assert [why for _, why in mend(full)] == [f"{full.store.blob(ONE)} has other bytes than its name says"]


def test_evidence_is_verified_by_deep(full):
    next(full.store.certs(ONE).glob("provenance*")).unlink()
    assert kinds(full) == set()
    assert kinds(full, deep=True) == {Kind.EVIDENCE}


def test_what_is_signed_is_never_mended(full):
    for damage in ("tag broken", "certificate lost", "access lost"):
        DAMAGES[damage][1](full)
    before = kinds(full)
    mend(full)
    assert kinds(full) >= {Kind.TAG, Kind.CERTIFICATE, Kind.ACCESS} & before


def test_a_million_of_planted_names_are_one_line(full):
    for number in range(300):
        (full.store.root / "blobs/sha256" / f"planted-{number}").touch()
    found = [one for one in check(full).problems if one.kind is Kind.ODD]
    assert len(found) == 21
    assert found[-1].message == "and 280 more here"


def test_a_store_of_another_version_is_refused_with_what_it_is(full):
    (full.store.root / "format").write_bytes(b"certify-store 2\n")
    with pytest.raises(Error, match="not known here: 'certify-store 2'") as caught:
        Store.open(full.store.root)
    assert "use a newer one" in caught.value.hint
    (full.store.root / "format").write_bytes(b"\xff\x1b[2J")
    with pytest.raises(Error, match="not known here: unreadable"):
        Store.open(full.store.root)


def revoke(world, **what):
    revoked = Revoked(number=1, issued=world.now, **what)
    world.store.revoked.write_bytes(world.signer.sign(PAYLOAD_TYPE, revoked.to_payload()).to_json())


def sweep(world):
    with world.store.locked():
        return sight.sweep(world.store, world.trust, world.now)


def restore(world, digest=ONE):
    with world.store.locked():
        return sight.restore(world.store, digest, trust=world.trust, now=world.now)


def test_what_expires_leaves_the_runtimes_sight_and_comes_back_with_a_new_certificate(full):
    late = full.later(days=400)
    assert Kind.SIGHT in kinds(late)
    assert {one.digest for one in sweep(late)} == {ONE, TWO}
    assert not full.store.meta(ONE).exists()
    assert sweep(late) == []
    assert {one.kind for one in check(late).problems} == {Kind.HIDDEN}
    with pytest.raises(Fault, match="stays out of the runtime's sight: expired at"):
        restore(late)
    with pytest.raises(Fault, match="the certificate expired"):
        verify_reference(late.store, Reference.parse("tool:1.0"), late.trust, now=late.now, platform="linux/amd64")
    envelope = late.signer.sign_statement(late.statements(late.config(), ONE)[0])
    overwrite(late.store.certs(ONE) / FILE, envelope.to_json())
    assert {one.kind for one in check(late).errors} >= {Kind.HIDDEN}       # in force again, and still hidden
    assert restore(late)
    assert not restore(late)
    assert full.store.meta(ONE).read_bytes().startswith(b"FORMAT: squashfs\n")
    assert quarantine.hidden(full.store, ONE) is None
    assert quarantine.hidden(full.store, TWO).why.startswith("tool:1.1-1: expired at")


def test_what_is_revoked_leaves_sight_by_repair_as_well(full):
    revoke(full, images={ONE: "a back door"})
    assert kinds(full) >= {Kind.SIGHT}
    mend(full)
    assert not full.store.meta(ONE).exists()
    assert full.store.meta(TWO).exists()
    mend(full)                                          # a second repair does not bring it back
    assert not full.store.meta(ONE).exists()
    with pytest.raises(Fault, match="a back door"):
        restore(full)


def test_an_image_that_nobody_vouches_for_is_told_of_and_stays(full, keys):
    from certify.trust import Trust

    with full.store.locked():
        found = sight.sweep(full.store, Trust.load(keys / "stranger.pub"), full.later(days=400).now)
    assert len(found) == 2
    assert all(one.problem for one in found)
    assert full.store.meta(ONE).exists()


def test_restoring_admits_those_of_today_and_not_of_then(full):
    late = full.later(days=1)
    with full.store.locked():
        quarantine.hide(full.store, ONE, "for a look", full.now)
    late.publish(access=PRIVATE, envelopes=late.envelopes(late.config(), ONE))
    full.store.meta(ONE).unlink()
    assert restore(late)
    assert b"USERACL: 20001\n" in full.store.meta(ONE).read_bytes()
    assert guards.of(full.store.meta(ONE)) == guards.Guard(group=0, others=0)
    assert quarantine.items(full.store) == []


@pytest.mark.parametrize("realm", [
    Realm(public=True), Realm(users=(Principal(id=20001), Principal(id=20003))), Realm(groups=(Principal(id=30001),)),
    Realm(users=(Principal(id=20001),), groups=(Principal(id=30001), Principal(id=30002)))])
def test_guards_are_read_as_the_kernel_has_them(realm, tmp_path):
    from certify.store import protect

    path = tmp_path / "file"
    path.touch()
    fd = os.open(path, os.O_RDONLY)
    protect.protect_file(fd, realm)
    assert guards.of(path) == guards.of_file(realm)
    protect.protect_meta(fd, realm)
    assert guards.of(path) == guards.of_meta(realm)
    os.close(fd)
    folder = atomic.make_folder(tmp_path / "folder")
    protect.protect_folder(folder, realm)
    assert guards.of(tmp_path / "folder") == guards.of_folder(realm)
    os.close(folder)


def test_a_mask_takes_rights_away(tmp_path):
    path = tmp_path / "file"
    path.touch()
    process.run(("setfacl", "-m", "u:20001:rw,m::r", str(path)))
    assert guards.of(path).users == ((20001, 4),)


def test_times_of_the_quarantine_are_real(full):
    with full.store.locked():
        quarantine.hide(full.store, ONE, "a\nb", datetime.now(UTC) - timedelta(days=3))
    (item,) = quarantine.items(full.store)
    assert (item.why, item.by) == ("a b", "root")
