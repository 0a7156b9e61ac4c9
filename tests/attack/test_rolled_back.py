"""Somebody puts an older store back: ``run`` and ``ship`` refuse it for those who saw the newer one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from builder import key
from builder.errors import Fault
from builder.progress import Progress
from builder.recipe import load
from certify import ship as shipping
from certify import site as sites
from certify.store import tags
from certify.verify import VerificationFailed
from tests.texts import BARE

RECIPE = BARE.replace('"1"', '"1.0"') + "tests: [{run: tool --version}]\n"
COMMAND = ("-c", "from certify.cli.main import entry; entry()")
USER = 20001


@pytest.fixture
def rolled(world, keys):
    """A store of today, what it was before its last publish, and a function that puts that back."""
    world = replace(world, now=datetime.now(UTC))
    world.publish(config=world.config(platform=key.platform()))
    shutil.copytree(world.store.root, world.folder / "before")
    world.publish(b"image two", world.config("1.1", platform=key.platform()))

    def back():
        shutil.rmtree(world.store.root)
        shutil.copytree(world.folder / "before", world.store.root)

    return world, back


def run(world, keys, *, home, user=None):
    """``certify run --plan``: all but the program itself."""
    trust = world.folder / "site.pub"
    shutil.copy(keys / "site.pub", trust)
    prefix = ("/usr/bin/setpriv", "--reuid", str(user), "--regid", str(user), "--clear-groups") if user else ()
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "CERTIFY_STORE": str(world.store.root), "CERTIFY_TRUST": str(trust)}
    return subprocess.run([*prefix, sys.executable, *COMMAND, "run", "tool", "--plan"], cwd="/", env=env, capture_output=True,
                          text=True)


def seen_file(home):
    return home / ".local/state/certify/seen.json"


def test_run_remembers_and_refuses_what_is_older(rolled, keys):
    world, back = rolled
    home = world.folder / "home"
    first = run(world, keys, home=home)
    assert "seen before" not in first.stderr        # these bytes are no squashfs: they are proven, and not shown
    assert '"tag tool:latest":2' in seen_file(home).read_text()
    back()
    refused = run(world, keys, home=home)
    assert refused.returncode == 125
    assert "tool:latest has number 1, seen before was 2: an older one was put back" in refused.stderr
    assert str(seen_file(home)) in refused.stderr
    assert "seen before" not in run(world, keys, home=world.folder / "other").stderr


def test_run_says_what_is_wrong_with_a_memory_that_is_broken(rolled, keys):
    world, _ = rolled
    home = world.folder / "home"
    seen_file(home).parent.mkdir(parents=True)
    seen_file(home).write_text("{")
    refused = run(world, keys, home=home)
    assert refused.returncode == 125
    assert f"{seen_file(home)}: not valid JSON" in refused.stderr


@pytest.mark.integration        # needs root, to be somebody else
@pytest.mark.parametrize("home", ["own", "closed", "missing"])
def test_an_ordinary_user_runs_with_any_home(rolled, keys, home):
    world, back = rolled
    folder = world.folder / home
    if home != "missing":
        folder.mkdir(mode=0o755)
    if home == "own":
        os.chown(folder, USER, USER)
    assert "Traceback" not in run(world, keys, home=folder, user=USER).stderr
    assert seen_file(folder).exists() == (home == "own")
    back()
    assert ("seen before was 2" in run(world, keys, home=folder, user=USER).stderr) == (home == "own")


def desk(world):
    return shipping.Desk(site=sites.load(), out=world.folder / "out", cache=world.folder / "cache", store=world.store,
                         trust=world.trust, signer=world.signer, seen=world.folder / "seen.json")


@pytest.mark.parametrize("memory", ["of a newer store", "broken"])
def test_ship_refuses_before_it_builds_anything(rolled, memory):
    world, back = rolled
    recipe = world.folder / "recipe.yaml"
    recipe.write_text(RECIPE)
    if memory == "broken":
        (world.folder / "seen.json").write_text("{")
    else:
        with shipping.Seen.load(world.store.root, world.folder / "seen.json") as seen:
            seen.accept("tag tool:1.0-1", 9, "tool:1.0-1")
        back()
    before = tags.read_all(world.store, "tool", world.trust)
    with pytest.raises(Fault) as caught:
        shipping.ship(recipe, *load(recipe), desk(world), Progress())
    if memory == "broken":
        assert "seen.json: not valid JSON" in caught.value.message
    else:
        assert isinstance(caught.value, VerificationFailed)
        assert "has number 1, seen before was 9: an older one was put back" in caught.value.message
    assert not (world.folder / "out").exists()
    assert tags.read_all(world.store, "tool", world.trust) == before
