"""How a lock is made: what fits stays, what is missing is asked for, and what moved is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from builder import lock, lockfile, locking, lockreader, wheels
from builder.apt import Package
from builder.errors import Fault
from builder.lock import ImageLock, Inputs, Lock, StageLock
from builder.recipe.model import ArchiveBase, ImageBase, Source, Stage, Wheels

SHA = "a" * 64


def package(name, version, sha256=SHA):
    file = lockreader.file_of(name=name, version=version, architecture="amd64")
    return Package(name=name, version=version, architecture="amd64", sha256=sha256, file=file)


@pytest.fixture
def archive(monkeypatch):
    """An archive that has one version of everything; what it was asked is noted."""

    class Fake:
        asked: list = []            # noqa: RUF012
        version = "1"

        def __init__(self, folder, base, outside):
            self.base = base

        def resolve(self, wanted, *, keep=()):
            Fake.asked.append((self.base.suite, tuple(wanted), tuple(one.exact for one in keep)))
            kept = {one.name: one for one in keep}
            return [kept.get(name) or package(name, Fake.version) for name in ("libc6", *wanted)]

    Fake.asked = []
    Fake.version = "1"
    monkeypatch.setattr(locking, "Apt", Fake)
    monkeypatch.setattr(lock, "here", lambda: "linux/amd64")
    return Fake


@pytest.fixture
def make(archive, tmp_path):
    return lambda *recipes, **given: locking.make(recipes, cache=tmp_path / "cache", **given)


def versions(made, recipe, stage=""):
    return {one.name: one.version for one in made.of(recipe).packages_for(stage)}


def test_a_lock_says_what_the_archive_has(make, recipe, archive):
    made = make(recipe)
    assert versions(made, recipe) == {"libc6": "1", "python3": "1", "gcc": "1"}
    assert lock.unfit(recipe, made) == []
    assert list(made.images) == ["tool:1.0 linux/amd64"]


def test_what_fits_is_not_asked_for_again(make, recipe, archive):
    made = make(recipe)
    archive.asked.clear()
    assert make(replace(recipe, revision=2), old=made) == made
    assert archive.asked == []


def test_only_what_is_missing_is_added_and_the_rest_keeps_its_version(make, recipe, archive):
    made, archive.version = make(recipe), "2"
    more = replace(recipe, apt=(*recipe.apt, "make"))
    assert versions(make(more, old=made), more) == {"libc6": "1", "python3": "1", "gcc": "1", "make": "2"}


def test_another_suite_keeps_nothing(make, recipe, archive):
    made, archive.version = make(recipe), "2"
    other = replace(recipe, base=ArchiveBase(suite="trixie"))
    assert set(versions(make(other, old=made), other).values()) == {"2"}


def test_an_upgrade_asks_for_everything_and_tells_what_moved(make, recipe, archive):
    made, archive.version = make(recipe), "2"
    new = make(recipe, old=made, upgrade=True)
    assert [(one.kind, one.name, one.old, one.new) for one in locking.changes(made, new)] == [
        ("package", "gcc", "1", "2"), ("package", "libc6", "1", "2"), ("package", "python3", "1", "2")]
    assert locking.changes(new, make(recipe, old=new, upgrade=True)) == []


def test_the_same_version_with_other_bytes_is_told_by_its_hash():
    def one(sha256):
        stage = StageLock(name="s", inputs=Inputs(base="debian bookworm"), packages=(package("a", "1", sha256),))
        return Lock(images={"x:1 linux/amd64": ImageLock(stages=(stage,))})

    change, = locking.changes(one(SHA), one("b" * 64))
    assert (change.stage, change.old, change.new) == ("s", "1 sha256:aaaaaaaaaaaa", "1 sha256:bbbbbbbbbbbb")


def test_without_an_old_lock_everything_is_new(make, recipe, archive):
    assert {one.old for one in locking.changes(None, make(recipe))} == {""}


def test_each_stage_has_its_own_and_equal_ones_are_asked_for_once(make, recipe, archive):
    build = Stage(name="build", route=(), base=recipe.base, apt=recipe.apt)
    old = Stage(name="old", route=(), base=ArchiveBase(suite="trixie"), apt=("make",))
    more = replace(recipe, stages=(build, old))
    assert [stage.name for stage in make(more).of(more).stages] == ["build", "old", ""]
    assert archive.asked == [("bookworm", recipe.apt, ()), ("trixie", ("make",), ())]


def test_variants_stand_beside_each_other(make, recipe, archive):
    one, two = replace(recipe, version="1-a"), replace(recipe, version="1-b", apt=("make",))
    assert list(make(one, two).images) == ["tool:1-a linux/amd64", "tool:1-b linux/amd64"]
    with pytest.raises(Fault, match="two variants are tool:1-a"):
        make(one, replace(two, version="1-a", revision=2))


def test_what_was_locked_for_other_machines_stays_and_what_is_no_more_goes(make, recipe, archive, monkeypatch):
    made = make(recipe, replace(recipe, version="0.9"))
    monkeypatch.setattr(lock, "here", lambda: "linux/arm64")
    both = make(recipe, old=made)
    assert sorted(both.images) == ["tool:1.0 linux/amd64", "tool:1.0 linux/arm64"]


def test_a_base_that_is_an_image_is_locked_by_its_digest_and_what_comes_upon_it_is_not(make, recipe, archive):
    base = ImageBase(reference=f"r.org/x@sha256:{SHA}")
    stage = make(replace(recipe, base=base)).of(replace(recipe, base=base)).stage("")
    assert (stage.base, stage.packages, archive.asked) == (f"sha256:{SHA}", (), [])
    assert "not locked" in stage.note
    bare = replace(recipe, base=base, apt=())
    assert make(bare).of(bare).stage("").note == ""


def test_sources_and_wheels_are_locked_by_their_hashes(make, recipe, archive, monkeypatch, tmp_path):
    monkeypatch.setattr(wheels, "target", lambda packages: None)
    monkeypatch.setattr(wheels, "fetch", lambda *given, **more: tmp_path)
    (tmp_path / "x-1.0-py3-none-any.whl").write_text("x")
    (tmp_path / wheels._PIP_FILE).write_text("pip")
    (recipe.folder / "r.txt").write_text("x==1.0")
    full = replace(recipe, apt=(), wheels=Wheels(requirements="r.txt", venv="/v"),
                   sources=(Source(url="http://x", sha256=SHA, to="/x"),))
    made = make(full)
    assert [file for file, _ in made.of(full).wheels_for("")] == ["x-1.0-py3-none-any.whl"]
    assert made.of(full).stage("").sources == (("http://x", SHA),)
    assert archive.asked == [("bookworm", ("python3",), ())]       # wheels need it
    assert [(one.kind, one.name, one.new) for one in locking.changes(Lock(), made)][-2:] == [
        ("source", "http://x", "sha256:aaaaaaaaaaaa"), ("wheel", "x", "1.0")]


def test_a_made_lock_can_be_written_and_read(make, recipe, archive, tmp_path):
    made = make(recipe)
    made.write(tmp_path)
    assert Lock.read(tmp_path).to_json() == made.to_json() == (tmp_path / lockfile.FILE_NAME).read_text()
