"""A change of access that is stopped before any one of its file-system calls: nobody has more than the record in force says."""

from __future__ import annotations

import hashlib

import pytest
import stops

from builder.recipe.model import Access
from certify.reference import Reference
from certify.store import fsck, grant, guards, lists, meta
from certify.store.access import Realm
from certify.store.entering import read_access
from certify.store.grant import How
from certify.verify import verify_reference

pytestmark = pytest.mark.integration      # a process for every system call, and seccomp needs root

ONE = hashlib.sha256(b"image one").hexdigest()
STEP = 29       # every 29th call, from another one for each kind: all of them take minutes
FROM = {"narrower": Access(users=(20001, 20002)), "wider": Access(users=(20001,)), "others": Access(users=(20001,)),
        "private": Access(public=True), "public": Access(users=(20001,))}
TO = {"narrower": Access(users=(20001,)), "wider": Access(users=(20001, 20002)), "others": Access(users=(20002,)),
      "private": Access(users=(20001,)), "public": Access(public=True)}


def change(world, asked):
    return grant.change(world.store, Reference.parse("tool"), How.SET, asked, signer=world.signer, trust=world.trust,
                        now=world.now, widen=True)


def may_read(guard):
    """What a guard lets read, as numbers of users; -1 is everybody."""
    return {-1} if guard.others & 4 else {number for number, bits in guard.users if bits & 4}


def admitted(realm: Realm):
    return {-1} if realm.public else set(realm.uids)


def require_no_more_than_signed(world):
    record = read_access(world.store, ONE, world.trust)
    allowed = admitted(record.realm)
    found = {path: may_read(guards.of(path)) for path in (
        world.store.blob(ONE), world.store.image(ONE), *world.store.certs(ONE).iterdir(),
        *(path for path in world.store.tags("tool").iterdir()))}
    if world.store.meta(ONE).exists():
        read = meta.parse(world.store.meta(ONE).read_bytes())
        found[world.store.meta(ONE)] = set(read.uids) or {-1}
    stand = lists.standing(world.store).get(ONE, ())
    found |= {name: {-1} if name == "public" else {int(name[1:])} for name in stand}
    assert {path: who for path, who in found.items() if allowed != {-1} and not who <= allowed} == {}


@pytest.mark.parametrize("kind", sorted(TO))
def test_stopped_anywhere_it_fails_closed_and_the_next_one_finishes(world, tmp_path, kind):
    world.publish(access=FROM[kind])
    before = tmp_path / "before"
    stops.copy_tree(world.store.root, before)
    calls = len(stops.watched(lambda: change(world, TO[kind]), world.store.root).calls)
    assert calls > 30
    stopped = 0
    for number in range(1 + sorted(TO).index(kind) % STEP, calls + 1, STEP):
        stops.copy_tree(before, world.store.root)
        outcome = stops.watched(lambda: change(world, TO[kind]), world.store.root,
                                lambda count, _, number=number: stops.KILL if count == number else None)
        stopped += outcome.killed
        require_no_more_than_signed(world)
        [done] = change(world, TO[kind])
        assert admitted(done.after) == may_read(guards.of(world.store.blob(ONE)))
        assert fsck.check(world.store, world.trust, now=world.now).errors == ()
        verify_reference(world.store, Reference.parse("tool"), world.trust, now=world.now, platform="linux/amd64")
    assert stopped > 1
