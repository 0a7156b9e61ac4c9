"""kill -9 at any moment: nothing stays, nothing half-made is believed, and the next build goes on where it stopped."""

from __future__ import annotations

import json
import os
import random
import signal
import tempfile
import time
from pathlib import Path

import pytest
from luck import REPOSITORY, Place, new_cache, stages, wait_for

MARK = "7654.5"     # a sleep of ours, among all processes
RECIPE = """\
packages: {apt: [python3-minimal]}
steps:
  - {name: one, run: "echo one > /opt/one; sleep 0.4"}
  - {name: two, run: "mkdir -p /opt/m; echo 'X = 1' > /opt/m/m.py; head -c 3000000 /dev/zero > /opt/two; sleep 0.4"}
  - {name: three, run: "(setsid sleep 7654.5 &); rm /opt/one; ln /opt/two /opt/three; sleep 0.4"}
"""
STAGES = ["resolve", "base", "bytecode", "step: one", "step: two", "step: three", "finish", "squashfs"]


@pytest.fixture(scope="module")
def place(make_certify):
    """A place whose cache has the base, and the digest of a build that nobody disturbed."""
    (REPOSITORY / "out").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=REPOSITORY / "out", prefix="resume-") as folder:
        made = Place(make_certify(), new_cache(Path(folder) / "cache"))
        made.recipe = made.certify.recipe("killed", RECIPE)
        made.digest = built(made)[0]
        yield made


def built(place):
    """The digest of the build that is made now, and its stages."""
    done = place("build", place.recipe, "--format", "json", check=0)
    [result] = json.loads(done.stdout)["results"]
    return result["digest"], stages(done)


def kill(process):
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=30)


@pytest.mark.parametrize("stage", [pytest.param(one, marks=[pytest.mark.long] * (one != "step: two")) for one in STAGES[2:]])
def test_the_next_build_goes_on_at_the_stage_that_was_killed(place, stage):
    place.forget()
    process = place.start("build", place.recipe)
    wait_for(place.out("killed") / "build.log", f"^==> {stage}$")
    time.sleep(random.uniform(0, 0.15))
    kill(process)
    assert place.left() == []
    kept = len(place.layers()) - 1      # but for the base
    assert not (place.out("killed") / "build.json").exists()
    digest, done = built(place)
    assert digest == place.digest
    assert [one for one in done if one in STAGES[2:7]] == STAGES[2:7][kept:]
    assert place.clean() == []


@pytest.mark.long
def test_killed_at_any_moment_again_and_again_it_ends_well(place):
    place.forget()
    chance = random.Random(8)
    for _ in range(14):
        process = place.start("build", place.recipe)
        time.sleep(chance.uniform(0.2, 5.5))
        kill(process)
        assert place.left() == []
    assert built(place)[0] == place.digest
    assert place.clean() == []


@pytest.mark.long
@pytest.mark.parametrize("seconds", [0.5, 4, 8])
def test_killed_while_the_base_is_made(place, make_certify, seconds):
    with tempfile.TemporaryDirectory(dir=REPOSITORY / "out", prefix="resume-") as folder:
        other = Place(place.certify, new_cache(Path(folder) / "cache"))
        other.recipe = place.recipe
        other.forget()
        process = other.start("build", other.recipe)
        while not list((other.cache / "work").glob("*/stage-1/base")) and process.poll() is None:
            time.sleep(0.05)
        time.sleep(seconds)
        kill(process)
        assert other.left() == []
        assert other.layers() == set()
        assert built(other)[0] == place.digest
        assert other.clean() == []


@pytest.mark.long
def test_a_half_made_image_is_never_taken_for_one(place):
    """Killed while it is handed over: what lies there is the whole image, or the build is made again."""
    for wait in (0.0, 0.01, 0.03, 0.06):
        place.forget()
        process = place.start("build", place.recipe)
        image = place.out("killed") / "image.squashfs"
        wait_for(place.out("killed") / "build.log", "^==> squashfs$")
        while not list(image.parent.glob("*squashfs*")) and process.poll() is None:
            time.sleep(0.001)
        time.sleep(wait)
        kill(process)
        assert place.left() == []
        digest, done = built(place)
        assert digest == place.digest
        assert not set(done) & set(STAGES[2:7])


def test_two_builds_of_one_recipe_at_once_wait_for_each_other(place):
    place.forget()
    both = [place.start("build", place.recipe, "--format", "json") for _ in range(2)]
    said = [one.communicate(timeout=120) for one in both]
    assert [one.returncode for one in both] == [0, 0], said
    assert {json.loads(out)["results"][0]["digest"] for out, _ in said} == {place.digest}
    assert place.clean() == []
    assert place.left() == []


@pytest.mark.long
def test_two_recipes_at_once_share_their_layers(place):
    place.forget()
    other = place.certify.recipe("beside", RECIPE + "  - {name: four, run: echo four}\n")
    both = [place.start("build", recipe, "--format", "json") for recipe in (place.recipe, other)]
    said = [one.communicate(timeout=120) for one in both]
    assert [one.returncode for one in both] == [0, 0], said
    assert json.loads(said[0][0])["results"][0]["digest"] == place.digest
    assert place.clean() == []
    assert built(place)[0] == place.digest
    assert place.left() == []


@pytest.mark.long
def test_one_that_waits_goes_on_when_the_other_is_killed(place):
    place.forget()
    first = place.start("build", place.recipe)
    log = place.out("killed") / "build.log"
    wait_for(log, "^==> step: two$")
    second, third = (place.start("build", place.recipe, "--format", "json") for _ in range(2))
    time.sleep(1.5)
    assert second.poll() is None
    kill(first)
    for one in (second, third):
        out, error = one.communicate(timeout=120)
        assert one.returncode == 0, error
        assert json.loads(out)["results"][0]["digest"] == place.digest
    assert place.left() == []
    assert place.clean() == []
