"""Which images are whose: after any changes each user's list is exactly what they may use, and nobody lists another's."""

from __future__ import annotations

import hashlib
import os
import shutil
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builder.errors import Error, Fault
from builder.recipe.model import Access
from certify.reference import Reference
from certify.store import collect, fsck, grant, guards, lists, untag
from certify.store.entering import read_access
from certify.store.fsck import Kind
from certify.store.grant import How
from certify.store.query import list_images

ONE = hashlib.sha256(b"image one").hexdigest()
TWO = hashlib.sha256(b"image two").hexdigest()
PRIVATE = Access(users=(20001,), groups=(30001,))
# As whom the lists are looked at: uid and gid.
PEOPLE = [(20001, 20001), (20002, 20002), (20009, 30001), (20003, 20003)]


def as_user(uid, gid, function, *groups):
    """What a function gives in a child that is another user, as text."""
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        try:
            os.setgroups(groups)
            os.setresgid(gid, gid, gid)
            os.setresuid(uid, uid, uid)
            try:
                said = " ".join(function())
            except (Error, OSError) as error:
                said = f"{type(error).__name__}: {error}"
            os.write(writing, said.encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return said


def told(world, uid, gid, *groups):
    return as_user(uid, gid, lambda: lists.readable(world.store), *groups).split()


def require_exact(world):
    """Each user's list is what the access records admit them to, and fsck agrees."""
    digests = [path.name.partition(".")[0] for path in (world.store.root / "access").iterdir()]
    records = [read_access(world.store, digest, world.trust) for digest in digests]
    for uid, gid in PEOPLE:
        assert told(world, uid, gid) == sorted(one.digest for one in records if one.realm.admits(uid, {gid})), (uid, gid)
    problems = fsck.check(world.store, world.trust, now=world.now).problems
    assert [one.message for one in problems if one.kind in (Kind.LIST, Kind.FOLDER, Kind.ODD)] == []


def mended(world):
    with world.store.locked():
        found = fsck.check(world.store, world.trust, now=world.now).problems
        assert fsck.mend(world.store, found, world.trust, world.now) == []
    require_exact(world)
    return found


@pytest.fixture
def full(world):
    """A public image, and a private one as its next version."""
    world.publish()
    world.publish(b"image two", world.config("1.1"), access=PRIVATE)
    return world


def test_each_is_told_of_what_is_theirs(full):
    assert told(full, 20001, 20001) == told(full, 20009, 30001) == told(full, 5, 5, 30001) == sorted([ONE, TWO])
    assert told(full, 20002, 20002) == told(full, 30001, 20001) == [ONE]    # a user's number is no group's
    assert lists.readable(full.store) == sorted([ONE, TWO])
    require_exact(full)


def test_the_commands_rest_on_it_and_prove_it_all_the_same(full):
    list_images(full.store, full.trust)         # loads every module while that is still allowed
    def names():
        return [one.tag for one in list_images(full.store, full.trust)]
    assert as_user(20001, 20001, names) == "1.0-1 1.1-1"
    assert as_user(20002, 20002, names) == "1.0-1"
    lists.enter(full.store, TWO, read_access(full.store, ONE, full.trust).realm)     # a hint that is wrong
    assert told(full, 20002, 20002) == sorted([ONE, TWO])
    assert as_user(20002, 20002, names) == "1.0-1"


def test_nobody_lists_anothers(full):
    for folder in ("certs", "access", "lists", "lists/u20001", "lists/g30001"):
        assert as_user(20002, 20002, lambda folder=folder: os.listdir(full.store.root / folder)).startswith("PermissionError")  # noqa: PTH208
    for name in lists.folders(full.store):
        assert guards.of(full.store.lists / name) == lists.guard(full.store, name)


def test_the_group_of_the_store_is_told_of_all(world):
    os.chown(world.store.root, -1, 30050)
    world.store.root.chmod(0o2755)
    world.publish(access=PRIVATE)
    assert told(world, 65533, 30050) == told(world, 65533, 5, 30050) == [ONE]
    assert told(world, 65533, 65533) == []
    require_exact(world)


def test_what_goes_leaves_no_trace(full):
    untag.untag(full.store, "tool", "1.0-1", signer=full.signer, trust=full.trust, now=full.now)
    collect.collect(full.store, full.trust, now=full.now + timedelta(days=365 * 9))
    assert told(full, 20001, 20001) == [TWO]
    collect.bring_back(full.store, ONE)
    assert told(full, 20001, 20001) == sorted([ONE, TWO])
    grant.change(full.store, Reference.parse("tool:1.1"), How.SET, Access(users=(20002,)), widen=True, signer=full.signer,
                 trust=full.trust, now=full.now)
    assert lists.folders(full.store) == ["public", "u20002"]
    for digest in (ONE, TWO):
        lists.forget(full.store, digest)
    assert lists.folders(full.store) == ["public"]


DAMAGES = {
    "all gone": lambda store: shutil.rmtree(store.lists),
    "everybody's gone": lambda store: shutil.rmtree(store.lists / "public"),
    "one gone": lambda store: shutil.rmtree(store.lists / "u20001"),
    "an entry gone": lambda store: store.entry("g30001", TWO).unlink(),
    "an entry for others": lambda store: (store.lists / "public" / TWO).touch(),
    "an entry of nothing": lambda store: (store.lists / "public" / ("0" * 64)).touch(),
    "more than can be told": lambda store: [(store.lists / "public" / f"{one:064x}").touch() for one in range(30)],
    "listed by all": lambda store: (store.lists / "u20001").chmod(0o755),
    "told who has one": lambda store: store.lists.chmod(0o755),
    "closed": lambda store: (store.lists / "public").chmod(0o700),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_what_is_wrong_is_told_and_mended(full, damage):
    damage(full.store)
    found = mended(full)
    assert {one.kind for one in found if one.error} == {Kind.LIST}
    assert len(found) <= 21


def test_a_record_that_is_not_believed_changes_no_list(full):
    """A wrong trust must not take images out of a whole site's lists."""
    data = full.store.access(TWO).read_bytes()
    full.store.access(TWO).chmod(0o644)
    full.store.access(TWO).write_bytes(b"{}")
    assert Kind.LIST not in {one.kind for one in fsck.check(full.store, full.trust, now=full.now).problems}
    with full.store.locked():
        fsck.mend(full.store, fsck.check(full.store, full.trust, now=full.now).problems, full.trust, full.now)
    full.store.access(TWO).write_bytes(data)
    mended(full)
    assert TWO in told(full, 20001, 20001)


@pytest.mark.parametrize("name", ["", "public", "u20001"])
def test_links_are_not_followed(full, name, tmp_path):
    place = full.store.lists / name
    shutil.move(place, tmp_path / "away")
    place.symlink_to(tmp_path / "away")
    before = sorted(path.name for path in (tmp_path / "away").rglob("*"))
    assert Kind.ODD in {one.kind for one in fsck.check(full.store, full.trust, now=full.now).errors}
    for digest in (ONE, TWO):
        with pytest.raises(Error):
            lists.forget(full.store, digest)
    with pytest.raises(Fault):
        full.publish(b"image three", full.config("1.2"), access=PRIVATE, widen=True)
    assert sorted(path.name for path in (tmp_path / "away").rglob("*")) == before
    assert "is a link" in as_user(20001, 20001, lambda: lists.readable(full.store)) or name == ""


def test_names_are_checked(full):
    with pytest.raises(Fault, match="not a sha256 digest"):
        lists.enter(full.store, "../../x", None)
    for name in ("u0", "u007", "g99999999999", "x5", "u4294967295"):
        (full.store.lists / name).mkdir()
        assert name not in lists.folders(full.store)


def test_a_store_from_before_gets_its_lists_by_the_first_change(full):
    shutil.rmtree(full.store.lists)
    for name in ("certs", "access"):
        (full.store.root / name).chmod(0o755)
    assert told(full, 20001, 20001) == sorted([ONE, TWO])       # as ever
    full.publish(b"image three", full.config("1.2"), access=PRIVATE)
    require_exact(full)
    assert not full.store.interrupted
    assert told(full, 20002, 20002) == [ONE]


def test_without_lists_nothing_is_said_to_be_all_there_is(full):
    shutil.rmtree(full.store.lists)
    assert "has no lists" in as_user(20001, 20001, lambda: lists.readable(full.store))


people = st.frozensets(st.sampled_from([20001, 20002]))
accesses = st.just(Access(public=True)) | st.builds(lambda u, g: Access(users=tuple(u), groups=tuple(g)), people, st.frozensets(
    st.just(30001))).filter(lambda one: one.users or one.groups)
steps = st.tuples(st.sampled_from(["publish", *How, "untag", "gc"]), st.sampled_from(["1.0", "1.1"]), accesses)


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(steps, min_size=3, max_size=6))
def test_after_any_changes_each_list_is_exactly_what_they_may_use(world, changes):
    keep = {"signer": world.signer, "trust": world.trust, "now": world.now}
    for what, version, asked in changes:
        with suppress(Error):       # what is refused changes nothing
            if what == "publish":
                world.publish(f"image {version}".encode(), world.config(version), access=asked, widen=True)
            elif what == "untag":
                untag.untag(world.store, "tool", f"{version}-1", **keep)
            elif what == "gc":
                collect.collect(world.store, world.trust, now=world.now + timedelta(days=365 * 9))
            else:
                grant.change(world.store, Reference.parse(f"tool:{version}"), what, asked, widen=True, **keep)
        require_exact(world)
