"""The cache keeps to its limits: what was not used for longest goes, never while a build is at work, never half."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder import process, pruning, used, workspace
from builder.apt import Apt, Package
from builder.bases.blobs import Blobs, sha256
from builder.errors import UsageError
from builder.layers import Layers
from builder.pruning import FOLDERS, LAYERS, Limits
from builder.recipe.model import ArchiveBase

MIB = 1 << 20
ALL = Limits(layers=1 << 40, downloads=1 << 40)
NOTHING = Limits(layers=0, downloads=0)
DOWNLOADS = [kind for kind in FOLDERS if kind != "records"]


@pytest.fixture
def cache(tmp_path):
    return workspace.prepare(tmp_path / "cache")


@pytest.fixture
def have(cache):
    """Put something of a kind into the cache that was last used so many days ago; gives its place."""
    def make(kind, name, *, size=1, days=0, folder=False):
        place = cache / FOLDERS[kind] / named(kind, name)
        place.parent.mkdir(parents=True, exist_ok=True)
        file = place
        if folder:
            place.mkdir()
            file = place / "inner"
        file.write_bytes(os.urandom(int(size * MIB)))
        moment = time.time() - days * 86_400
        os.utime(place, (moment, moment if folder else 1))
        return place
    return make


def named(kind, name):
    """A name as things of a kind have it: mostly a digest, here one that can be read."""
    return f"{name}.json" if kind == "records" else name.encode().hex().ljust(64, "0")


def names(going):
    """What goes, by kind, under the names that ``have`` was given."""
    plain = {kind: [one.key.removesuffix(".json") for one in things] for kind, things in going.items() if things}
    return {kind: [key if kind in ("records", LAYERS) else bytes.fromhex(key).rstrip(b"\0").decode() for key in keys]
            for kind, keys in plain.items()}


def test_below_the_limits_nothing_goes_however_old_it_is(cache, have):
    for kind in FOLDERS:
        have(kind, "old", days=10_000)
    assert names(pruning.prune(cache, ALL)) == {}
    assert all(len(things) == 1 for kind, things in pruning.contents(cache).items() if kind != LAYERS)


def test_what_was_fetched_shares_a_limit_and_the_oldest_of_all_kinds_goes_first(cache, have):
    places = [have(kind, f"thing-{kind}", days=days, folder=kind == "wheels") for days, kind in enumerate(DOWNLOADS)]
    going = pruning.prune(cache, Limits(layers=0, downloads=5 * MIB // 2))
    assert {kind: [f"thing-{kind}"] for kind in DOWNLOADS[2:]} == names(going)
    assert [place.exists() for place in places] == [True, True, *[False] * (len(places) - 2)]


def test_the_plan_is_what_is_then_done_and_changes_nothing(cache, have):
    for days in range(4):
        have("debs", f"deb-{days}", days=days)
        have("wheels", f"wheel-{days}", days=days, folder=True)
    limits = Limits(layers=0, downloads=4 * MIB)
    before = pruning.contents(cache)
    planned = pruning.plan(cache, limits)
    assert pruning.contents(cache) == before
    assert pruning.prune(cache, limits) == planned
    assert names(pruning.plan(cache, limits)) == {}


def test_records_have_a_limit_of_their_own(cache, have, monkeypatch):
    monkeypatch.setattr(pruning, "_RECORDS_LIMIT", MIB)
    have("records", "new")
    old = have("records", "old", days=3)
    assert names(pruning.prune(cache, ALL)) == {"records": ["old"]}
    assert not old.exists()


def test_what_was_used_lately_stays(cache, have):
    have("debs", "new", days=1)
    have("debs", "old", days=5)
    assert names(pruning.prune(cache, NOTHING, keep=3 * 86_400)) == {"debs": ["old"]}


def test_layers_go_by_their_own_limit(cache, have, tmp_path):
    for name in ("a", "b"):
        tree = tmp_path / name
        tree.mkdir()
        (tree / "data").write_bytes(os.urandom(MIB))
        Layers(cache / "layers").keep(name * 64, tree)
    have("debs", "deb", days=100)
    assert names(pruning.prune(cache, Limits(layers=0, downloads=1 << 40))) == {LAYERS: ["a" * 64, "b" * 64]}
    assert names(pruning.contents(cache)) == {"debs": ["deb"]}


@pytest.mark.parametrize("kind", FOLDERS)
def test_use_keeps_a_thing_and_its_own_time_stays(cache, have, kind):
    thing = have(kind, "thing", days=100)
    used.touch(thing)
    assert time.time() - used.when(thing.lstat()) < 60
    assert thing.stat().st_mtime == 1
    used.touch(thing.with_name("not there"))


def test_to_look_at_the_cache_is_no_use(cache, have):
    for kind in ("debs", "wheels"):
        have(kind, "thing", days=100, folder=kind == "wheels")
    before = {kind: pruning.contents(cache)[kind][0].used for kind in ("debs", "wheels")}
    subprocess.run(["ls", "-R", str(cache)], check=True, stdout=subprocess.DEVNULL)
    assert {kind: pruning.contents(cache)[kind][0].used for kind in before} == before


def test_nothing_goes_while_a_build_uses_the_cache_and_nobody_waits(cache, have):
    thing = have("debs", "deb", days=100)
    with Layers(cache / "layers").shared():
        assert pruning.prune(cache, NOTHING) is None
    assert thing.exists()
    assert pruning.prune(cache, NOTHING) is not None
    assert not thing.exists()


def test_no_build_begins_while_somebody_prunes(cache, monkeypatch):
    """What it would find there might be gone when it needs it."""
    def busy(*given):
        said = subprocess.run(["flock", "--shared", "--nonblock", cache / "layers/.lock", "true"], check=False)
        held.append(said.returncode)
        return real(*given)

    held, real = [], pruning.plan
    monkeypatch.setattr(pruning, "plan", busy)
    pruning.prune(cache, NOTHING)
    assert held == [1]


def test_links_are_neither_followed_nor_spared(cache, have, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text("x")
    (cache / "wheels" / ("e" * 64)).symlink_to(outside)
    (cache / "wheels/.01234567").symlink_to(outside)
    thing = have("wheels", "thing", days=1, folder=True)
    (thing / "link").symlink_to(outside)
    pruning.prune(cache, NOTHING)
    assert (outside / "file").read_text() == "x"
    assert not thing.exists()
    assert list((cache / "wheels").iterdir()) == []


def test_a_folder_that_is_a_link_is_left_alone(cache, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / ("e" * 64)).write_text("x")
    (cache / "debs").rmdir()
    (cache / "debs").symlink_to(tmp_path / "elsewhere")
    assert names(pruning.prune(cache, NOTHING)) == {}
    assert len(list((tmp_path / "elsewhere").iterdir())) == 1


@pytest.mark.parametrize("path", [
    "listings/ls.json", "work/0123", "locks/x", "sources/main.c", "sources/.git/config", "images/photo.jpg",
    "records/.hidden.json", "debs/tool.deb", f"debs/{'E' * 64}", f"debs/{'e' * 65}", "records/notes", "wheels/.keep",
    "rpms/x", "sources/package.json"])
def test_what_is_not_named_as_ours_is_left_alone(cache, path):
    """Somebody may have set CERTIFY_CACHE to a folder of his own."""
    place = cache / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("x")
    pruning.prune(cache, NOTHING)
    assert place.exists()


def test_what_a_killed_build_left_half_made_is_swept(cache):
    (cache / "images/blobs/sha256").mkdir(parents=True)
    blobs, record = Blobs(cache / "images"), cache / "records/.x.json.01234567.part"
    blobs._part().write_text("half")
    record.write_text("half")
    (cache / "wheels" / f".{'e' * 64}.01234567").mkdir()
    (cache / "wheels" / f".{'e' * 64}.01234567/file").write_text("half")
    assert pruning.contents(cache)["images"] == pruning.contents(cache)["wheels"] == ()
    pruning.prune(cache, ALL)
    assert not any(list((cache / name).iterdir()) for name in ("images/blobs/sha256", "wheels", "records"))


KILLED = """
import os, signal, sys
from pathlib import Path
from builder import process, pruning
left = int(sys.argv[2])
def counted(real):
    def do(*given, **more):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*given, **more)
    return do
os.rename, Path.unlink, process.run = counted(os.rename), counted(Path.unlink), counted(process.run)
pruning.prune(Path(sys.argv[1]), pruning.Limits(layers=0, downloads=0))
"""


def test_whoever_is_killed_while_pruning_leaves_only_whole_things(cache, have):
    """After each of its operations; the next one finishes the work."""
    killed = 0
    for left in range(12):
        for number in range(2):
            place = cache / "wheels" / named("wheels", f"wheels-{number}")
            if not place.exists():
                place.mkdir()
                for name in ("one", "two"):
                    (place / name).write_text("whole")
        have("debs", "deb")
        done = subprocess.run([sys.executable, "-c", KILLED, cache, str(left)], check=False, env={
            **process.CLEAN, "PYTHONPATH": str(Path(pruning.__file__).parents[1]), "PYTHONDONTWRITEBYTECODE": "1"})
        killed += done.returncode == -9
        for thing in (cache / "wheels").glob("[!.]*"):
            assert sorted(path.name for path in thing.iterdir()) == ["one", "two"]
    assert 3 < killed < 12
    assert names(pruning.contents(cache)) == {}


@given(st.lists(st.tuples(st.sampled_from(["debs", "sources", "images"]), st.integers(0, 3), st.integers(0, 9)), max_size=8),
       st.integers(0, 12), st.integers(0, 9))
def test_the_rest_is_below_the_limit_or_young_and_nothing_older_stays_than_what_went(given_things, limit, keep):
    there = [(days, kind, pruning.Kept(f"{kind}-{number}", size, -days))
             for number, (kind, size, days) in enumerate(given_things)]
    gone = [one for _, one in pruning._over([(one.used, kind, one) for _, kind, one in there], limit, -keep)]
    rest = [one for _, _, one in there if one not in gone]
    assert sum(one.size for one in rest) <= limit or all(one.used > -keep for one in rest)
    assert all(old.used <= new.used for old in gone for new in rest)
    if gone:
        assert sum(one.size for one in (*rest, gone[-1])) > limit


@pytest.mark.parametrize("name", ["CERTIFY_CACHE_LIMIT", "CERTIFY_CACHE_DOWNLOADS"])
def test_limits_come_from_the_environment(name):
    assert Limits.of({}) == Limits(layers=60_000_000_000, downloads=40_000_000_000)
    assert 1_500_000_000 in (Limits.of({name: "1.5"}).layers, Limits.of({name: "1.5"}).downloads)
    with pytest.raises(UsageError, match=name):
        Limits.of({name: "a lot"})


def test_packages_and_blobs_that_are_used_again_are_noted(cache, tmp_path):
    package = Package(name="a", architecture="all", version="1", sha256="0" * 64, file="a.deb")
    (cache / "debs" / package.sha256).write_text("deb")
    data = b"{}"
    blobs = Blobs(cache / "images")
    with contextlib.suppress(FileNotFoundError):
        blobs.path(sha256(data)).parent.mkdir(parents=True)
    blobs.keep_document(sha256(data), data, "here")
    for path in (cache / "debs" / package.sha256, blobs.path(sha256(data))):
        os.utime(path, (1, 1))
    Apt(tmp_path / "apt", ArchiveBase(suite="bookworm")).download([package], cache / "debs")
    assert blobs.document(sha256(data)) == data
    found = pruning.contents(cache)
    assert [time.time() - found[kind][0].used < 60 for kind in ("debs", "images")] == [True, True]
