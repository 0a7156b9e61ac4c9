"""A power cut at any moment: what was not synced may be gone, and what is left must be the old state or the new."""

from __future__ import annotations

import shutil

import crash
import pytest
import scenarios
import stops
import whole

pytestmark = pytest.mark.integration      # seccomp needs root

SOON = ("second",)


@pytest.fixture
def stage(fast_world, request):
    return whole.Stage(fast_world, request.param)


def states(stage, folder):
    """Every different state that a power cut may leave, written into a folder, by number; the last ones after the step's end."""
    stage.reset()
    disk = crash.Disk(stage.world.store.root)
    disk.start()
    found, ended = {}, set()

    def look(into):
        if not disk.root.exists():
            return
        for state in disk.left():
            key = disk.write(state, None)
            if key not in found:
                found[key] = folder / str(len(found))
                disk.write(state, found[key])
            into.add(found[key].name)

    def seen(call):
        disk.seen(call)
        look(set())

    assert stops.watched(stage.step, stage.world.store.root, seen=seen).error is None
    disk.settle()
    look(ended)
    return len(found), {int(name) for name in ended}


def cut_everywhere(stage):
    folder = stage.world.folder / "states"
    folder.mkdir()
    count, ended = states(stage, folder)

    def cut(part, number):
        stage.at(part)
        shutil.rmtree(stage.world.store.root, ignore_errors=True)
        stops.copy_tree(folder / str(number), stage.world.store.root)
        lost = [] if number not in ended else [f"told as done, but gone: {key}" for key, one in whole.seen(
            stage.world, stage.now).items() if one != stage.new.get(key)]
        return lost + stage.faults()

    faults = stops.shared(range(count), cut)
    stops.COUNTS.append(f"{stage.scenario.name}: {count} states that a power cut may leave, "
                        f"{sum(map(bool, faults.values()))} with a fault")
    assert count > 1
    assert whole.told(faults) == ""


@pytest.mark.parametrize("stage", [one for one in scenarios.TABLE if one.name in SOON], ids=lambda one: one.name, indirect=True)
def test_a_power_cut(stage):
    cut_everywhere(stage)


@pytest.mark.long
@pytest.mark.parametrize("stage", [one for one in scenarios.TABLE if one.name not in SOON], ids=lambda one: one.name,
                         indirect=True)
def test_a_power_cut_in_every_other_step(stage):
    cut_everywhere(stage)


@pytest.mark.parametrize("forgotten", ["file", "folder"])
def test_what_is_not_synced_is_lost_in_the_model(fast_world, forgotten):
    """The model must be able to fail: a name without its bytes, and bytes without their name."""
    root = fast_world.folder / "disk"
    (root / "tmp").mkdir(parents=True)

    def work():
        path = root / "tmp" / "x"
        with path.open("wb") as file:
            file.write(b"data")
            file.flush()
            if forgotten != "file":
                crash.os.fsync(file.fileno())
        path.rename(root / "named")
        if forgotten != "folder":
            fd = crash.os.open(root, crash.os.O_RDONLY)
            crash.os.fsync(fd)

    disk = crash.Disk(root)
    disk.start()
    assert stops.watched(work, root, seen=disk.seen).error is None
    disk.settle()
    left = set()
    for number, state in enumerate(disk.left()):
        disk.write(state, fast_world.folder / str(number))
        named = fast_world.folder / str(number) / "named"
        left.add(named.read_bytes() if named.exists() else None)
    assert left == ({b"", b"data"} if forgotten == "file" else {None, b"data"})
