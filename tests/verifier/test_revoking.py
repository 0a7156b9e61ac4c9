"""Images, certificates and keys taken out of use: a numbered, signed list, of which nothing older is accepted again."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from datetime import timedelta

import pytest

from builder.errors import Error, Fault
from certify import revoke as revoking
from certify import seen as remembered
from certify.dsse import Envelope
from certify.reference import Reference
from certify.revocation import PAYLOAD_TYPE, Revoked, opened
from certify.revoke import Change
from certify.seen import Seen
from certify.signing import Signer, generate
from certify.store import log, revoked
from certify.trust import REVOCATION, Trust, TrustedKey
from certify.verify import VerificationFailed, verify_reference

HOST = "linux/amd64"
ONE = hashlib.sha256(b"image one").hexdigest()
WORD = "neither image nor certificate was revoked"


@pytest.fixture
def officer(world, keys):
    """A second key that may only revoke, trusted beside the site's."""
    if not (keys / "officer").exists():
        generate(keys / "officer")
    officer = Trust.load(keys / "officer.pub").keys[0]
    world.trust = Trust(keys=(*world.trust.keys, TrustedKey(name="officer", spki=officer.spki, roles=frozenset({REVOCATION}))))
    return Signer.load(keys / "officer")


def revoke(world, signer=None, seen=None, **change):
    return revoking.revoke(world.store, Change(**change), signer=signer or world.signer, trust=world.trust, now=world.now,
                           seen=seen)


def verify(world, text="tool", **more):
    return verify_reference(world.store, Reference.parse(text), world.trust, platform=HOST, **{"now": world.now, **more})


def fails(world, match, **more):
    with pytest.raises(VerificationFailed, match=match):
        verify(world, **more)


def memory(world, name="seen.json"):
    return Seen.load(world.store.root, world.folder / name, None)


def test_a_revoked_image_is_refused_and_leaves_the_runtimes_sight(world):
    world.publish()
    done = revoke(world, images={ONE: "backdoor"})
    assert (done.listed.number, done.hidden) == (1, (ONE,))
    assert not world.store.meta(ONE).exists()
    fails(world, f"{WORD}: the image was revoked: backdoor")
    fails(world, "revoked: backdoor", text=f"sha256:{ONE}")
    assert world.store.revoked.stat().st_mode & 0o777 == 0o444


def test_a_revoked_certificate_needs_a_new_one(world):
    world.publish()
    serial = verify(world).certificate.serial
    revoke(world, serials={serial: "wrong tests"})
    fails(world, "certificate was revoked: wrong tests")
    world.later(hours=1).publish()
    assert verify(world.later(hours=1)).certificate.serial != serial


def test_what_a_revoked_key_signed_counts_no_more(world, officer):
    world.publish()
    site = world.trust.keys[0].keyid
    done = revoke(world, officer, keys={site: "lost with a laptop"})
    assert done.hidden == (ONE,)
    fails(world, "1 trusted keys must sign a certificate, 0 may; revoked: site: lost with a laptop")
    assert revoked.believed(world.store, world.trust).keys == (world.trust.keys[1],)
    with pytest.raises(Fault, match="the key was revoked: lost with a laptop"):
        revoke(world, images={ONE: "by the revoked key"})


def test_a_key_cannot_revoke_itself(world, officer):
    with pytest.raises(Fault, match="cannot sign the list that revokes it"):
        revoke(world, keys={world.signer.keyid: "x"})
    own = Revoked(number=1, issued=world.now, keys={world.signer.keyid: "x"}).to_payload()
    with pytest.raises(Fault, match="revocation: signed by 0"):
        opened(world.signer.sign(PAYLOAD_TYPE, own).to_json(), world.trust)
    both = officer.add(world.signer.sign(PAYLOAD_TYPE, own))
    assert opened(both.to_json(), world.trust).keys


def test_lists_are_numbered_and_keep_what_was_revoked(world):
    revoke(world, images={ONE: "first"})
    second = revoke(world, serials={"1" * 32: "second"})
    assert (second.listed.number, dict(second.listed.images), dict(second.listed.serials)) == (
        2, {ONE: "first"}, {"1" * 32: "second"})
    assert revoke(world).listed == replace(second.listed, number=3)


def test_images_and_certificates_come_off_the_list_and_keys_do_not(world, officer):
    revoke(world, images={ONE: "x"}, serials={"1" * 32: "y"})
    assert not revoke(world, lifted={ONE: "a mistake", "1" * 32: "too"}).listed.images
    revoke(world, officer, keys={"f" * 64: "stolen"})
    for what in (ONE, "f" * 64):
        with pytest.raises(Fault, match="not on the list"):
            revoke(world, officer, lifted={what: "x"})


def test_the_log_knows_every_list(world):
    revoke(world, images={ONE: "backdoor"})
    line = list(log.read(world.store, world.trust))[-1]
    assert (line.problem, line.record.event.action, line.record.event.digest) == (None, "revoke", ONE)
    assert "backdoor" in line.record.event.detail
    payload = Envelope.from_json(world.store.revoked.read_bytes()).payload
    assert line.record.event.records == (hashlib.sha256(payload).hexdigest(),)


def test_a_key_without_the_role_revokes_nothing(world):
    with pytest.raises(Error, match="may not sign as revocation"):
        revoke(world, world.stranger, images={ONE: "x"})
    assert not world.store.revoked.exists()


@pytest.mark.parametrize("odd", [b"", b"{}", b"x"])
def test_a_list_that_nobody_can_believe_is_not_gone_on_from(world, odd):
    world.store.revoked.write_bytes(odd)
    with pytest.raises(Fault):
        revoke(world, images={ONE: "x"})
    assert world.store.revoked.read_bytes() == odd


def test_a_list_ends(world):
    world.publish()
    revoke(world, expires=world.now + timedelta(days=7))
    assert "good until" in next(step for step in verify(world).steps if step.title == WORD).detail
    late = world.now + timedelta(days=7)
    fails(world, "the list of what was revoked ended at", now=late)
    revoke(world.later(days=7), expires=world.now + timedelta(days=14))
    assert verify(world, now=late)


def test_an_older_list_put_back_or_taken_away_is_refused_by_who_saw_a_newer_one(world):
    world.publish()
    revoke(world)
    old = world.store.revoked.read_bytes()
    revoke(world, serials={"1" * 32: "x"})
    seen = memory(world)
    verify(world, seen=seen)
    assert seen.save()
    world.store.revoked.chmod(0o644)
    world.store.revoked.write_bytes(old)
    assert verify(world)                                    # nobody else can know
    fails(world, "has number 1, seen before was 2: an older one was put back", seen=memory(world))
    with pytest.raises(Fault, match="an older one was put back"):
        revoke(world, images={ONE: "x"}, seen=memory(world))
    world.store.revoked.unlink()
    fails(world, "the list of what was revoked is gone", seen=memory(world))
    with pytest.raises(Fault, match="is gone"):
        revoke(world, images={ONE: "x"}, seen=memory(world))


def test_a_key_that_was_ever_seen_revoked_stays_so_whatever_a_newer_list_says(world, officer):
    """The thief of a key that may revoke signs a newer list that does not name it: who saw the older one is not fooled."""
    world.publish()
    revoke(world, officer, keys={world.signer.keyid: "stolen"})
    seen = memory(world)
    fails(world, "revoked: site: stolen", seen=seen)
    assert seen.save()
    forged = world.signer.sign(PAYLOAD_TYPE, Revoked(number=2, issued=world.now).to_payload()).to_json()
    world.store.revoked.chmod(0o644)
    world.store.revoked.write_bytes(forged)
    fails(world, "revoked: site", seen=memory(world))


def test_older_tags_and_access_records_are_refused_by_who_saw_newer_ones(world):
    from builder.recipe.model import Access

    world.publish()
    shutil.copytree(world.store.root, world.folder / "before")
    world.publish(access=Access(users=(20001,)))
    world.publish(b"image two", world.config("1.1"), access=Access(users=(20001,)))
    seen = memory(world)
    verify(world, seen=seen)
    verify(world, "tool:1.0-1", seen=seen)
    assert seen.save()
    shutil.rmtree(world.store.root)
    shutil.copytree(world.folder / "before", world.store.root)      # all of it put back: consistent in itself
    assert verify(world)
    fails(world, "tool:latest has number 1, seen before was", seen=memory(world))
    fails(world, "access record has number 1, seen before was 2", text=f"sha256:{ONE}", seen=memory(world))


def test_what_was_seen_is_merged_with_what_others_wrote_and_belongs_to_its_store(world):
    first, second = memory(world), memory(world)
    first.accept("a", 5, "a")
    second.accept("a", 3, "a")
    second.accept("b", 1, "b")
    assert first.save()
    assert second.save()
    assert memory(world).numbers == {"a": 5, "b": 1}
    assert Seen.load(world.folder, world.folder / "seen.json", None).numbers == {}
    floor = Seen.load(world.store.root, None, world.folder / "seen.json")
    assert floor.least("a") == 5
    assert json.loads((world.folder / "seen.json").read_bytes())["version"] == 1


def test_a_memory_that_cannot_be_kept_is_no_fault_and_one_that_cannot_be_read_is(world):
    for path in (None, world.folder / "file" / "seen.json"):
        (world.folder / "file").touch()
        seen = Seen.load(world.store.root, path if path is None else None, None)
        seen.path = path
        seen.accept("a", 1, "a")
        assert not seen.save()
    (world.folder / "seen.json").write_text('{"version": 1, "stores": {"/x": {"numbers": {"a": -1}, "keys": []}}}')
    with pytest.raises(Fault):
        memory(world)


def test_where_what_was_seen_is_kept():
    assert remembered.default_path({}) is None
    assert str(remembered.default_path({"HOME": "/h"})) == "/h/.local/state/certify/seen.json"
    assert str(remembered.default_path({"HOME": "/h", "XDG_STATE_HOME": "/s"})) == "/s/certify/seen.json"
    assert str(remembered.default_path({"HOME": "/h", "XDG_STATE_HOME": "s"})) == "/h/.local/state/certify/seen.json"
    assert str(remembered.default_path({"HOME": "/h", "CERTIFY_SEEN": "/v"})) == "/v"
