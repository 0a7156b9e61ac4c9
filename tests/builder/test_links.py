"""What a stage asks for becomes layers in a fixed order: their keys follow from what goes in, on copies of its files."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder import links, script, wheels
from builder.recipe.model import ArchiveBase, Copy, File, Source, Stage, Step, Wheels

IMAGE = Stage(name="", route=(), base=ArchiveBase(suite="bookworm"))


@pytest.fixture
def work(tmp_path):
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "archive.tar"
    with tarfile.open(path, "w") as tar:
        tar.addfile(tarfile.TarInfo("top/x"), io.BytesIO())
    return path


def steps(*texts):
    return replace(IMAGE, steps=tuple(Step(name=text, run=text) for text in texts))


def only(found):
    made = list(found)
    assert len(made) == 1, made
    return made[0]


def test_what_is_not_asked_for_is_no_layer(work):
    found = [*links.of_wheels(IMAGE, [], work), *links.of_sources(IMAGE, work, pytest.fail), *links.of_files(IMAGE, work, work),
             *links.of_copies(IMAGE, pytest.fail), *links.of_steps(IMAGE)]
    assert found == []
    assert list(work.iterdir()) == []


def test_each_kind_is_a_layer_whose_actions_lead_to_their_places_in_the_recipe(recipe, work, archive):
    whole = replace(IMAGE, wheels=Wheels(requirements="r", venv="/opt/v"), files=recipe.files, steps=recipe.steps,
                    sources=(Source(url="u", sha256="s", unpack="/src"), Source(url="u", sha256="s", to="/opt/x")),
                    copies=(Copy(stage="build", path="/a", to="/b"),))
    found = [*links.of_wheels(whole, [], work), *links.of_sources(whole, work, lambda source: archive),
             *links.of_files(whole, recipe.folder, work), *links.of_copies(whole, lambda copy: (copy.stage, "k")),
             *links.of_steps(whole)]
    told = [(link.label, link.bytecode, [(one.kind, one.route) for one in link.ready()]) for link in found]
    assert told == [
        ("install wheels", "changed", [("run", ("packages", "pip")), ("run", ("packages", "pip"))]),
        ("sources", "changed", [("run", ("sources", 0)), ("copy", ("sources", 1))]),
        ("files", "changed", [("copy", ("files", 0))]), ("copy", "changed", [("take", ("copy", 0))]),
        ("step: make", "changed", [("run", ("steps", 0))])]


def test_in_a_stage_every_route_begins_with_the_stages(recipe, work, archive):
    stage = replace(IMAGE, name="build", route=("stages", "build"), wheels=Wheels(requirements="r", venv="/opt/v"),
                    files=recipe.files,
                    sources=(Source(url="u", sha256="s", to="/x"),), copies=(Copy(stage="a", path="/a", to="/b"),),
                    steps=recipe.steps)
    found = [*links.of_wheels(stage, [], work), *links.of_sources(stage, work, lambda source: archive),
             *links.of_files(stage, recipe.folder, work), *links.of_copies(stage, lambda copy: ("a", "k")),
             *links.of_steps(stage)]
    routes = {action.route[:2] for link in found for action in link.ready()}
    assert routes == {("stages", "build")}


def test_wheels_are_installed_by_commands_that_see_only_their_folder(work):
    stage = replace(IMAGE, wheels=Wheels(requirements="r", venv="/opt/v"))
    made = only(links.of_wheels(stage, ["pinned"], work / "wheels"))
    assert [(one.command, one.bind) for one in made.ready()] == [
        (command, str(work / "wheels")) for command in wheels.install("/opt/v", "/certify")]
    assert only(links.of_wheels(stage, ["others"], work / "wheels")).inputs != made.inputs
    assert only(links.of_wheels(stage, ["pinned"], work / "elsewhere")).inputs == made.inputs
    moved = replace(stage, wheels=Wheels(requirements="r", venv="/opt/w"))
    assert only(links.of_wheels(moved, ["pinned"], work / "wheels")).inputs != made.inputs


def test_a_step_runs_in_a_shell_that_stops_at_the_first_error(recipe):
    step = only(only(links.of_steps(recipe.image)).ready())
    assert step.command == ("/bin/bash", "-e", "-o", "pipefail", "-c", "make")
    assert step.env == {"A": "1"}
    assert step.bind is None


@pytest.mark.parametrize(("text", "code"), [("true", 0), ("false; true", 1), ("false | true", 1), ("exit 7", 7)])
def test_the_shell_fails_where_any_part_does(text, code):
    assert subprocess.run(script.shell(text)).returncode == code


@pytest.mark.parametrize("folder", ["src", "a b", "-x", "$(touch pwned)", "'; touch pwned; '"])
def test_an_archive_is_unpacked_below_its_folder_whatever_that_is_called(work, tmp_path, archive, folder):
    unpack = str(tmp_path / "image" / folder)
    stage = replace(IMAGE, sources=(Source(url="u", sha256="s", unpack=unpack),))
    one = only(only(links.of_sources(stage, work, lambda source: archive)).ready())
    command = [word.replace("/certify/", f"{one.bind}/") for word in one.command]
    subprocess.run(command, check=True, cwd=tmp_path)
    assert os.listdir(unpack) == ["x"]  # noqa: PTH208
    assert not (tmp_path / "pwned").exists()


def test_a_source_is_fetched_only_where_its_layer_is_missing(work, archive):
    fetched = []
    stage = replace(IMAGE, sources=(Source(url="u", sha256="s", to="/x"), Source(url="v", sha256="t", to="/y")))
    made = only(links.of_sources(stage, work, lambda source: fetched.append(source.url) or archive))
    assert fetched == []
    assert [(one.source, one.to, one.mode) for one in made.ready()] == [(str(archive), "/x", "0644"),
                                                                        (str(archive), "/y", "0644")]
    assert fetched == ["u", "v"]


SOURCE = Source(url="https://a.org/x", sha256="s", unpack="/a")


@pytest.mark.parametrize(("fields", "same"), [
    ({"url": "https://b.org/x"}, True), ({"sha256": "t"}, False), ({"unpack": "/b"}, False),
    ({"unpack": None, "to": "/a"}, False)])
def test_a_source_is_known_by_its_bytes_and_its_place(work, fields, same):
    made = [only(links.of_sources(replace(IMAGE, sources=(one,)), work, pytest.fail)).inputs
            for one in (SOURCE, replace(SOURCE, **fields))]
    assert (made[0] == made[1]) is same


@pytest.mark.parametrize(("mode", "source", "result"), [
    (None, 0o644, 0o644), (None, 0o600, 0o644), (None, 0o755, 0o755), (None, 0o700, 0o755), (None, 0o4755, 0o755),
    ("0640", 0o755, 0o640), ("4755", 0o644, 0o4755)])
def test_the_mode_of_a_file_does_not_depend_on_a_checkout(recipe, work, mode, source, result):
    (recipe.folder / "one").write_text("x")
    (recipe.folder / "one").chmod(source)
    stage = replace(IMAGE, files=(File(source="one", to="/one", mode=mode),))
    found = only(only(links.of_files(stage, recipe.folder, work)).ready())
    assert (found.to, found.mode) == ("/one", None)
    assert os.stat(found.source).st_mode & 0o7777 == result  # noqa: PTH116


def test_a_folder_is_copied_with_its_links_and_open_folders(recipe, work):
    data = recipe.folder / "data"
    (data / "inner").mkdir(mode=0o700)
    (data / "link").symlink_to("file")
    (data / "dangling").symlink_to("/nowhere")
    copied = only(only(links.of_files(recipe.image, recipe.folder, work)).ready())
    copy = work / "files/0"
    assert copied.source == str(copy)
    assert sorted(path.name for path in copy.iterdir()) == ["dangling", "file", "inner", "link"]
    assert (copy / "link").is_symlink()
    assert str((copy / "dangling").readlink()) == "/nowhere"
    assert (copy / "inner").stat().st_mode & 0o777 == 0o755


@pytest.fixture
def files_key(recipe, tmp_path):
    """The inputs of the layer of files, as they are now."""
    count = iter(range(100))

    def key(**fields):
        work = tmp_path / f"work-{next(count)}"
        return only(links.of_files(replace(recipe.image, **fields), recipe.folder, work)).inputs

    return key


@pytest.mark.parametrize("change", [
    lambda data: (data / "file").write_text("Content"), lambda data: (data / "file").chmod(0o755),
    lambda data: (data / "file").rename(data / "renamed"), lambda data: (data / "empty").mkdir(),
    lambda data: (data / "link").symlink_to("file"),
], ids=["content", "executable", "name", "empty folder", "link"])
def test_another_file_is_another_layer(recipe, files_key, change):
    before = files_key()
    assert files_key() == before
    change(recipe.folder / "data")
    assert files_key() != before


@pytest.mark.parametrize("fields", [{"to": "/opt/other"}, {"mode": "0600"}], ids=str)
def test_another_place_or_mode_of_a_file_is_another_layer(recipe, files_key, fields):
    assert files_key(files=(replace(recipe.files[0], **fields),)) != files_key()


def test_modes_that_a_checkouts_umask_makes_leave_the_layer(recipe, files_key):
    before = files_key()
    (recipe.folder / "data/file").chmod(0o600)
    assert files_key() == before


def test_what_was_copied_is_used_even_if_the_recipe_changes_meanwhile(recipe, work):
    made = only(links.of_files(recipe.image, recipe.folder, work))
    (recipe.folder / "data/file").write_text("changed")
    assert (work / "files/0/file").read_text() == "content"
    assert [one.source for one in made.ready()] == [str(work / "files/0")]


def test_two_stages_with_files_do_not_meet(recipe, work):
    for name in ("", "build"):
        assert list(links.of_files(replace(recipe.image, name=name), recipe.folder, work))
    assert sorted(path.name for path in work.iterdir()) == ["files", "files-build"]


COPY = Copy(stage="build", path="/opt/x", to="/opt/y")


def test_a_copy_is_taken_from_its_stages_chain():
    made = only(links.of_copies(replace(IMAGE, copies=(COPY,)), lambda copy: (f"parent/{copy.stage}", "key")))
    one = only(made.ready())
    assert (one.kind, one.chain, one.source, one.to) == ("take", "parent/build", "/opt/x", "/opt/y")


@pytest.mark.parametrize(("copy", "key", "same"), [
    (COPY, "key", True), (COPY, "other", False), (replace(COPY, path="/opt"), "key", False),
    (replace(COPY, to="/opt"), "key", False),
    (replace(COPY, stage="same tree under another name"), "key", True)])
def test_a_copy_is_known_by_the_tree_it_is_from_and_both_places(copy, key, same):
    before = only(links.of_copies(replace(IMAGE, copies=(COPY,)), lambda copy: (copy.stage, "key")))
    now = only(links.of_copies(replace(IMAGE, copies=(copy,)), lambda copy: (copy.stage, key)))
    assert (before.inputs == now.inputs) is same


def test_steps_keep_their_order():
    assert [link.label for link in links.of_steps(steps("b", "c", "a"))] == ["step: b", "step: c", "step: a"]


@pytest.mark.parametrize(("fields", "same"),
                         [({"name": "other"}, True), ({"run": "make all"}, False), ({"env": {"A": "2"}}, False),
                                              ({"env": {}}, False), ({"env": {"A": "1", "B": ""}}, False)], ids=str)
def test_a_step_is_known_by_its_text_and_its_variables_not_by_its_name(fields, same):
    step = Step(name="make", run="make", env={"A": "1"})
    made = [only(links.of_steps(replace(IMAGE, steps=(one,)))).inputs for one in (step, replace(step, **fields))]
    assert (made[0] == made[1]) is same


@given(st.integers(0, 700))
def test_no_number_of_steps_makes_too_many_layers_and_none_is_lost(count):
    found = list(links.of_steps(steps(*(str(number) for number in range(count)))))
    assert len(found) == count if count <= 60 else 30 < len(found) <= 60
    actions = [action for link in found for action in link.ready()]
    assert [action.route for action in actions] == [("steps", number) for number in range(count)]
    assert [action.command[-1] for action in actions] == [str(number) for number in range(count)]


def test_steps_that_share_a_layer_are_told_by_the_first_and_the_last():
    found = [link.label for link in links.of_steps(steps(*(f"s{number}" for number in range(61))))]
    assert found[:2] == ["step: s0 ... s1", "step: s2 ... s3"]
    assert found[-1] == "step: s60"
