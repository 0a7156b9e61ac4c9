"""kill -9 before every single call that changes a file: afterwards the old state or the new, and the next publish succeeds.

Between two such calls nothing on the disk changes, so no other moment leaves another state.
"""

from __future__ import annotations

import shutil
import time

import pytest
import scenarios
import stops
import whole
from calls import DESCRIPTORS, PATHS

pytestmark = pytest.mark.integration      # a process for every call, and seccomp needs root
SOON = ("first", "second")                # the others take minutes: make long


@pytest.fixture
def stage(fast_world, request):
    return whole.Stage(fast_world, request.param)


def chosen(*names):
    return [one for one in scenarios.TABLE if one.name in names]


def stopped_everywhere(stage):
    """Stop the step at each of its calls, and require that nothing was lost."""
    began, calls = time.monotonic(), len(stage.whole.calls)

    def stop(part, number):
        stage.at(part)
        stage.reset()
        outcome = stops.watched(stage.step, stage.world.store.root, lambda at, _: stops.KILL if at == number else None)
        return stage.faults() if outcome.killed else [f"it was not killed: {outcome.error}"]

    faults = stops.shared(range(1, calls + 1), stop)
    stops.COUNTS.append(f"{stage.scenario.name}: killed at each of {calls} calls, {time.monotonic() - began:.0f} s, "
                        f"{sum(map(bool, faults.values()))} left a fault")
    assert len(faults) == calls
    assert whole.told(faults) == ""


@pytest.mark.parametrize("stage", chosen(*SOON), ids=lambda one: one.name, indirect=True)
def test_stopped_at_every_call(stage):
    stopped_everywhere(stage)


@pytest.mark.long
@pytest.mark.parametrize("stage", [one for one in scenarios.TABLE if one.name not in SOON], ids=lambda one: one.name,
                         indirect=True)
def test_every_other_step_stopped_at_every_call(stage):
    stopped_everywhere(stage)


def test_the_harness_sees_what_is_done_to_files(fast_world):
    """Each kind of call that a publish makes is seen, with its path, also that of a child; and a killed one is never made."""
    folder = fast_world.folder / "x"
    folder.mkdir()

    def work():
        path = folder / "file"
        path.write_bytes(b"one")
        shutil.copyfile(path, folder / "copy")
        path.chmod(0o600)
        path.rename(folder / "moved")
        (folder / "link").symlink_to("moved")
        from builder import process
        process.run(("setfacl", "-m", "u:20001:r", str(folder / "moved")))
        (folder / "moved").unlink()

    seen = stops.watched(work, folder)
    assert seen.error is None
    names = [call.name for call in seen.calls]
    assert [name for name in names if name not in ("sendfile", "copy_file_range")] == [
        "openat", "write", "openat", "chmod", "rename", "symlink", "setxattr", "unlink"]
    assert {len(call.paths) for call in seen.calls if call.name == "rename"} == {2}
    assert set(names) <= PATHS.keys() | DESCRIPTORS.keys()
    for path in folder.iterdir():
        path.unlink()
    stopped = stops.watched(work, folder, lambda _, call: stops.KILL if call.name == "setxattr" else None)
    assert stopped.killed
    assert sorted(path.name for path in folder.iterdir()) == ["copy", "link", "moved"]
    refused = stops.watched(work, folder, lambda _, call: 28 if call.name == "symlink" else None)
    assert refused.error.errno == 28


@pytest.mark.parametrize("step", ["truncate", "tag first"])
def test_a_naive_publisher_is_caught(fast_world, step):
    """What the harness is for: writing in place, or naming before the bytes are there, leaves half an entry."""
    stage = whole.Stage(fast_world, chosen("second")[0])
    store = fast_world.store

    def naive():
        data = (stage.world.folder / "whole").read_bytes()
        store.tag("tool", "latest").write_bytes(data)

    stage.step()
    (stage.world.folder / "whole").write_bytes(store.tag("tool", "latest").read_bytes())
    stage.reset()
    if step == "tag first":
        data = (stage.world.folder / "whole").read_bytes()
        new = store.tmp / "x"
        new.write_bytes(data)
        new.replace(store.tag("tool", "latest"))
    else:
        stops.watched(naive, store.root, lambda at, _: stops.KILL if at == 2 else None)
    assert stage.faults() != []


def test_scenarios_have_names_of_their_own():
    names = [one.name for one in scenarios.TABLE]
    assert len(set(names)) == len(names)
    assert set(SOON) <= set(names)
