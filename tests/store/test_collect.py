"""Collecting garbage: only what leads nowhere, only after its time, first to quarantine, and nothing at all in doubt."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from datetime import UTC, datetime, timedelta

import pytest

from builder.errors import Fault
from builder.recipe.model import Access
from certify.dsse import Envelope
from certify.store import collect, fsck, holds, list_images, oci, quarantine, reach, tags

ONE = hashlib.sha256(b"image one").hexdigest()
TWO = hashlib.sha256(b"image two").hexdigest()


def soon(**delta):
    """Files are as old as the machine's clock says."""
    return datetime.now(UTC) + timedelta(**delta)


def run(world, days=30, **more):
    return collect.collect(world.store, world.trust, now=soon(days=days), **more)


def untag(world, name="tool"):
    shutil.rmtree(world.store.tags(name))


def there(world, digest):
    return [one.relative_to(world.store.root).parts[0] for one in quarantine.parts(world.store, digest) if os.path.lexists(one)]


EVERYWHERE = ["blobs", "certs", "access", "images", "images"]


def test_nothing_that_a_tag_leads_to_is_garbage(world):
    world.publish()
    world.publish(b"image two", world.config("1.1"), access=Access(users=(20001,)))
    world.publish(b"for arm", world.config(platform="linux/arm64"), widen=True)
    before = sorted(path for path in world.store.root.rglob("*") if path.is_file())
    done = run(world)
    assert [one.image for one in done.move] == [False]      # the index before the second platform joined
    after = sorted(path for path in world.store.root.rglob("*") if path.is_file() and "quarantine" not in path.parts)
    assert set(before) - set(after) == {world.store.blob(done.move[0].digest)}
    assert fsck.check(world.store, world.trust, now=world.now, deep=True).problems == ()


def test_a_plan_changes_nothing_and_says_what_it_would_free(world):
    world.publish(b"x" * 200_000)
    untag(world)
    files = sorted(world.store.root.rglob("*"))
    plan = collect.plan(world.store, world.trust, now=soon(days=30))
    assert plan.frees == 0
    assert plan.moves >= 200_000
    assert sum(one.image for one in plan.move) == 1
    assert sorted(world.store.root.rglob("*")) == files


def test_what_leads_nowhere_goes_to_quarantine_and_is_deleted_in_a_later_run(world):
    world.publish(b"x" * 200_000)
    digest = hashlib.sha256(b"x" * 200_000).hexdigest()
    untag(world)
    assert len(run(world).move) == 4           # image, config, manifest, index
    assert there(world, digest) == []
    assert list_images(world.store) == []
    assert run(world, days=31).delete == ()
    done = run(world, days=50)
    assert done.frees >= 200_000
    assert list(world.store.quarantine.iterdir()) == []


def test_it_comes_back_from_quarantine_as_it_was(world):
    world.publish(access=Access(users=(20001,)))
    saved = world.folder / "tags"
    shutil.copytree(world.store.tags("tool"), saved)
    acl = os.getxattr(world.store.blob(ONE), "system.posix_acl_access")
    untag(world)
    for garbage in run(world).move:
        assert collect.bring_back(world.store, garbage.digest)
    assert os.getxattr(world.store.blob(ONE), "system.posix_acl_access") == acl
    assert world.store.image(ONE).samefile(world.store.blob(ONE))
    assert there(world, ONE) == EVERYWHERE
    world.later(hours=1).publish(access=Access(users=(20001,)))     # and its tag comes back with the next publish
    assert fsck.check(world.store, world.trust, now=world.now).errors == ()
    with pytest.raises(Fault, match="not in quarantine"):
        collect.bring_back(world.store, ONE)


def test_the_grace_period_protects_what_was_changed_lately(world):
    world.publish()
    untag(world)
    done = run(world, days=1)
    assert done.move == ()
    assert len(done.young) == 4
    os.utime(world.store.blob(ONE), (0, 0))         # the time that can be set back does not count
    assert run(world, days=1).move == ()
    assert len(run(world, days=1, grace=timedelta(hours=1)).move) == 4


@pytest.mark.parametrize("kind", ["pin", "lease"])
def test_pins_and_leases_hold_an_image_until_their_end(world, kind):
    world.publish()
    if kind == "pin":
        holds.pin(world.store, ONE, now=soon(), until=soon(days=40), reason="a paper")
    else:
        holds.lease(world.store, ONE, "job-4711", now=soon(), until=soon(days=40))
    untag(world)
    assert ONE not in {one.digest for one in run(world).move}
    assert there(world, ONE) == EVERYWHERE
    assert not [one for one in run(world).young if one.digest == ONE]
    done = run(world, days=41)
    assert [one.digest for one in done.ended] == [ONE]
    assert list(holds.read(world.store)) == []
    assert ONE in {one.digest for one in done.move}


def test_a_pin_that_cannot_be_read_holds(world):
    world.publish()
    holds.pin(world.store, ONE, now=soon(), until=soon(days=1))
    holds.path_of(world.store, holds.Hold(digest=ONE)).write_bytes(b"{")
    untag(world)
    run(world)
    assert there(world, ONE) == EVERYWHERE


@pytest.mark.parametrize("damage", ["tag", "signature", "index", "manifest", "name", "link"])
def test_nothing_is_collected_while_it_is_not_known_what_leads_where(world, damage):
    world.publish()
    world.publish(b"image two", world.config("1.1"))
    world.publish(b"other", world.config(name="other"))
    untag(world, "other")
    store = world.store
    tag = store.tag("tool", "1.0-1")
    record = json_of(world, "1.0-1")
    path = {"index": store.blob(record.index), "manifest": manifest_of(world, record)}.get(damage, tag)
    path.chmod(0o644)
    if damage == "signature":
        payload = Envelope.from_json(tag.read_bytes()).payload
        tag.write_bytes(world.stranger.sign(tags.PAYLOAD_TYPE, payload).to_json())
    elif damage == "name":
        (store.root / "tags" / "Odd Name").mkdir()
    elif damage == "link":
        tag.unlink()
        tag.symlink_to(store.tag("tool", "1.1-1"))
    else:
        path.write_bytes(b"{}")
    before = sorted(store.root.rglob("*"))
    with pytest.raises(Fault):
        run(world)
    assert sorted(store.root.rglob("*")) == before


def json_of(world, tag):
    return tags.read(world.store, "tool", tag, None)


def manifest_of(world, record):
    return world.store.blob(oci.read_index(world.store, record.index)["linux/amd64"]["digest"].removeprefix("sha256:"))


def test_temp_files_of_dead_publishers_are_swept(world):
    world.publish()
    (world.store.tmp / "ab12").write_bytes(b"x" * 10_000)
    (world.store.tmp / "planted").mkdir()
    (world.store.tmp / "planted" / "file").touch()
    (world.store.quarantine / "making-1234").mkdir()
    plan = collect.plan(world.store, world.trust, now=soon())
    assert sorted(path.name for path, _ in plan.temps) == ["ab12", "planted"]
    assert plan.frees >= 10_000
    run(world)
    assert [one.name for one in world.store.tmp.iterdir()] == ["lock"]
    assert list(world.store.quarantine.iterdir()) == []


def test_a_run_waits_for_a_publisher(world):
    world.publish()
    staged, (reading, writing) = world.store.tmp / "cd34", os.pipe()
    child = os.fork()           # before the lock is taken: a child inherits it
    if child == 0:
        os.read(reading, 1)
        run(world)
        os._exit(0)
    with world.store.locked():
        staged.touch()
        os.write(writing, b"x")
        for _ in range(20):
            assert os.waitpid(child, os.WNOHANG) == (0, 0)
            assert staged.exists()
            time.sleep(0.01)
    assert os.waitpid(child, 0)[1] == 0
    assert not staged.exists()
    os.close(reading)
    os.close(writing)


def test_what_is_published_again_while_the_tags_are_read_stays(world, monkeypatch):
    world.publish()
    untag(world)
    locked = type(world.store).locked

    def publish_first(store):
        monkeypatch.undo()
        time.sleep(0.01)
        world.later(hours=1).publish()
        return locked(store)

    monkeypatch.setattr(type(world.store), "locked", publish_first)
    assert run(world).move == ()
    assert there(world, ONE) == EVERYWHERE
    assert fsck.check(world.store, world.trust, now=world.now).errors == ()


def test_a_pin_that_is_set_while_the_tags_are_read_holds(world, monkeypatch):
    world.publish()
    untag(world)
    locked = type(world.store).locked

    def pin_first(store):
        monkeypatch.undo()
        holds.pin(store, ONE, now=soon())
        return locked(store)

    monkeypatch.setattr(type(world.store), "locked", pin_first)
    assert ONE not in {one.digest for one in run(world).move}
    assert there(world, ONE) == EVERYWHERE


def test_odd_names_are_left_alone(world):
    world.publish()
    odd = [world.store.root / "blobs/sha256/notes.txt", world.store.root / "certs/x", world.store.root / "images/a.squashfs"]
    for path in odd:
        path.touch()
    assert run(world).move == ()
    assert all(path.exists() for path in odd)


def test_links_in_garbage_are_moved_and_never_followed(world, tmp_path):
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("keep")
    (world.store.root / "certs" / TWO).symlink_to(precious)
    world.store.blob(TWO).symlink_to(precious / "file")
    done = run(world)
    assert {one.digest for one in done.move} == {TWO}
    run(world, days=60)
    assert (precious / "file").read_text() == "keep"
    assert list(world.store.quarantine.iterdir()) == []


def test_an_item_whose_record_was_changed_is_never_deleted(world):
    world.publish()
    untag(world)
    run(world)
    for item in quarantine.items(world.store):
        (item.path / "record.json").write_bytes(b"[]")
    assert run(world, days=100).delete == ()
    report = fsck.check(world.store, world.trust, now=world.now)
    assert fsck.Kind.QUARANTINE in {one.kind for one in report.errors}


def test_a_hard_link_elsewhere_frees_nothing(world):
    world.publish(b"x" * 200_000)
    os.link(world.store.blob(hashlib.sha256(b"x" * 200_000).hexdigest()), world.folder / "kept")
    untag(world)
    assert collect.plan(world.store, world.trust, now=soon(days=30)).moves < 200_000


def test_names_of_jobs_cannot_leave_their_folder(world):
    for holder in ("../x", "a/b", "", ".hidden", "a" * 101, "a\n"):
        with pytest.raises(Fault):
            holds.lease(world.store, ONE, holder or " ", now=soon(), until=soon(days=1))
    with pytest.raises(Fault):
        holds.pin(world.store, "../../etc", now=soon())


def test_everything_reached_is_what_the_tags_say(world):
    world.publish()
    led = reach.reach(world.store, world.trust, soon())
    assert led.images == {ONE}
    assert led.blobs == {path.name for path in (world.store.root / "blobs/sha256").iterdir()}
