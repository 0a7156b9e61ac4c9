"""Changing who may use an image: what is signed, what the files say, and what is refused."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builder.errors import Error, Fault, UsageError
from builder.recipe.model import Access
from certify.reference import Reference
from certify.store import access as accesses
from certify.store import fsck, grant, guards, holds, log, meta, quarantine, sight, untag
from certify.store.access import Principal, Realm, intersection
from certify.store.entering import read_access
from certify.store.grant import How
from certify.store.listing import read
from certify.trust import Trust
from certify.verify import verify_reference

ONE = hashlib.sha256(b"image one").hexdigest()
TWO = hashlib.sha256(b"image two").hexdigest()
ALICE, BOB = Access(users=(20001,)), Access(users=(20002,))


def changed(world, how, asked, reference="tool", **more):
    values = {"signer": world.signer, "trust": world.trust, "now": world.now, **more}
    return grant.change(world.store, Reference.parse(reference), how, asked, **values)


def verified(world, reference="tool", platform="linux/amd64"):
    return verify_reference(world.store, Reference.parse(reference), world.trust, now=world.now, platform=platform)


def snapshot(store):
    """Every name in the store with its inode, owner, mode, ACL and change of content."""
    paths = [path for path in sorted(store.root.rglob("*")) if path.name != "lock"]
    return [(path, path.stat().st_ino, path.stat().st_size, str(guards.of(path))) for path in paths]


def require_sound(world):
    assert [one.message for one in fsck.check(world.store, world.trust, now=world.now, deep=True).errors] == []
    assert [one.name for one in world.store.tmp.iterdir()] == ["lock"]


def realm(world, digest=ONE):
    return str(read_access(world.store, digest, world.trust).realm)


def test_a_change_reaches_all_that_is_made_from_the_record(world):
    world.publish(access=ALICE)
    [done] = changed(world, How.ADD, Access(users=(20002,), groups=(30001,)))
    assert (done.changed, done.number, str(done.before)) == (True, 2, "users 20001")
    assert str(done.after) == realm(world) == "users 20001, 20002; groups 30001"
    read_as = meta.parse(world.store.meta(ONE).read_bytes())
    assert (read_as.uids, read_as.gids) == ((20001, 20002), (30001,))
    assert guards.of(world.store.image(ONE)) == guards.of_file(done.after)
    assert verified(world).entry.record.images["linux/amd64"].access == 2
    require_sound(world)
    [done] = changed(world, How.REMOVE, Access(users=(20001,), groups=(30001,)))
    assert realm(world) == "users 20002"
    for path in (world.store.tag("tool", "latest"), world.store.tag("tool", "1.0-1"), world.store.access(ONE)):
        assert guards.of(path).users == ((20002, 4),)
    assert guards.of(world.store.tags("tool")).users == ((20002, 1),)
    require_sound(world)


def test_the_log_says_who_could_and_who_may(world):
    world.publish(access=ALICE)
    changed(world, How.ADD, BOB)
    *_, line = log.read(world.store, world.trust)
    event = line.record.event
    assert (event.action, event.name, event.tag, event.digest) == (log.Action.ACCESS, "tool", "1.0-1", ONE)
    assert event.detail == "number 2: users 20001, 20002; before: users 20001"


def test_saying_it_again_changes_nothing(world):
    world.publish(access=ALICE)
    changed(world, How.ADD, BOB)
    before = snapshot(world.store)
    for how, asked in ((How.ADD, BOB), (How.SET, Access(users=(20001, 20002)))):
        [done] = changed(world, how, asked)
        assert (done.changed, done.number) == (False, 2)
    [done] = changed(world, How.REMOVE, Access(users=(7,), groups=(8,)))
    assert (done.changed, done.unlisted) == (False, ("user 7", "group 8"))
    assert snapshot(world.store) == before


def test_a_public_image_is_made_private_and_public_again_only_aloud(world):
    world.publish()
    for how in (How.ADD, How.REMOVE):
        with pytest.raises(UsageError, match="is public: there is nobody") as caught:
            changed(world, how, ALICE)
        assert "access set" in caught.value.hint
    changed(world, How.SET, ALICE)
    assert read(world.store.index_json.read_bytes()) == {}
    assert meta.parse(world.store.meta(ONE).read_bytes()).uids == (20001,)
    assert guards.of(world.store.tags("tool")).others == 0
    require_sound(world)
    before = snapshot(world.store)
    for wider in (Access(public=True), Access(users=(20001, 20002)), BOB):
        with pytest.raises(Fault, match="wider") as caught:
            changed(world, How.SET, wider)
        assert "--widen" in caught.value.hint
    assert snapshot(world.store) == before
    changed(world, How.SET, BOB, widen=True)
    assert realm(world) == "users 20002"
    changed(world, How.SET, Access(public=True), widen=True)
    assert sorted(read(world.store.index_json.read_bytes())) == ["tool:1.0", "tool:1.0-1", "tool:latest"]
    assert guards.of(world.store.blob(ONE)).others == 4
    require_sound(world)
    verified(world)


@pytest.mark.parametrize("asked", [ALICE, Access(users=(20001, 5))], ids=["the last", "and a stranger"])
def test_nobody_left_is_refused(world, asked):
    world.publish(access=ALICE)
    before = snapshot(world.store)
    with pytest.raises(Fault, match="nobody would be left") as caught:
        changed(world, How.REMOVE, asked)
    assert "access set" in caught.value.hint
    assert snapshot(world.store) == before


@pytest.mark.parametrize("name", ["no-such-account", "root"])
def test_names_that_mean_nobody_or_root_are_refused(world, name):
    world.publish(access=ALICE)
    for asked in (Access(users=(name,)), Access(groups=(name,))):
        with pytest.raises(Fault, match=r"no user|no group|ids are from"):
            changed(world, How.ADD, asked)
    assert realm(world) == "users 20001"


def test_removing_a_name_takes_the_number_it_had_and_the_one_it_has(monkeypatch):
    numbers = {"ann": 5, "new": 6}
    monkeypatch.setattr(accesses, "user_number", numbers.get)
    recorded = {4: "ann", 5: None, 7: "gone", 8: None}
    listed = Realm(users=tuple(Principal(id=number, name=name) for number, name in recorded.items()))
    users, _, unlisted = accesses.without(listed, Access(users=("ann", "gone", "new", 9)))
    assert ([one.id for one in users], unlisted) == ([8], ("user new", "user 9"))
    with pytest.raises(Fault, match="no user 'nobody-knows'"):
        accesses.without(listed, Access(users=("nobody-knows",)))


def test_all_platforms_of_a_tag_or_the_one_of_a_digest(world):
    world.publish(access=ALICE)
    world.publish(b"image two", world.config(platform="linux/arm64"), access=ALICE)
    assert [one.image.platform for one in changed(world, How.ADD, BOB)] == ["linux/amd64", "linux/arm64"]
    [done] = changed(world, How.REMOVE, BOB, f"sha256:{TWO}")
    assert (realm(world), realm(world, TWO), done.image.platform) == ("users 20001, 20002", "users 20001", "linux/arm64")
    assert guards.of(world.store.tag("tool", "latest")).users == ((20001, 4), (20002, 4))
    [done] = changed(world, How.REMOVE, ALICE, f"tool:1.0-1@sha256:{ONE}")
    assert guards.of(world.store.image(TWO)).users == ((20001, 4),)
    require_sound(world)
    for platform in ("linux/amd64", "linux/arm64"):
        verified(world, platform=platform)
    with pytest.raises(Fault, match="nobody would be left"):
        changed(world, How.REMOVE, BOB)
    assert (realm(world), realm(world, TWO)) == ("users 20002", "users 20001")


def test_an_older_version_changes_alone_and_the_others_stay_provable(world):
    world.publish(access=ALICE)
    world.publish(b"image two", world.config("1.1"), access=ALICE)
    changed(world, How.ADD, BOB, "tool:1.0")
    assert guards.of(world.store.tag("tool", "latest")).users == ((20001, 4),)
    assert guards.of(world.store.tags("tool")).users == ((20001, 1), (20002, 1))
    for reference in ("tool", "tool:1.0", "tool:1.1", "tool:1.0-1", "tool:1.1-1"):
        verified(world, reference)
    require_sound(world)


def test_an_older_record_put_back_is_refused(world):
    world.publish(access=Access(users=(20001, 20002)))
    old = {path: path.read_bytes() for path in (world.store.access(ONE), world.store.meta(ONE))}
    changed(world, How.REMOVE, BOB)
    for path, content in old.items():
        path.write_bytes(content)
    with pytest.raises(Fault, match="an older one was put back"):
        verified(world)


def test_a_hidden_image_stays_hidden_and_comes_back_for_those_of_today(world):
    world.publish(access=Access(users=(20001, 20002)))
    later = world.later(days=400)
    [out] = sight.sweep(world.store, later.trust, later.now)
    [done] = changed(later, How.REMOVE, BOB)
    assert "expired" in done.hidden
    assert not world.store.meta(ONE).exists()
    assert quarantine.hidden(world.store, out.digest) is not None
    assert sight.restore(world.store, ONE, trust=world.trust, now=world.now)
    assert meta.parse(world.store.meta(ONE).read_bytes()).uids == (20001,)
    require_sound(world)


def test_a_meta_that_is_lost_comes_back_unless_the_image_expired(world):
    world.publish(access=ALICE)
    world.store.meta(ONE).unlink()
    later = world.later(days=400)
    assert "expired" in changed(later, How.ADD, BOB)[0].hidden
    assert not world.store.meta(ONE).exists()
    assert changed(world, How.ADD, BOB)[0].changed
    assert meta.parse(world.store.meta(ONE).read_bytes()).uids == (20001, 20002)


def test_a_pinned_image_without_a_tag_is_changed_by_its_digest(world):
    world.publish(access=ALICE)
    with world.store.locked():
        holds.pin(world.store, ONE, now=world.now)
    untag.untag(world.store, "tool", "1.0-1", signer=world.signer, trust=world.trust, now=world.now)
    changed(world, How.ADD, BOB, f"sha256:{ONE}")
    assert realm(world) == "users 20001, 20002"
    with pytest.raises(Fault, match="no such image"):
        changed(world, How.ADD, BOB)


def test_a_key_that_may_not_changes_nothing(world, keys):
    world.publish(access=Access(users=(20001, 20002)))
    before = snapshot(world.store)
    with pytest.raises(Error, match="may not sign as access"):
        changed(world, How.REMOVE, BOB, signer=world.stranger)
    [half] = Trust.load(keys / "stranger.pub").keys
    trust = Trust(keys=(*world.trust.keys, replace(half, roles=frozenset({"access"}))))
    with pytest.raises(Error, match="may not sign as tag"):
        changed(world, How.REMOVE, BOB, signer=world.stranger, trust=trust)
    assert snapshot(world.store) == before


def test_publishing_again_renewing_and_mending_widen_nothing(world):
    world.publish(access=Access(users=(20001, 20002)))
    changed(world, How.REMOVE, BOB)
    with pytest.raises(Fault, match="wider"):
        world.publish(access=Access(users=(20001, 20002)))
    world.store.blob(ONE).chmod(0o444)
    problems = fsck.check(world.store, world.trust, now=world.now).problems
    with world.store.locked():
        assert fsck.mend(world.store, problems, world.trust, world.now) == []
    assert guards.of(world.store.blob(ONE)).users == ((20001, 4),)
    require_sound(world)


def test_a_new_revision_is_no_wider_than_the_one_before_whatever_came_since(world):
    world.publish(access=ALICE)
    world.publish(b"image two", world.config("2.0"), widen=True)
    with pytest.raises(Fault, match=r"wider than the revision before \(1\.0-1\) had") as caught:
        world.publish(b"image three", world.config(revision=2))
    assert "--widen" in caught.value.hint


def test_a_passage_that_is_too_wide_is_found_and_mended(world):
    world.publish(access=ALICE)
    world.store.tags("tool").chmod(0o711)
    [problem] = fsck.check(world.store, world.trust, now=world.now).errors
    assert "lets through some who may use none" in problem.message
    with world.store.locked():
        fsck.mend(world.store, [problem], world.trust, world.now)
    require_sound(world)


people = st.frozensets(st.sampled_from([20001, 20002, 20003]))
realms = st.just(Access(public=True)) | st.builds(lambda u, g: Access(users=tuple(u), groups=tuple(g)), people, people).filter(
    lambda one: one.users or one.groups)


@given(realms, realms)
def test_the_inner_realm_is_in_both(one, other):
    one, other = accesses.resolve(one), accesses.resolve(other)
    inner = intersection(one, other)
    assert inner == intersection(other, one)
    if inner is None:
        assert one.uids.isdisjoint(other.uids)
        assert one.gids.isdisjoint(other.gids)
    else:
        assert not inner.wider_than(one)
        assert not inner.wider_than(other)


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(How), realms), min_size=3, max_size=4))
def test_any_changes_leave_a_store_that_is_sound(world, steps):
    world.publish(access=ALICE, widen=True)
    for how, asked in steps:
        before = realm(world)
        try:
            [done] = changed(world, how, asked, widen=True)
        except (Fault, UsageError):
            assert realm(world) == before
        else:
            assert realm(world) == str(done.after)
            assert guards.of(world.store.image(ONE)) == guards.of_file(done.after)
    require_sound(world)
    verified(world)


def test_time_is_told_by_the_caller(world):
    world.publish(access=ALICE)
    changed(replace(world, now=world.now + timedelta(days=1)), How.ADD, BOB)
    *_, line = log.read(world.store, world.trust)
    assert line.record.at == world.now + timedelta(days=1)
