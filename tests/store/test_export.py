"""An image carried from one store to another: whole, verified on arrival, and for nobody else than before."""

from __future__ import annotations

import grp
import hashlib
import io
import pwd
import stat
import tarfile
from dataclasses import replace

import pytest

from builder.errors import Error, Fault
from builder.recipe.model import Access
from certify.dsse import Envelope
from certify.reference import Reference
from certify.store import AccessRecord, Store, exporting, fsck, guards
from certify.store.access import PAYLOAD_TYPE, Principal, Realm
from certify.store.entering import read_access
from certify.trust import Trust
from certify.verify import verify_file, verify_reference

HOST = "linux/amd64"
ONE = hashlib.sha256(b"image one").hexdigest()
PRIVATE = Access(users=(20001,), groups=(30001,))


@pytest.fixture
def other(world, open_folder):
    return replace(world, store=Store.create(open_folder / "other"))


def send(world, target, text="tool", **more):
    values = {"now": world.now, "platform": HOST, **more}
    return exporting.export(world.store, Reference.parse(text), target, world.trust, **values)


def arrive(world, source, **more):
    with exporting.opened(world.store, source) as parcel:
        return exporting.take(world.store, parcel, **{"signer": world.signer, "trust": world.trust, "now": world.now, **more})


def empty(store):
    return not any((store.root / "blobs/sha256").iterdir()) and not any(store.quarantine.iterdir())


@pytest.mark.parametrize("name", ["parcel", "parcel.tar"])
@pytest.mark.parametrize("access", [Access(public=True), PRIVATE], ids=["public", "private"])
def test_what_arrives_is_what_was_sent_and_for_the_same_people(world, other, tmp_path, name, access):
    world.publish(access=access)
    proven = send(world, tmp_path / name)
    done = arrive(other, tmp_path / name)
    assert done.digest == proven.digest == ONE
    verify_reference(other.store, Reference.parse("tool:1.0"), other.trust, now=other.now, platform=HOST)
    assert guards.of(other.store.blob(ONE)) == guards.of(world.store.blob(ONE))
    assert other.store.meta(ONE).read_bytes() == world.store.meta(ONE).read_bytes()
    assert fsck.check(other.store, other.trust, now=other.now, deep=True).problems == ()
    assert arrive(other, tmp_path / name).status == "unchanged"


@pytest.mark.parametrize("name", ["parcel", "parcel.tar"])
def test_a_private_image_is_the_callers_alone_on_its_way(world, tmp_path, name):
    world.publish(access=PRIVATE)
    send(world, tmp_path / name)
    for path in (tmp_path / name, *(tmp_path / name).rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_a_folder_is_read_by_verify_too_and_the_same_image_gives_the_same_tar(world, tmp_path):
    world.publish()
    send(world, tmp_path / "parcel")
    assert verify_file(tmp_path / "parcel" / "image.squashfs", world.trust, now=world.now).digest == ONE
    send(world, tmp_path / "a.tar")
    send(world, tmp_path / "b.tar")
    assert (tmp_path / "a.tar").read_bytes() == (tmp_path / "b.tar").read_bytes()
    with tarfile.open(tmp_path / "a.tar") as tar:
        assert tar.getnames()[-1] == "image.squashfs"


def test_nothing_is_replaced_and_nothing_unproven_is_sent(world, tmp_path):
    world.publish()
    (tmp_path / "there.tar").touch()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("there.tar", "link"):
        with pytest.raises(Error, match="is there already"):
            send(world, tmp_path / name)
    world.store.blob(ONE).chmod(0o644)
    world.store.blob(ONE).write_bytes(b"image onf")
    with pytest.raises(Fault, match="certified is"):
        send(world, tmp_path / "new.tar")
    assert not (tmp_path / "new.tar").exists()


def repack(source, target, change):
    """The same tar file with members changed by ``change(name, content)``: None leaves one out."""
    with tarfile.open(source) as old, tarfile.open(target, "w", format=tarfile.GNU_FORMAT) as new:
        for member in old:
            content = change(member.name, old.extractfile(member).read())
            if content is not None:
                member.size = len(content)
                new.addfile(member, io.BytesIO(content))


ATTACKS = {
    "another image": lambda name, data: b"evil!!!!!" if name == "image.squashfs" else data,
    "another environment": lambda name, data: data.replace(b"/usr/bin", b"/usr/bad") if name == "image.json" else data,
    "no access record": lambda name, data: None if name == "access.dsse.json" else data,
    "no certificate": lambda name, data: None if name == "certs/certificate.dsse.json" else data,
    "evidence left out": lambda name, data: None if "findings" in name else data,
    "no image": lambda name, data: None if name == "image.squashfs" else data,
    "broken JSON": lambda name, data: b"[" * 100_000 if name == "access.dsse.json" else data,
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_parcel_that_was_tampered_with_is_refused_and_leaves_nothing(world, other, tmp_path, attack):
    world.publish(access=PRIVATE)
    send(world, tmp_path / "good.tar")
    repack(tmp_path / "good.tar", tmp_path / "bad.tar", ATTACKS[attack])
    with pytest.raises(Fault):
        arrive(other, tmp_path / "bad.tar")
    assert empty(other.store)
    assert not any((other.store.root / "tags").iterdir())


def test_an_access_record_of_a_stranger_or_of_another_image_is_refused(world, other, tmp_path):
    world.publish(access=PRIVATE)
    send(world, tmp_path / "good.tar")
    record = read_access(world.store, ONE, world.trust)
    public = AccessRecord(digest=ONE, number=9, realm=Realm(public=True), meta=record.meta)
    elsewhere = AccessRecord(digest="ab" * 32, number=9, realm=Realm(public=True), meta=record.meta)
    for signer, said in ((world.stranger, public), (world.signer, elsewhere)):
        envelope = signer.sign(PAYLOAD_TYPE, said.to_payload()).to_json()
        repack(tmp_path / "good.tar", tmp_path / "bad.tar", lambda name, data, new=envelope: new if "access" in name else data)
        with pytest.raises(Fault):
            arrive(other, tmp_path / "bad.tar")
        assert empty(other.store)


def test_a_site_believes_only_its_own_trust(world, other, tmp_path, keys):
    world.publish()
    send(world, tmp_path / "good.tar")
    with pytest.raises(Fault, match="signed by 0 of the trusted keys"):
        arrive(other, tmp_path / "good.tar", trust=Trust.load(keys / "stranger.pub"))
    assert empty(other.store)


def test_an_older_parcel_does_not_widen_what_was_narrowed(world, other, tmp_path):
    world.publish()
    send(world, tmp_path / "public.tar")
    arrive(other, tmp_path / "public.tar")
    other.publish(access=PRIVATE, envelopes=[Envelope.from_json(path.read_bytes()) for path in other.store.certs(ONE).iterdir()])
    with pytest.raises(Fault, match="access would be wider"):
        arrive(other, tmp_path / "public.tar")


def test_names_must_mean_the_same_people_here(world, other, tmp_path, monkeypatch):
    user, group = pwd.getpwuid(2), grp.getgrgid(2)
    world.publish(access=Access(users=(user.pw_name,), groups=(group.gr_name,)))
    send(world, tmp_path / "good.tar")
    arrive(other, tmp_path / "good.tar")
    assert str(read_access(other.store, ONE, other.trust).realm) == f"users {user.pw_name}; groups {group.gr_name}"
    for kind, name in (("users", user.pw_name), ("groups", "nobody-here")):
        realm = Realm(**{kind: (Principal(id=20001, name=name),)})
        record = replace(read_access(world.store, ONE, world.trust), realm=realm)
        envelope = world.signer.sign(PAYLOAD_TYPE, record.to_payload()).to_json()
        repack(tmp_path / "good.tar", tmp_path / "new.tar", lambda name, data, new=envelope: new if "access" in name else data)
        with pytest.raises(Fault, match="has the number 20001 in the access record"):
            arrive(other, tmp_path / "new.tar")


def member(name, kind=tarfile.REGTYPE, size=0, **more):
    info = tarfile.TarInfo(name)
    info.type, info.size = kind, size
    for key, value in more.items():
        setattr(info, key, value)
    return info.tobuf(tarfile.GNU_FORMAT)


TARS = {
    "a path out": member("../../evil", size=0),
    "an absolute path": member("/etc/evil"),
    "a path in certs": member("certs/../../x.dsse.json"),
    "a link": member("image.squashfs", tarfile.SYMTYPE, linkname="/etc/shadow"),
    "a hard link": member("image.squashfs", tarfile.LNKTYPE, linkname="/etc/shadow"),
    "a device": member("image.squashfs", tarfile.CHRTYPE),
    "a sparse file": member("image.squashfs", tarfile.GNUTYPE_SPARSE, size=512),
    "an extended header": member("pax", tarfile.XHDTYPE, size=1 << 40),
    "a name twice": member("image.json") + member("image.json"),
    "an image twice": member("image.squashfs") + member("image.squashfs"),
    "too large": member("image.json", size=1 << 40),
    "cut off": member("image.squashfs", size=1 << 40) + b"x" * 100,
    "bytes that are no text": member("x").replace(b"x", b"\xff", 1),
    "no tar": b"this is no tar file" * 100,
    "half a header": b"x" * 100,
    "nothing": b"",
    "zeros": bytes(10_240),
}


@pytest.mark.parametrize("case", TARS)
def test_tar_files_that_no_export_wrote(world, other, tmp_path, case):
    path = tmp_path / "bad.tar"
    path.write_bytes(TARS[case] + bytes(1024))
    with pytest.raises(Fault):
        arrive(other, path)
    assert empty(other.store)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["bad.tar"]


def test_a_link_in_a_folder_is_not_followed(world, other, tmp_path):
    world.publish()
    send(world, tmp_path / "parcel")
    (tmp_path / "parcel" / "image.squashfs").rename(tmp_path / "image")
    (tmp_path / "parcel" / "image.squashfs").symlink_to(tmp_path / "image")
    with pytest.raises(Fault, match="is a link"):
        arrive(other, tmp_path / "parcel")
