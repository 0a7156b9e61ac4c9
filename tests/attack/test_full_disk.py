"""A disk that is full, or broken, at any moment of a publish: a clear error, nothing half-made believed, nothing lost."""

from __future__ import annotations

import errno
import hashlib

import pytest
import scenarios
import stops
import whole
from calls import FILLS, SYNCS

from builder import process
from builder.errors import Error, Fault, UsageError
from certify.store import Store, fsck

pytestmark = pytest.mark.integration      # a process for every call, seccomp and mounts need root
SOON = ("second",)
EVERY = 5           # make long takes all calls
STEP = 3 * 4096     # bytes: a page is what each small file takes


def chosen(*, soon):
    return [one for one in scenarios.TABLE if (one.name in SOON) == soon]


@pytest.fixture
def stage(fast_world, request):
    return whole.Stage(fast_world, request.param)


def refused_everywhere(stage, names, error, *, every, for_good):
    """Refuse each call of these names with an errno, and from then on all of them if ``for_good``; what is wrong afterwards."""
    numbers = [number for number, call in enumerate(stage.whole.calls, 1) if call.name in names]

    def refuse(part, number):
        stage.at(part)
        stage.reset()
        outcome = stops.watched(stage.step, stage.world.store.root, lambda at, call: error if call.name in names and (
            at == number or (for_good and at > number)) else None)
        raised, found = outcome.error, []
        if not isinstance(raised, Error) or isinstance(raised, (Fault, UsageError)):
            found.append(f"{stage.whole.calls[number - 1].name}: no error of the machine's, but {raised!r}")
        elif not raised.hint:
            found.append(f"{stage.whole.calls[number - 1].name}: without a hint: {raised}")
        return found + stage.faults()

    faults = stops.shared(numbers[::every], refuse)
    stops.COUNTS.append(f"{stage.scenario.name}: {errno.errorcode[error]} at each of {len(faults)} calls"
                        f"{' and all after it' if for_good else ''}, {sum(map(bool, faults.values()))} left a fault")
    assert faults
    assert whole.told(faults) == ""


@pytest.mark.parametrize("stage", chosen(soon=True), ids=lambda one: one.name, indirect=True)
def test_a_full_disk(stage):
    refused_everywhere(stage, FILLS, errno.ENOSPC, every=EVERY, for_good=True)


@pytest.mark.parametrize("stage", chosen(soon=True), ids=lambda one: one.name, indirect=True)
def test_what_the_disk_does_not_keep_is_never_believed(stage):
    refused_everywhere(stage, SYNCS, errno.EIO, every=EVERY, for_good=False)


@pytest.mark.long
@pytest.mark.parametrize("for_good", [True, False], ids=["for good", "once"])
@pytest.mark.parametrize("stage", scenarios.TABLE, ids=lambda one: one.name, indirect=True)
def test_a_full_disk_at_every_call_of_every_step(stage, for_good):
    refused_everywhere(stage, FILLS, errno.ENOSPC, every=1, for_good=for_good)


@pytest.mark.long
@pytest.mark.parametrize("stage", scenarios.TABLE, ids=lambda one: one.name, indirect=True)
def test_a_broken_disk_at_every_sync_of_every_step(stage):
    refused_everywhere(stage, SYNCS, errno.EIO, every=1, for_good=False)


@pytest.fixture
def small(fast_world):
    """A file system of its own for the store, whose size can be set."""
    folder = fast_world.folder / "disk"
    folder.mkdir()
    process.run(("mount", "-t", "tmpfs", "-o", "size=2m,mode=755", "none", str(folder)))
    fast_world.store = Store.create(folder / "store")

    def resize(size):
        process.run(("mount", "-o", f"remount,size={size}", str(folder)))
    yield resize
    process.run(("umount", str(folder)))


def test_a_disk_that_really_is_full(fast_world, small):
    """From no room at all to enough of it, in steps."""
    world = fast_world
    config, content = world.config("1.1"), bytes(range(256)) * 100
    envelopes = world.envelopes(config, hashlib.sha256(content).hexdigest())
    world.publish()
    used = sum(one.stat().st_blocks * 512 for one in {one.stat().st_ino: one for one in world.store.root.rglob("*")}.values())
    failed = 0
    for size in range(used, used + (1 << 18), STEP):
        small(size)
        try:
            world.publish(content, config, envelopes=envelopes)
            break
        except Error as error:
            assert not isinstance(error, Fault), error
            assert error.hint
            failed += 1
        view = whole.seen(world, world.now)
        assert view["bytes of tool:1.0"] == hashlib.sha256(b"image one").hexdigest()
        assert view.get("bytes of tool:1.1-1") in (None, hashlib.sha256(content).hexdigest())
    stops.COUNTS.append(f"a tmpfs that grows: {failed} publishes failed, then one went through")
    assert failed > 3
    small(1 << 22)
    world.publish(content, config, envelopes=envelopes)
    assert fsck.check(world.store, world.trust, now=world.now, deep=True).problems == ()
    assert [one.name for one in world.store.tmp.iterdir()] == ["lock"]
