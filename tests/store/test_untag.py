"""Taking tags away: what stays is whole, the log tells, and what went is collected after its time."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest

from builder.errors import Error, Fault
from builder.recipe.model import Access
from certify.reference import Reference
from certify.store import collect, fsck, log, untag
from certify.verify import verify_reference

ONE = hashlib.sha256(b"image one").hexdigest()


def away(world, tag, name="tool", **more):
    return untag.untag(world.store, name, tag, **{"signer": world.signer, "trust": world.trust, "now": world.now, **more})


def test_an_older_version_goes_with_its_pointer_and_the_rest_stays_whole(world):
    world.publish(access=Access(users=(20001,)))
    world.publish(b"image two", world.config("1.1"), access=Access(users=(20001,)))
    assert away(world, "1.0-1") == ["1.0", "1.0-1"]
    assert sorted(path.name for path in world.store.tags("tool").iterdir()) == ["1.1", "1.1-1", "latest"]
    assert fsck.check(world.store, world.trust, now=world.now, deep=True).errors == ()
    verify_reference(world.store, Reference.parse("tool"), world.trust, now=world.now, platform="linux/amd64")
    assert [line.record.event.action for line in log.read(world.store, world.trust)][-1] is log.Action.UNTAG
    world.publish(b"image three", world.config("1.2"), access=Access(users=(20001,)))
    verify_reference(world.store, Reference.parse("tool"), world.trust, now=world.now, platform="linux/amd64")


def test_a_public_one_leaves_the_list(world):
    world.publish()
    world.publish(b"image two", world.config("1.1"))
    away(world, "1.0-1")
    listed = [one["annotations"].values() for one in json.loads(world.store.index_json.read_bytes())["manifests"]]
    assert [list(one) for one in listed] == [["tool:1.1"], ["tool:1.1-1"], ["tool:latest"]]


def test_those_who_might_use_only_what_is_gone_have_no_way_to_the_rest(world):
    world.publish()
    world.publish(b"image two", world.config("1.1"), access=Access(users=(20001,)))
    away(world, "1.0-1")
    assert world.store.tags("tool").stat().st_mode & 0o001 == 0
    assert fsck.check(world.store, world.trust, now=world.now, deep=True).errors == ()


def test_the_latest_goes_last(world):
    world.publish()
    world.publish(b"image two", world.config("1.1"))
    with pytest.raises(Fault, match="is the latest of tool"):
        away(world, "1.1-1")
    away(world, "1.0-1")
    assert sorted(away(world, "1.1-1")) == ["1.1", "1.1-1", "latest"]
    assert not world.store.tags("tool").exists()
    assert fsck.check(world.store, world.trust, now=world.now).errors == ()
    for tag in ("1.1-1", "latest"):
        with pytest.raises(Fault, match="no such tag"):
            away(world, tag)


def test_pointers_strange_keys_and_odd_names_are_refused_and_change_nothing(world):
    world.publish()
    before = sorted(world.store.root.rglob("*"))
    for tag, match in (("1.0", "is a pointer to 1.0-1"), ("../../format", "no such tag"), ("9.9-1", "no such tag")):
        with pytest.raises(Fault, match=match):
            away(world, tag)
    with pytest.raises(Fault, match="not a name"):
        away(world, "1.0-1", name="../tags")
    with pytest.raises(Error, match="may not write this to the log"):
        away(world, "1.0-1", signer=world.stranger)
    after = sorted(path for path in world.store.root.rglob("*"))
    assert after == before


def test_its_time_as_garbage_begins_with_it(world):
    world.publish()
    change = world.store.blob(ONE).stat().st_ctime_ns
    mode = world.store.blob(ONE).stat().st_mode
    away(world, "1.0-1")
    assert world.store.blob(ONE).stat().st_ctime_ns > change
    assert world.store.blob(ONE).stat().st_mode == mode
    later = datetime.now(UTC) + timedelta(days=8)
    assert ONE in {one.digest for one in collect.collect(world.store, world.trust, now=later).move}
