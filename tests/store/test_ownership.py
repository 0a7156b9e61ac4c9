"""Whose the files of a store are: an ordinary publisher's own, those of another for whom root publishes, and a group's."""

from __future__ import annotations

import hashlib
import os
import traceback
from dataclasses import replace
from datetime import timedelta

import pytest

from builder.errors import Error
from builder.recipe.model import Access
from certify import site as sites
from certify.reference import Reference
from certify.site_import import schema
from certify.store import Store, collect, fsck, grant, guards, holds, ownership, quarantine, sight, untag
from certify.store.grant import How
from certify.store.ownership import Ownership

pytestmark = pytest.mark.integration      # being another user needs root

KEEPER, RUNTIME, ALICE = 20050, 30050, 20001
PRIVATE = Access(users=(ALICE,), groups=(30001,))


def call_as(uid, function, *arguments, gid=None, groups=()):
    """Call a function in a child that is another user; True if it came back."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setgroups(groups)
            os.setresgid(*[gid or uid] * 3)
            os.setresuid(uid, uid, uid)
            function(*arguments)
            code = 0
        except BaseException:  # noqa: BLE001  (a child that must not come back into pytest)
            traceback.print_exc()
        os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def prepared(world, **asked):
    root = world.folder / "owned"
    ownership.prepare(root, Ownership(**asked))
    world.store = Store.create(root)
    return world


def owners(store):
    return {(path.lstat().st_uid, path.lstat().st_gid) for path in [store.root, *store.root.rglob("*")]}


def everything_of_a_publisher(world):
    """Publish, grant, pin, untag, hide and bring back, collect, mend: what a publisher does in a year."""
    keep = {"signer": world.signer, "trust": world.trust, "now": world.now}
    digest = world.publish(access=PRIVATE).digest
    world.publish(b"image two", world.config("1.1"), access=PRIVATE)
    grant.change(world.store, Reference.parse("tool:1.0"), How.ADD, Access(users=(20002,)), **keep)
    with world.store.locked():
        holds.pin(world.store, digest, now=world.now)
        assert quarantine.hide(world.store, digest, "for a while", world.now)
        assert sight.restore(world.store, digest, trust=world.trust, now=world.now)
        assert holds.drop(world.store, digest)
    untag.untag(world.store, "tool", "1.0-1", **keep)
    later = world.now + timedelta(days=400)
    collect.collect(world.store, world.trust, now=later, grace=timedelta(0))
    assert not world.store.blob(digest).exists()
    world.store.meta(world.publish(b"image two", world.config("1.1"), access=PRIVATE).digest).chmod(0o644)
    with world.store.locked():
        found = fsck.check(world.store, world.trust, now=world.now, deep=True)
        assert [one.message for one in found.errors]
        assert fsck.mend(world.store, found.problems, world.trust, world.now) == []
    assert fsck.check(world.store, world.trust, now=world.now, deep=True).errors == ()


def test_an_ordinary_user_keeps_a_store_of_their_own(world):
    everything_of_a_publisher(prepared(world))      # loads every module while that is still allowed
    os.chown(world.folder, KEEPER, KEEPER)
    world.store = replace(world.store, root=world.folder / "mine")
    for path in world.folder.glob("*.squashfs"):
        path.unlink()

    def keep():
        Store.create(world.store.root)
        everything_of_a_publisher(world)

    assert call_as(KEEPER, keep)
    assert owners(world.store) == {(KEEPER, KEEPER)}


def test_root_publishes_for_the_owner_who_keeps_the_store_afterwards(world):
    prepared(world, uid=KEEPER)
    everything_of_a_publisher(world)
    assert {uid for uid, _ in owners(world.store)} == {KEEPER}
    os.chown(world.folder, KEEPER, KEEPER)
    assert call_as(KEEPER, world.publish, b"image three", world.config("1.2"), PRIVATE)
    assert fsck.check(world.store, world.trust, now=world.now, deep=True).errors == ()


def test_the_group_of_the_runtime_reads_what_is_private_and_nobody_else_does(world):
    prepared(world, gid=RUNTIME)
    world.publish(b"image zero", world.config("0.9"), access=PRIVATE)
    assert fsck.check(world.store, world.trust, now=world.now, deep=True).errors == ()
    everything_of_a_publisher(world)
    image = world.store.image(hashlib.sha256(b"image two").hexdigest())
    files = [image, image.with_suffix(".meta"), world.store.access(image.stem), world.store.tag("tool", "latest")]
    for path in files:
        assert call_as(65533, path.read_bytes, gid=RUNTIME), path
        assert not call_as(65533, path.read_bytes, gid=65533), path
        assert path.stat().st_gid == RUNTIME
    assert not call_as(ALICE, image.with_suffix(".meta").read_bytes)
    assert call_as(ALICE, image.read_bytes)
    os.chown(image, -1, 30051)
    [problem] = fsck.check(world.store, world.trust, now=world.now).errors
    assert "owning group 30051:r--" in problem.message
    with world.store.locked():
        fsck.mend(world.store, [problem], world.trust, world.now)
    assert guards.of(image).owning == RUNTIME


def test_a_store_gets_its_group_later_by_its_folder_and_a_repair(world):
    world.publish(access=PRIVATE)
    os.chown(world.store.root, -1, RUNTIME)
    world.store.root.chmod(0o2755)
    found = fsck.check(world.store, world.trust, now=world.now)
    assert len(found.errors) > 5
    with world.store.locked():
        assert fsck.mend(world.store, found.problems, world.trust, world.now) == []
    assert fsck.check(world.store, world.trust, now=world.now).errors == ()


def test_what_a_user_cannot_give_is_said(world, capfd):
    os.chown(world.folder, KEEPER, KEEPER)
    for asked, said in ((Ownership(uid=20051), "only root or that user can make one"),
                        (Ownership(gid=RUNTIME), "cannot be given to the group 30050: you are not in it")):
        assert not call_as(KEEPER, ownership.prepare, world.folder / "owned", asked)
        assert said in capfd.readouterr().err
    assert call_as(KEEPER, ownership.prepare, world.folder / "shared", Ownership(uid=KEEPER, gid=RUNTIME), groups=(RUNTIME,))
    world.store = Store.create(world.folder / "shared")
    assert not call_as(KEEPER, world.publish, b"image one", None, PRIVATE)
    assert "you cannot give them to it" in capfd.readouterr().err
    assert call_as(KEEPER, world.publish, b"image one", None, PRIVATE, groups=(RUNTIME,))


def test_the_profile_names_owner_and_group():
    site = replace(sites.load(), store_owner="daemon", store_group=30050)
    assert ownership.wanted(site) == Ownership(uid=1, gid=30050)
    assert ownership.wanted(sites.load()) == Ownership()
    with pytest.raises(Error, match="store_owner: no user 'no-such-account'"):
        ownership.wanted(replace(site, store_owner="no-such-account"))
    plain = {"name": "x", "summary": "x", "runtime": "shifter", "runtime_owned": [], "replaced_files": [], "site_mounts": [],
             "first_level_names": "[a-z]+", "etc_file_limit": 1, "environment": {}, "validity_days": 1}
    assert schema.check({**plain, "store_owner": "certify", "store_group": 30050}) == []
    for wrong in (-1, "two words", 2**32, ["a"]):
        assert schema.check({**plain, "store_group": wrong}) != []
