"""The log tells who did what, and whoever changes it, shortens it or writes in it with another key is found out."""

from __future__ import annotations

import json
import shutil
import stat

import pytest

from builder.errors import Error, Fault
from builder.recipe.model import Access
from certify.dsse import Envelope
from certify.reference import Reference
from certify.store import fsck, log
from certify.store.fsck import Kind
from certify.store.log import Action, Event
from certify.trust import ACCESS, REVOCATION, Trust

PRIVATE = Access(users=(20001,))


def kinds(world, **more):
    found = fsck.check(world.store, world.trust, now=world.now, **more)
    return {one.kind for one in found.errors}


def actions(world):
    return [line.record.event.action for line in log.read(world.store, world.trust)]


def append(world, event, signer=None, trust=None):
    with world.store.locked():
        return log.append(world.store, event, signer=signer or world.signer, trust=trust or world.trust, now=world.now)


def test_what_publishing_does_is_told_with_who_and_what(world):
    digest = world.publish().digest
    world.later(days=1).publish()
    world.publish(access=PRIVATE, envelopes=world.later(days=2).envelopes(world.config(), digest), now=world.later(days=2).now)
    assert actions(world) == [Action.ACCESS, Action.PUBLISH, Action.RENEW, Action.RENEW, Action.ACCESS]
    lines = list(log.read(world.store, world.trust))
    assert all(line.problem is None and line.signers == ("site",) and line.record.by == "root" for line in lines)
    assert [line.number for line in lines] == [1, 2, 3, 4, 5]
    assert lines[4].record.event.detail == "number 2: users 20001; before: public"
    assert {line.record.event.digest for line in lines} == {digest}
    assert kinds(world) == set()


def test_nothing_is_told_of_a_publish_that_changes_nothing(world):
    envelopes = world.envelopes(world.config(), world.publish().digest)
    world.publish(envelopes=envelopes)
    before = log.numbers(world.store)
    world.publish(envelopes=envelopes)
    assert log.numbers(world.store) == before


def test_it_is_the_owners_alone(world):
    world.publish(access=PRIVATE)
    for path in (world.store.log, *world.store.log.rglob("*")):
        assert stat.S_IMODE(path.lstat().st_mode) & 0o077 == 0


def test_a_name_a_tag_and_an_image_are_found_in_it(world):
    digest = world.publish().digest
    world.publish(b"image two", world.config("1.1"))
    events = [line.record.event for line in log.read(world.store, world.trust)]
    assert [log.about(one, Reference.parse("tool")) for one in events] == [True] * 4
    assert [log.about(one, Reference.parse("tool:1.1-1")) for one in events] == [False, False, True, True]
    assert [log.about(one, Reference.parse(f"sha256:{digest}")) for one in events] == [True, True, False, False]
    assert not any(log.about(one, Reference.parse("other")) for one in events)


def rewrite(path, change):
    envelope = json.loads(path.read_bytes())
    change(envelope)
    path.chmod(0o600)
    path.write_bytes(json.dumps(envelope).encode())


@pytest.mark.parametrize("attack", ["edited", "removed", "swapped", "stranger", "broken", "link", "folder", "renumbered"])
def test_a_record_in_the_middle_is_tampered_with(world, attack, tmp_path):
    world.publish()
    world.publish(b"image two", world.config("1.1"))
    path, other = log.path_of(world.store, 2), log.path_of(world.store, 3)
    if attack == "edited":
        rewrite(path, lambda one: one.update(payload=one["payload"].replace("A", "B", 1)))
    elif attack == "removed":
        path.unlink()
    elif attack == "swapped":
        first, second = path.read_bytes(), other.read_bytes()
        path.write_bytes(second)
        other.write_bytes(first)
    elif attack == "stranger":
        payload = Envelope.from_json(path.read_bytes()).payload
        path.write_bytes(world.stranger.sign(log.PAYLOAD_TYPE, payload).to_json())
    elif attack == "broken":
        path.write_bytes(b"{")
    elif attack == "renumbered":
        path.rename(log.path_of(world.store, 9))
    else:
        path.unlink()
        path.symlink_to(tmp_path / "elsewhere") if attack == "link" else path.mkdir()
    assert Kind.LOG in kinds(world)


def test_a_log_that_is_cut_off_is_found_out_by_what_stands_in_the_store(world):
    world.publish()
    world.publish(b"image two", world.config("1.1"))
    log.path_of(world.store, 4).unlink()
    assert kinds(world) == {Kind.LOG_CUT}
    append(world, Event(action=Action.PUBLISH, detail="as if nothing had been"))
    assert kinds(world) == {Kind.LOG_CUT}
    shutil.rmtree(world.store.log)
    assert kinds(world) == {Kind.LOG_CUT}


def test_a_log_and_a_store_that_are_both_put_back_are_found_out_by_who_remembers(world):
    world.publish()
    assert kinds(world, least=2) == set()
    assert kinds(world, least=3) == {Kind.LOG_CUT}


def test_a_key_writes_only_of_what_it_may_sign(world):
    trust = Trust(keys=tuple(type(one)(name=one.name, spki=one.spki, roles=frozenset([ACCESS])) for one in world.trust.keys))
    append(world, Event(action=Action.ACCESS, detail="granted"), trust=trust)
    with pytest.raises(Error, match=REVOCATION):
        append(world, Event(action=Action.REVOKE, detail="revoked"), trust=trust)
    with pytest.raises(Error, match="may not write"):
        append(world, Event(action=Action.PUBLISH, detail="published"), signer=world.stranger)
    assert [line.problem is None for line in log.read(world.store, trust)] == [True]


def test_a_record_of_a_key_that_is_not_trusted_any_more_keeps_its_place_in_the_chain(world, keys):
    world.publish()
    other = Trust.load(keys / "stranger.pub")
    append(world, Event(action=Action.PUBLISH, detail="of the next key"), signer=world.stranger, trust=other)
    assert [bool(line.problem) for line in log.read(world.store, other)] == [True, True, False]
    assert [bool(line.problem) for line in log.read(world.store, world.trust)] == [False, False, True]
    assert [line.problem for line in log.read(world.store, None)] == [None] * 3


def test_what_stands_in_the_way_is_not_overwritten(world):
    world.store.log.symlink_to(world.folder)
    with pytest.raises(Fault, match="is a link"):
        world.publish()


def test_records_go_on_in_the_next_folder(world, monkeypatch):
    monkeypatch.setattr(log, "SHARD", 3)
    for number in range(1, 8):
        assert append(world, Event(action=Action.ACCESS, detail=str(number))) == number
    assert [line.record.event.detail for line in log.read(world.store, world.trust)] == [str(one) for one in range(1, 8)]
    assert sorted(one.name for one in world.store.log.iterdir()) == ["0000000", "0000001", "0000002"]
