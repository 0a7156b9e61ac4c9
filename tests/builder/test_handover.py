"""The folder where a build is handed over, what counts as up to date, and what a build tells."""

from __future__ import annotations

import errno
import json
import os
from dataclasses import replace

import pytest

from builder import digest, handover, key, pipeline
from builder.errors import Error, StepFailed
from builder.outside import Outside
from builder.progress import Progress, human_size
from builder.recipe import load
from builder.recipe.model import Access
from builder.record import FILE_NAME, Record


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def built(recipe, out, cache, tools):
    """An earlier build of the recipe, as far as the cache and its folder show it; gives the image and both records."""
    folder, records = pipeline.folder_of(recipe, out), cache / "records"
    for one in (folder, records):
        one.mkdir(parents=True, mode=0o700)
    cache.chmod(0o700)
    (folder / pipeline.IMAGE).write_bytes(b"image")
    made = Record(
        name=recipe.name, tag=recipe.tag, platform=key.platform(), key=key.of(recipe), recipe="", isolation="runc", size=5,
        digest=digest.of_file(folder / pipeline.IMAGE), tree="", tools={}, packages=[], wheels=[], sources=[], files=[],
        bases=[], notes=[], resolved={}, environment={}, inputs=key.inputs(recipe), started="", seconds={})
    made.write(folder)
    made.write(records, f"{made.key}.json")
    return folder / pipeline.IMAGE, folder / FILE_NAME, records / f"{made.key}.json"


def test_a_build_is_up_to_date_while_its_key_and_its_image_hold(recipe, out, cache, built):
    _, _, own = built
    assert pipeline.up_to_date(recipe, out, cache) == Record.read(own.parent, own.name)
    assert pipeline.up_to_date(replace(recipe, summary="Another"), out, cache) is not None


@pytest.mark.parametrize("change", [
    lambda image, beside, own: image.write_bytes(b"other"), lambda image, beside, own: image.unlink(),
    lambda image, beside, own: image.symlink_to(image.rename(image.with_name("same bytes"))),
    lambda image, beside, own: [image.unlink(), os.mkfifo(image)],
    lambda image, beside, own: own.write_text("{"), lambda image, beside, own: own.unlink(),
    lambda image, beside, own: own.parent.parent.chmod(0o777),
], ids=["other image", "no image", "link to the image", "fifo", "broken record", "no record", "open cache"])
def test_what_changed_is_built_again(recipe, out, cache, built, change):
    change(*built)
    assert pipeline.up_to_date(recipe, out, cache) is None


def test_a_record_that_came_with_the_repository_is_not_believed(recipe, out, cache, built):
    """A planted image with a build.json that fits it: of the right key, as anybody can compute it."""
    image, beside, own = built
    image.write_bytes(b"planted")
    replace(Record.read(beside.parent), digest=digest.of_file(image), size=7).write(beside.parent)
    assert pipeline.up_to_date(recipe, out, cache) is None
    own.unlink()
    assert pipeline.up_to_date(recipe, out, cache) is None


def test_a_record_beside_the_image_is_not_needed(recipe, out, cache, built):
    _, beside, _ = built
    beside.write_text("{")
    assert pipeline.up_to_date(recipe, out, cache) is not None
    beside.unlink()
    assert pipeline.up_to_date(recipe, out, cache) is not None


def test_a_changed_recipe_or_tool_is_built_again(recipe, out, cache, built, tools):
    assert pipeline.up_to_date(replace(recipe, env={"LANG": "D"}), out, cache) is None
    tools("tar", "2.0")
    assert pipeline.up_to_date(recipe, out, cache) is None


@pytest.mark.parametrize(("access", "mode"), [(Access(public=True), 0o755), (Access(users=(1,)), 0o700)])
def test_the_folder_of_a_private_image_is_closed(recipe, out, access, mode):
    folder = handover.prepare(pipeline.folder_of(recipe, out), out, public=access.public)
    assert folder == out / "tool" / "1.0-1"
    assert folder.stat().st_mode & 0o777 == mode
    assert handover.prepare(folder, out, public=not access.public).stat().st_mode & 0o777 == 0o755 + 0o700 - mode


def test_a_folder_that_cannot_be_made_is_an_error_with_a_way_out(recipe, out):
    out.parent.joinpath("file").write_text("a file")
    with pytest.raises(Error) as caught:
        handover.prepare(out.parent / "file/out/tool/1", out.parent / "file/out", public=True)
    assert caught.value.hint == "name another folder with --out"


LEVELS = ["out", "out/tool", "out/tool/1"]


@pytest.fixture
def refused(tmp_path, out):
    """Prepare a folder where something waits at one level: nothing is made and no mode is changed."""
    def attempt(level, plant):
        place, outside = tmp_path / level, tmp_path / "outside"
        place.parent.mkdir(parents=True, exist_ok=True)
        outside.mkdir(mode=0o750)
        plant(place, outside)
        before = place.lstat()
        with pytest.raises(Error, match="a link, or a folder that others own or may write") as caught:
            handover.prepare(tmp_path / "out/tool/1", out, public=True)
        assert str(place) in caught.value.message
        assert "--out" in caught.value.hint
        assert (place.lstat().st_mode, place.lstat().st_ino) == (before.st_mode, before.st_ino)
        assert (outside.stat().st_mode & 0o777, list(outside.iterdir())) == (0o750, [])
        assert place.is_symlink() or place.is_file() or list(place.iterdir()) == []
    return attempt


def open_folder(place, mode):
    place.mkdir()
    place.chmod(mode)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("plant", [
    lambda place, outside: place.symlink_to(outside), lambda place, outside: place.symlink_to("../outside", True),
    lambda place, outside: place.symlink_to(outside / "missing"), lambda place, outside: place.symlink_to(place),
    lambda place, outside: place.write_text("a file"), lambda place, outside: open_folder(place, 0o777),
    lambda place, outside: open_folder(place, 0o1777), lambda place, outside: open_folder(place, 0o702),
], ids=["link", "relative link", "link to nothing", "link to itself", "file", "writable", "sticky", "hidden but writable"])
def test_what_waits_at_a_folders_place_leads_nowhere(refused, level, plant):
    refused(level, plant)


@pytest.mark.integration
@pytest.mark.parametrize("level", LEVELS)
def test_a_folder_of_somebody_else_is_refused(refused, level):
    refused(level, lambda place, outside: [place.mkdir(), os.chown(place, 12345, 12345)])


@pytest.fixture
def folder(tmp_path):
    """A folder of the repository, and a file of the machine that nothing may touch."""
    (tmp_path / "folder").mkdir()
    victim = tmp_path / "victim"
    victim.write_text("here before")
    victim.chmod(0o640)
    yield tmp_path / "folder"
    assert (victim.read_text(), victim.stat().st_mode & 0o777, victim.is_symlink()) == ("here before", 0o640, False)


@pytest.fixture
def file(tmp_path, folder):
    """A finished file, to be moved."""
    (tmp_path / "finished").write_text("finished")
    return tmp_path / "finished"


PLANTS = {"nothing": lambda place, victim: None, "link": lambda place, victim: place.symlink_to(victim),
          "link to nothing": lambda place, victim: place.symlink_to(victim.with_name("missing")),
          "hard link": lambda place, victim: place.hardlink_to(victim), "old file": lambda place, victim: place.write_text("old"),
          "fifo": lambda place, victim: os.mkfifo(place)}


@pytest.mark.parametrize("plant", PLANTS.values(), ids=PLANTS)
def test_a_new_file_takes_the_place_of_what_was_there(folder, plant):
    plant(folder / "log", folder.with_name("victim"))
    with handover.new_file(folder, "log") as opened:
        opened.write("new \udcff\n")
    assert not (folder / "log").is_symlink()
    assert (folder / "log").read_text() == "new \\udcff\n"
    assert not folder.with_name("missing").exists()


def test_a_new_file_in_the_place_of_a_folder_is_an_error(folder):
    (folder / "log").mkdir()
    with pytest.raises(Error) as caught:
        handover.new_file(folder, "log")
    assert "--out" in caught.value.hint


@pytest.fixture(params=["one file system", "two"])
def file_systems(request, monkeypatch):
    """Whether a rename works, or the file has to be copied."""
    def rename(source, target):
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))

    if request.param == "two":
        monkeypatch.setattr(os, "rename", rename)


@pytest.mark.usefixtures("file_systems")
@pytest.mark.parametrize("place", [pipeline.IMAGE, f".{pipeline.IMAGE}.part"])
@pytest.mark.parametrize("plant", PLANTS.values(), ids=PLANTS)
def test_a_moved_file_takes_the_place_of_what_was_there(folder, file, plant, place):
    plant(folder / place, folder.with_name("victim"))
    handover.move(file, folder, pipeline.IMAGE)
    assert [(path.name, path.is_symlink()) for path in folder.iterdir()] == [(pipeline.IMAGE, False)]
    assert (folder / pipeline.IMAGE).read_text() == "finished"
    assert not file.exists()
    assert not folder.with_name("missing").exists()


@pytest.mark.usefixtures("file_systems")
@pytest.mark.parametrize("place", [pipeline.IMAGE, f".{pipeline.IMAGE}.part"])
def test_a_folder_in_the_place_of_a_moved_file_is_an_error_and_gets_nothing(folder, file, place):
    (folder / place).mkdir()
    (folder / place / "kept").touch()
    with pytest.raises(Error) as caught:
        handover.move(file, folder, pipeline.IMAGE)
    assert "--out" in caught.value.hint
    assert sorted(path.name for path in folder.rglob("*")) == sorted([place, "kept"])


def test_a_build_needs_root_and_says_so(recipe, out, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(Error, match="needs root"):
        pipeline.build(None, recipe, out=out, cache=out, progress=Progress())
    assert not out.exists()


@pytest.fixture
def told(recipe, tmp_path):
    """What a build makes of the lines that the part in the namespaces tells; gives it and its progress."""
    document = load(write_recipe(recipe.folder))[0]
    (tmp_path / "folder").mkdir()
    with handover.new_file(tmp_path / "folder", pipeline.LOG) as log:
        progress = Progress()
        yield pipeline._Run(document, recipe, tmp_path / "folder", tmp_path, log, progress, Outside(), None), progress


def write_recipe(folder):
    (folder / "recipe.yaml").write_text("schema: 1\nname: tool\nversion: '1'\nsummary: s\nlicense: MIT\naccess: public\n"
                                        "base: {debian: bookworm}\nsteps:\n"
                                        "  - {name: one, run: 'true'}\n  - {name: two, run: 'false'}\n")
    return folder


def tell(run, **event):
    run._event(json.dumps(event))


def test_what_is_told_becomes_stages_and_the_tail_is_that_of_the_last_one(told):
    run, progress = told
    tell(run, event="started", stage="step: one")
    tell(run, event="line", text="of the first")
    tell(run, event="done", stage="step: one", seconds=0.5)
    tell(run, event="started", stage="step: two")
    tell(run, event="line", text="of the second")
    tell(run, event="packed", tree="t")
    assert [(stage.name, stage.seconds) for stage in progress.stages] == [("step: one", 0.5)]
    assert (list(run.tail), run.tree) == (["of the second"], "t")


@pytest.mark.parametrize("line", ["no json", "[]", "null", "1", "{}", '{"event"', "[" * 100_000, '"event"'],
                         ids=lambda line: line[:10])
def test_what_is_no_event_is_only_a_line(told, line):
    run, progress = told
    run._event(line)
    assert (list(run.tail), run.failed, run.tree, progress.stages) == ([line], None, "", [])


@pytest.mark.parametrize(("stage", "name"),
                         [("step: two", "two"), ("build: step: two", "two"), ("step: one ... two", "one ... two")])
def test_a_failed_step_is_told_with_its_line_its_code_and_its_last_words(told, stage, name):
    run, _ = told
    for number in range(100):
        tell(run, event="line", text=str(number))
    tell(run, event="failed", chain="", stage=stage, route=["steps", 1], code=7)
    with pytest.raises(StepFailed) as caught:
        run._fail(run.failed)
    failed = caught.value
    assert (failed.name, failed.code, failed.where.rpartition("/")[2]) == (name, 7, "recipe.yaml:10")
    assert failed.tail.splitlines() == [str(number) for number in range(85, 100)]


@pytest.mark.parametrize("code", [1, 3])
def test_an_error_from_inside_keeps_its_words_and_its_exit_code(told, code):
    run, _ = told
    tell(run, event="error", message="what", hint="how", code=code)
    with pytest.raises(Error) as caught:
        run._fail(run.failed)
    assert (caught.value.message, caught.value.hint, caught.value.exit_code) == ("what", "how", code)


@pytest.mark.parametrize(("count", "said"), [
    (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (9_949, "9.9 kB"), (99_900, "100 kB"), (999_600, "1.0 MB"),
    (277_123_456, "277 MB"), (1.5e9, "1.5 GB"), (2e12, "2.0 TB")])
def test_sizes_are_told_in_decimal_units(count, said):
    assert human_size(count) == said


def test_a_stage_that_fails_is_not_told_as_done():
    progress = Progress()
    with pytest.raises(RuntimeError), progress.stage("a"):
        raise RuntimeError
    with progress.stage("b") as notes:
        notes.extend(["x", "y"])
    assert [(stage.name, stage.note) for stage in progress.stages] == [("b", "x, y")]
