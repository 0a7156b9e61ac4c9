"""Locks as text and as data: what is written is read again, a stranger's text is refused, and what changed is said."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builder import lock, lockfile, lockreader
from builder.apt import Package
from builder.errors import Error, Fault
from builder.lock import ImageLock, Inputs, Lock, StageLock
from builder.recipe.model import ArchiveBase, ImageBase, RecipeBase, Source, Stage, TreeBase, Wheels

SHA = "a" * 64
HEX = st.binary(min_size=32, max_size=32).map(bytes.hex)
WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff\u2028\u2029"
                              + "".join(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))), max_size=30)
SHORT = st.text("abcdefghij0123456789", min_size=1, max_size=8)


def package(name="gcc", version="4:12.2.0-3", architecture="amd64", sha256=SHA):
    file = lockreader.file_of(name=name, version=version, architecture=architecture)
    return Package(name=name, version=version, architecture=architecture, sha256=sha256, file=file)


PACKAGES = st.builds(package, name=SHORT, version=st.from_regex(r"\A[0-9][A-Za-z0-9.+:~-]{0,20}\Z"),
                     architecture=st.sampled_from(("amd64", "all")), sha256=HEX)
TEXTS = st.lists(WORDS, max_size=3).map(tuple)
INPUTS = st.builds(Inputs, base=WORDS, apt=TEXTS, dnf=TEXTS, pip=WORDS)


def ordered(elements, key):
    return st.lists(elements, max_size=4, unique_by=key).map(lambda found: tuple(sorted(found)))


STAGES = st.builds(
    StageLock, name=SHORT | st.just(""), inputs=INPUTS, base=WORDS, note=WORDS,
    packages=ordered(PACKAGES, lambda one: (one.name, one.architecture)), sources=ordered(st.tuples(WORDS, HEX), None),
    wheels=ordered(st.tuples(SHORT.map("{}-1-py3-none-any.whl".format), HEX), lambda one: one[0]))
IMAGES = st.builds(lambda stages: ImageLock(stages=tuple(stages)), st.lists(STAGES, max_size=3, unique_by=lambda one: one.name))
LOCKS = st.builds(lambda images: Lock(images=images), st.dictionaries(
    st.builds("{}:{} linux/amd64".format, SHORT, SHORT), IMAGES, max_size=3))


@settings(max_examples=100, deadline=None)
@given(LOCKS)
def test_what_is_written_is_read_again_and_written_alike(made):
    again = Lock(images=lockreader.parse(made.to_json(), Path("recipe.lock")))
    assert again == made
    assert again.to_json() == made.to_json()


def small(**fields):
    inputs = Inputs(base="debian bookworm", apt=("gcc", "python3"))
    stage = StageLock(name="", inputs=inputs, packages=(package(), package("a", "1")), **fields)
    return Lock(images={"tool:1.0 linux/amd64": ImageLock(stages=(stage,))})


@pytest.fixture(autouse=True)
def platform(monkeypatch):
    monkeypatch.setattr(lock, "here", lambda: "linux/amd64")


def test_a_package_takes_one_line_and_they_are_sorted():
    lines = [line.strip().rstrip(",") for line in small().to_json().splitlines() if '"sha256"' in line]
    assert [json.loads(line)["name"] for line in lines] == ["a", "gcc"]


def test_a_lock_takes_the_place_of_the_old_one_and_leaves_nothing_beside_it(tmp_path):
    for made in (Lock(), small()):
        made.write(tmp_path)
        assert Lock.read(tmp_path).to_json() == made.to_json()
    assert [path.name for path in tmp_path.iterdir()] == ["recipe.lock"]


def test_where_there_is_no_lock_there_is_none(tmp_path):
    assert Lock.read(tmp_path) is None


def as_data():
    return json.loads(small(wheels=(("x-1-py3-none-any.whl", SHA),), sources=(("http://x/y", SHA),)).to_json())


def changed(change):
    data = as_data()
    change(data, data["images"]["tool:1.0 linux/amd64"][0])
    return json.dumps(data)


KEYS = st.sampled_from(("schema", "images", "stage", "packages", "x:1 linux/amd64"))
HOSTILE = {
    "empty": "", "no JSON": "{", "a list": "[]", "a number": "7", "null": "null", "deep": "[" * 200_000, "NaN": '{"schema": NaN}',
    "a float": changed(lambda top, stage: top.update(schema=1.0)),
    "true for one": changed(lambda top, stage: top.update(schema=True)),
    "a long number": '{"schema": ' + "9" * 10_000 + "}", "a later schema": changed(lambda top, stage: top.update(schema=2)),
    "a key twice": '{"schema": 1, "schema": 1, "images": {}}', "more keys": changed(lambda top, stage: top.update(more=1)),
    "images as a list": '{"schema": 1, "images": []}', "stages as a mapping": '{"schema": 1, "images": {"a:1 linux/amd64": {}}}',
    "a strange image": changed(lambda top, stage: top.update(images={"../x": []})),
    "a stage twice": changed(lambda top, stage: top.update(images={"a:1 linux/amd64": [stage, stage]})),
    "a stage without packages": changed(lambda top, stage: stage.pop("packages")),
    "a package twice": changed(lambda top, stage: stage["packages"].append(stage["packages"][0])),
    "a package with a file": changed(lambda top, stage: stage["packages"][0].update(file="../../etc/passwd")),
    "a name as a path": changed(lambda top, stage: stage["packages"][0].update(name="../x")),
    "a name as an option": changed(lambda top, stage: stage["packages"][0].update(name="-o=x")),
    "a version as a path": changed(lambda top, stage: stage["packages"][0].update(version="1/../2")),
    "a version with a blank": changed(lambda top, stage: stage["packages"][0].update(version="1 2")),
    "a version with a line": changed(lambda top, stage: stage["packages"][0].update(version="1\n")),
    "a version as a number": changed(lambda top, stage: stage["packages"][0].update(version=1)),
    "a short hash": changed(lambda top, stage: stage["packages"][0].update(sha256="a")),
    "a hash in capitals": changed(lambda top, stage: stage["packages"][0].update(sha256="A" * 64)),
    "a wheel as a path": changed(lambda top, stage: stage["wheels"][0].update(file="../x.whl")),
    "a wheel as a source": changed(lambda top, stage: stage["wheels"][0].update(file="x.tar.gz")),
    "a wheel twice": changed(lambda top, stage: stage["wheels"].append(stage["wheels"][0])),
    "words as a text": changed(lambda top, stage: stage["inputs"].update(apt="gcc")),
    "words that steer a terminal": changed(lambda top, stage: stage["inputs"].update(apt=["\x1b[2J"])),
    "half a character": changed(lambda top, stage: stage.update(note="\ud800")),
    "a long text": changed(lambda top, stage: stage.update(note="x" * 5000)),
    "too many words": changed(lambda top, stage: stage["inputs"].update(apt=["x"] * 3000)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_no_lock_says_is_refused(tmp_path, name):
    (tmp_path / "recipe.lock").write_text(HOSTILE[name])
    with pytest.raises(Fault, match=r"recipe\.lock: cannot be used as a lock: .") as caught:
        Lock.read(tmp_path)
    assert "certify lock" in caught.value.hint
    assert len(caught.value.message) < 400 + len(str(tmp_path))


def test_a_lock_as_it_is_written_is_not_refused(tmp_path):
    (tmp_path / "recipe.lock").write_text(changed(lambda top, stage: None))
    assert Lock.read(tmp_path) is not None


@settings(max_examples=150, deadline=None)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3)))
def test_a_text_is_a_lock_or_a_fault_and_nothing_else(value):
    with suppress(Fault):
        lockreader.parse(json.dumps(value), Path("recipe.lock"))


def test_bytes_that_are_no_text_and_files_without_end_are_refused(tmp_path):
    path = tmp_path / "recipe.lock"
    path.write_bytes(b'{"schema": "\xff"}')
    with pytest.raises(Fault, match="not UTF-8"):
        Lock.read(tmp_path)
    with path.open("wb") as file:
        file.truncate(lockfile.MAX_BYTES + 1)
    with pytest.raises(Fault, match="larger than 16 MiB"):
        Lock.read(tmp_path)


def test_neither_links_nor_pipes_nor_folders_are_read(tmp_path):
    path = tmp_path / "recipe.lock"
    (tmp_path / "other").write_text(small().to_json())
    path.symlink_to("other")
    with pytest.raises(Fault, match="a link is not followed"):
        Lock.read(tmp_path)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(Fault, match="not a file"):
        Lock.read(tmp_path)
    path.unlink()
    path.mkdir()
    with pytest.raises(Fault, match="cannot be used as a lock"):
        Lock.read(tmp_path)


@pytest.mark.parametrize("target", ["other", "nowhere"])
def test_a_lock_is_not_written_through_a_link(tmp_path, target):
    (tmp_path / "other").write_text("mine")
    (tmp_path / "recipe.lock").symlink_to(target)
    with pytest.raises(Fault, match="not a plain file"):
        small().write(tmp_path)
    assert (tmp_path / "other").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "recipe.lock"]


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(Error, match=r"recipe\.lock: No such file"):
        small().write(tmp_path / "nowhere")


def locked(*recipes):
    """A lock as it would be made, without asking anybody."""
    images = {}
    for recipe in recipes:
        stages = [StageLock(name=stage.name, inputs=lock.inputs(recipe, stage), sources=lock.sources(stage))
                  for stage in recipe.all_stages]
        images[lock.key(recipe)] = ImageLock(stages=tuple(stages))
    return Lock(images=images)


@pytest.fixture
def rich(recipe):
    (recipe.folder / "r.txt").write_text("x")
    build = Stage(name="build", route=("stages", "build"), base=ArchiveBase(suite="bookworm"), apt=("make",))
    return replace(recipe, wheels=Wheels(requirements="r.txt", venv="/opt/v"), stages=(build,),
                   sources=(Source(url="http://x/a", sha256=SHA, to="/a"),))


def test_a_lock_fits_the_recipe_it_was_made_of_and_one_that_says_the_same(rich):
    made = locked(rich)
    other = replace(rich, revision=2, summary="other", steps=(), env={}, apt=tuple(reversed(rich.apt)))
    assert lock.unfit(rich, made) == lock.unfit(other, made) == []


def test_another_mirror_is_the_same_archive(recipe):
    assert lock.unfit(replace(recipe, base=ArchiveBase(suite="bookworm", mirror="http://m/debian")), locked(recipe)) == []


@pytest.mark.parametrize(("fields", "words"), [
    ({"apt": ("python3", "gcc", "make")}, ["packages.apt: + make"]),
    ({"apt": ("python3", "g++")}, ["packages.apt: + g++, - gcc"]),
    ({"dnf": ("gcc",)}, ["packages.dnf: + gcc"]),
    ({"base": ArchiveBase(suite="trixie")}, ["base: debian bookworm -> debian trixie"]),
    ({"base": ArchiveBase(suite="bookworm", snapshot="20260101T000000Z")},
     ["base: debian bookworm -> debian bookworm of 20260101T000000Z"]),
    ({"base": ArchiveBase(suite="noble", distribution="ubuntu")}, ["base: debian bookworm -> ubuntu noble"]),
    ({"base": ImageBase(reference=f"r.org/x@sha256:{SHA}")}, [f"base: debian bookworm -> image r.org/x@sha256:{SHA}"]),
    ({"base": TreeBase(tree="t.tar")}, ["base: debian bookworm -> tree t.tar"]),
    ({"base": RecipeBase(recipe="other:1-1")}, ["base: debian bookworm -> recipe other:1-1"]),
    ({"wheels": None}, ["packages.pip: the requirements file has changed"]),
    ({"sources": ()}, [f"sources: - http://x/a sha256:{SHA}"]),
    ({"sources": (Source(url="http://x/a", sha256="b" * 64, to="/a"),)},
     [f"sources: + http://x/a sha256:{'b' * 64}, - http://x/a sha256:{SHA}"]),
    ({"stages": ()}, ["stages: - build"]),
    ({"stages": (Stage(name="build", route=(), base=ArchiveBase(suite="trixie"), apt=("make",)),)},
     ["stages.build.base: debian bookworm -> debian trixie"]),
    ({"name": "other", "apt": ()}, ["packages.apt: - gcc, - python3"]),
])
def test_what_has_changed_is_said_in_words(rich, fields, words):
    assert lock.unfit(replace(rich, **fields), locked(rich)) == words


def test_a_stage_that_came_later_is_named(rich, recipe):
    assert lock.unfit(rich, locked(replace(rich, stages=()))) == ["stages: + build"]


def test_a_changed_requirements_file_does_not_fit(rich):
    made = locked(rich)
    (rich.folder / "r.txt").write_text("y")
    assert lock.unfit(rich, made) == ["packages.pip: the requirements file has changed"]


def test_a_new_version_that_asks_for_the_same_needs_no_new_lock(rich):
    assert lock.unfit(replace(rich, version="2.0"), locked(rich)) == []


def test_variants_are_told_apart_by_their_version(rich):
    one, two = replace(rich, version="1-a"), replace(rich, version="1-b", apt=("gcc",))
    made = locked(one, two)
    assert made.of(two).stage("").inputs.apt == ("gcc",)
    assert lock.unfit(replace(two, version="1-c"), made) == []
    assert lock.unfit(replace(two, version="1-c", apt=("make",)), made) == ["tool:1-c linux/amd64 is not in it"]


def test_another_machine_needs_a_lock_of_its_own(rich, monkeypatch):
    made = locked(rich)
    monkeypatch.setattr(lock, "here", lambda: "linux/arm64")
    assert lock.unfit(rich, made) == ["tool:1.0 linux/arm64 is not in it"]
    assert lock.unfit(rich, made, "linux/amd64") == []


def test_a_build_without_a_lock_goes_on_and_with_a_wrong_one_it_does_not(rich):
    assert lock.fitting(rich) is None
    made = locked(rich)
    made.write(rich.folder)
    assert lock.fitting(rich) == made.of(rich)
    with pytest.raises(Fault, match=r"recipe\.lock: the lock does not fit the recipe any more\npackages.apt: \+ make") as caught:
        lock.fitting(replace(rich, apt=(*rich.apt, "make")))
    assert f"certify lock {rich.folder}" in caught.value.hint


def test_what_is_not_locked_is_none_and_not_nothing():
    free = StageLock(name="", inputs=Inputs(base="tree x"), note="not locked")
    full = StageLock(name="build", inputs=Inputs(base="debian bookworm"), packages=(package(),))
    image = ImageLock(stages=(full, free))
    assert (image.packages_for(""), image.wheels_for("")) == (None, None)
    assert (image.packages_for("build"), image.wheels_for("build")) == ((package(),), ())
