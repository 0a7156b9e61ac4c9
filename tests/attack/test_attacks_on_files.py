"""Somebody changes, swaps, removes or plants files in a store: verification or publishing must say so."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from datetime import timedelta

import pytest

from builder.errors import Error, Fault
from builder.recipe.model import Access
from certify import strictjson
from certify.dsse import Envelope
from certify.reference import Reference
from certify.store import Store, resolve, revoked
from certify.verify import VerificationFailed, open_image, verify_file, verify_reference

HOST = "linux/amd64"
ONE = hashlib.sha256(b"image one").hexdigest()
TWO = hashlib.sha256(b"image two").hexdigest()


def verify(world, text="tool", **more):
    values = {"now": world.now, "platform": HOST, **more}
    return verify_reference(world.store, Reference.parse(text), world.trust, **values)


def fails(world, match, text="tool", **more):
    with pytest.raises(VerificationFailed, match=match) as caught:
        verify(world, text, **more)
    steps = caught.value.steps
    assert not steps[-1].ok
    assert all(step.ok for step in steps[:-1])


def overwrite(path, data):
    path.chmod(0o644)
    path.write_bytes(data)


def rewrite(path, change):
    values = json.loads(path.read_bytes())
    change(values)
    overwrite(path, json.dumps(values).encode())


def test_a_flipped_byte(world):
    world.publish()
    overwrite(world.store.blob(ONE), b"image onf")
    fails(world, "the bytes are those of the certificate: .* certified is")
    with pytest.raises(Fault, match="other bytes than its name says"):
        world.publish()


def test_the_file_overwritten_after_it_was_opened(world):
    world.publish()
    fd = open_image(world.store.image(ONE))
    world.store.image(ONE).unlink()
    world.store.image(ONE).write_bytes(b"evil")
    fails(world, "manifest is about", fd=fd)            # the size alone gives it away
    world.store.image(ONE).write_bytes(b"evil one!")
    assert verify(world, fd=fd).digest == ONE           # what is mounted from fd is what was hashed
    fails(world, "certified is")
    os.close(fd)


@pytest.mark.parametrize("part", ["certificate", "provenance", "findings", "test-result"])
@pytest.mark.parametrize("change", ["payload", "type", "stripped", "stranger", "removed", "duplicate"])
def test_statements_edited_swapped_stripped_or_signed_by_a_stranger(world, part, change):
    world.publish()
    path = next(world.store.certs(ONE).glob(f"{part}*"))
    envelope = Envelope.from_json(path.read_bytes())
    if change == "payload":
        edited = envelope.payload.replace(b'"name":"', b'"name":"x')
        new = Envelope(
            payload_type=envelope.payload_type, payload=edited, signatures=envelope.signatures
        ).to_json()
    elif change == "type":
        new = Envelope(
            payload_type="application/json", payload=envelope.payload, signatures=envelope.signatures
        ).to_json()
    elif change == "stripped":
        new = Envelope(payload_type=envelope.payload_type, payload=envelope.payload, signatures=()).to_json()
    elif change == "stranger":
        new = world.stranger.sign(envelope.payload_type, envelope.payload).to_json()
    elif change == "duplicate":
        new = path.read_bytes().replace(b'{"payload":', b'{"payload":"AAAA","payload":', 1)
    path.unlink()
    if change != "removed":
        path.write_bytes(new)
    fails(world, "the certificate is signed|the evidence is complete")
    world.publish()                                     # mends it
    verify(world)


def test_a_statement_of_another_image_in_its_place(world):
    world.publish()
    world.publish(b"image two", world.config("1.1"))
    shutil.rmtree(world.store.certs(ONE))
    shutil.copytree(world.store.certs(TWO), world.store.certs(ONE))
    fails(world, f"about sha256:{TWO}", "tool:1.0")


def test_meta_swapped_between_images(world):
    world.publish()
    world.publish(b"image two", world.config("1.1"), access=Access(users=(20001,)))
    overwrite(world.store.meta(TWO), world.store.meta(ONE).read_bytes())
    fails(world, "not the one that the access record was signed for", "tool:1.1")
    world.store.meta(TWO).unlink()
    fails(world, "out of the runtime's sight", "tool:1.1")


def test_access_record_swapped_stranger_or_put_back(world):
    world.publish()
    old, old_meta = world.store.access(ONE).read_bytes(), world.store.meta(ONE).read_bytes()
    world.publish(access=Access(users=(20001,)))
    overwrite(world.store.access(ONE), old)
    overwrite(world.store.meta(ONE), old_meta)
    fails(world, "an older one was put back")
    world.publish(b"image two", world.config("1.1"), access=Access(users=(20001,)))
    overwrite(world.store.access(ONE), world.store.access(TWO).read_bytes())
    fails(world, "was made for", "tool:1.0")
    world.store.access(ONE).unlink()
    fails(world, "access record is missing", "tool:1.0")


def test_an_older_tag_record_put_back(world):
    world.publish()
    latest = world.store.tag("tool", "latest")
    old = latest.read_bytes()
    world.publish(b"image two", world.config("1.1"))
    number = verify(world).entry.record.number
    overwrite(latest, old)
    fails(world, "an older record was put back")
    with pytest.raises(VerificationFailed, match=f"known is {number}"):
        shutil.rmtree(world.store.tags("tool"))
        world.store.tags("tool").mkdir()
        latest.write_bytes(old)
        verify(world, minimum=number)


def test_a_tag_record_moved_to_another_tag_or_name(world):
    world.publish()
    world.publish(b"image two", world.config("1.1"))
    shutil.copy(world.store.tag("tool", "1.0-1"), world.store.tag("tool", "1.1-1"))
    fails(world, "was made for tool:1.0-1", "tool:1.1-1")
    world.store.tags("other").mkdir()
    shutil.copy(world.store.tag("tool", "latest"), world.store.tag("other", "latest"))
    fails(world, "was made for tool:latest", "other")


def test_a_tag_record_by_a_stranger(world):
    world.publish()
    path = world.store.tag("tool", "latest")
    envelope = Envelope.from_json(path.read_bytes())
    overwrite(path, world.stranger.sign(envelope.payload_type, envelope.payload).to_json())
    fails(world, "tag: signed by 0 of the trusted keys")


def test_index_and_manifest_are_hashed(world):
    world.publish()
    index = verify(world).entry.record.index
    overwrite(world.store.blob(index), world.store.blob(index).read_bytes().replace(b"amd64", b"amd65"))
    fails(world, "other bytes than its name says")


def test_expired_and_not_yet_valid(world):
    world.publish()
    until = verify(world).certificate.valid_until
    verify(world, now=until - timedelta(seconds=1))
    fails(world, "expired", now=until)
    fails(world, "valid only from", now=world.now - timedelta(hours=1))
    with pytest.raises(Fault, match="expired"):
        world.publish(now=until, envelopes=world.envelopes(world.config(), ONE))


def _revocations(world, **more):
    payload = revoked.Revoked(number=1, issued=world.now, **more).to_payload()
    return world.signer.sign(revoked.PAYLOAD_TYPE, payload).to_json()


def test_revoked_images_certificates_and_a_list_nobody_can_believe(world):
    world.publish()
    world.store.revoked.write_bytes(_revocations(world))
    serial = verify(world).certificate.serial
    world.store.revoked.write_bytes(_revocations(world, images={ONE: "backdoor"}))
    fails(world, "image was revoked: backdoor")
    with pytest.raises(Fault, match="revoked"):
        world.publish()
    world.store.revoked.write_bytes(_revocations(world, serials={serial: "wrong tests"}))
    fails(world, "certificate was revoked: wrong tests")
    for odd in (b"", b"{}", world.stranger.sign(revoked.PAYLOAD_TYPE, b"{}").to_json()):
        world.store.revoked.write_bytes(odd)
        fails(world, "neither image nor certificate was revoked")
    world.store.revoked.unlink()
    world.store.revoked.symlink_to("/nowhere")
    fails(world, "is a link")


@pytest.mark.parametrize(
    "where", ["blob", "image", "meta", "certs", "certificate", "access", "tag", "tags", "index", "config"]
)
def test_links_planted_in_the_store_are_refused(world, where):
    secret = world.folder / "elsewhere"
    secret.write_bytes(b"image one")
    store, config = world.store, world.config().to_json().encode()
    path = {
        "blob": store.blob(ONE),
        "image": store.image(ONE),
        "meta": store.meta(ONE),
        "certs": store.certs(ONE),
        "certificate": store.certs(ONE) / "certificate.dsse.json",
        "access": store.access(ONE),
        "tag": store.tag("tool", "1.0-1"),
        "tags": store.tags("tool"),
        "index": store.index_json,
        "config": store.blob(hashlib.sha256(config).hexdigest()),
    }[where]
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    target = secret
    if where in ("certs", "tags"):
        target = world.folder / "folder"
        target.mkdir()
    path.symlink_to(target)
    with pytest.raises(Fault, match=r"is a link|not the blob's second name"):
        world.publish()
    assert secret.read_bytes() == b"image one"
    assert path.is_symlink()
    assert not list((world.folder / "folder").iterdir()) if where in ("certs", "tags") else True
    with pytest.raises(Fault):
        verify(world)


def test_a_link_in_place_of_a_folder_of_the_store(world):
    shutil.move(world.store.root / "tags", world.folder / "tags")
    (world.store.root / "tags").symlink_to(world.folder / "tags")
    with pytest.raises(Fault, match="tags is not a folder"):
        Store.open(world.store.root)


@pytest.mark.parametrize(
    "text",
    [
        "../tool",
        "tool/../../x",
        "tool:../x",
        "tool:..",
        "/etc/passwd",
        "tool:",
        "",
        ".",
        "Tool",
        "tool:a b",
        "tool\n",
        "tool:1\n",
        "tool@sha256:../..",
        "tool@md5:00",
        "tool@sha256:" + "A" * 64,
        ":x",
        "@sha256:" + "a" * 64,
        "a" * 101,
    ],
)
def test_references_that_would_leave_a_folder(world, text):
    with pytest.raises(Fault):
        resolve(world.store, Reference.parse(text), HOST)


@pytest.mark.parametrize(
    "more",
    [
        {"name": "../../etc"},
        {"name": "Tool"},
        {"version": "../x"},
        {"version": "latest"},
        {"version": "1.0-1"},
        {"version": "1\n"},
        {"platform": "../x"},
        {"revision": 0},
    ],
)
def test_a_config_that_would_leave_a_folder_or_collide(world, more):
    config = world.config(**more)
    with pytest.raises(Fault):
        world.publish(config=config, envelopes=world.envelopes(world.config(), ONE))
    with pytest.raises(Fault):
        world.publish(config=config)
    assert not any((world.store.root / "tags").iterdir())


def test_publishing_needs_a_certificate_that_the_site_trusts(world):
    with pytest.raises(Fault, match="signed by 0 of the trusted keys"):
        world.publish(envelopes=world.envelopes(world.config(), ONE, world.stranger))
    statements = world.envelopes(world.config(), ONE)
    with pytest.raises(Fault, match="evidence is missing"):
        world.publish(envelopes=statements[:-1])
    with pytest.raises(Fault, match="0 certificates"):
        world.publish(envelopes=statements[1:])
    with pytest.raises(Fault, match="2 certificates"):
        world.publish(envelopes=[*statements, statements[0]])
    with pytest.raises(Error, match="may not sign as access"):
        world.publish(signer=world.stranger)
    assert not any((world.store.root / "access").iterdir())
    assert not any((world.store.root / "tags").iterdir())


def test_a_file_outside_a_store_is_proven_by_the_certificate_beside_it(world):
    from certify.bundle import write_folder

    path = world.squashfs(b"image one")
    write_folder(world.folder / "certs", world.envelopes(world.config(), ONE))
    assert verify_file(path, world.trust, now=world.now).digest == ONE
    path.write_bytes(b"image onf")
    with pytest.raises(VerificationFailed, match="certified is"):
        verify_file(path, world.trust, now=world.now)
    link = world.folder / "link.squashfs"
    link.symlink_to(path)
    with pytest.raises(VerificationFailed, match="is a link"):
        verify_file(link, world.trust, now=world.now)


def test_steps_are_told_as_they_are_taken(world):
    world.publish()
    told = []
    proof = verify(world, on_step=told.append)
    assert tuple(told) == proof.steps
    assert strictjson.dumps([step.title for step in told]).count(b",") >= 9
