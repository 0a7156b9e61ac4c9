"""What a recipe asks for becomes actions in a fixed order, on copies of its files."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from dataclasses import replace

import pytest

from builder import actions
from builder.recipe.model import File, Source, Step, Wheels


@pytest.fixture
def work(tmp_path):
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


def made(recipe, work, wheels=None, fetched=()):
    return actions.of(recipe, work, work / "base.tar", wheels, fetched)


def test_all_comes_in_its_order(recipe, work, tmp_path):
    archive = tmp_path / "archive"
    with tarfile.open(archive, "w") as tar:
        tar.addfile(tarfile.TarInfo("top/x"), io.BytesIO())
    sources = (Source(url="u", sha256="s", unpack="/src"), Source(url="u", sha256="s", to="/opt/x"))
    whole = replace(recipe, wheels=Wheels(requirements="r", venv="/opt/v"), sources=sources)
    found = made(whole, work, tmp_path / "wheels", [archive, archive])
    assert [(one.kind, one.stage, one.route) for one in found] == [
        ("unpack", "unpack base", ()),
        ("run", "install wheels", ("packages", "pip")), ("run", "install wheels", ("packages", "pip")),
        ("run", "sources", ("sources", 0)), ("copy", "sources", ("sources", 1)),
        ("copy", "files", ("files", 0)), ("run", "step: make", ("steps", 0))]


def test_a_step_runs_in_a_shell_that_stops_at_the_first_error(recipe, work):
    step = made(recipe, work)[-1]
    assert step.command == ("/bin/bash", "-e", "-o", "pipefail", "-c", "make")
    assert step.env == {"A": "1"}
    assert step.bind is None


@pytest.mark.parametrize(("text", "code"), [("true", 0), ("false; true", 1), ("false | true", 1), ("exit 7", 7)])
def test_the_shell_fails_where_any_part_does(text, code):
    assert subprocess.run(actions.shell(text)).returncode == code


@pytest.mark.parametrize("folder", ["src", "a b", "-x", "$(touch pwned)", "'; touch pwned; '"])
def test_an_archive_is_unpacked_below_its_folder_whatever_that_is_called(recipe, work, tmp_path, folder):
    archive = tmp_path / "archive.tar"
    with tarfile.open(archive, "w") as tar:
        tar.addfile(tarfile.TarInfo("top/x"), io.BytesIO())
    unpack = str(tmp_path / "image" / folder)
    one = made(replace(recipe, sources=(Source(url="u", sha256="s", unpack=unpack),)), work, fetched=[archive])[1]
    command = [word.replace("/certify/", f"{one.bind}/") for word in one.command]
    subprocess.run(command, check=True, cwd=tmp_path)
    assert os.listdir(unpack) == ["x"]  # noqa: PTH208
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize(("mode", "source", "result"), [
    (None, 0o644, 0o644), (None, 0o600, 0o644), (None, 0o755, 0o755), (None, 0o700, 0o755), (None, 0o4755, 0o755),
    ("0640", 0o755, 0o640), ("4755", 0o644, 0o4755)])
def test_the_mode_of_a_file_does_not_depend_on_a_checkout(recipe, work, mode, source, result):
    (recipe.folder / "one").write_text("x")
    (recipe.folder / "one").chmod(source)
    found = made(replace(recipe, files=(File(source="one", to="/one", mode=mode),)), work)[1]
    assert (found.to, found.mode) == ("/one", None)
    assert os.stat(found.source).st_mode & 0o7777 == result  # noqa: PTH116


def test_a_folder_is_copied_with_its_links_and_open_folders(recipe, work):
    data = recipe.folder / "data"
    (data / "inner").mkdir(mode=0o700)
    (data / "link").symlink_to("file")
    (data / "dangling").symlink_to("/nowhere")
    copy = work / "file-0"
    made(recipe, work)
    assert sorted(path.name for path in copy.iterdir()) == ["dangling", "file", "inner", "link"]
    assert (copy / "link").is_symlink()
    assert str((copy / "dangling").readlink()) == "/nowhere"
    assert (copy / "inner").stat().st_mode & 0o777 == 0o755


def test_what_was_copied_is_used_even_if_the_recipe_changes_meanwhile(recipe, work):
    copied = made(recipe, work)[1]
    (recipe.folder / "data/file").write_text("changed")
    assert (work / "file-0/file").read_text() == "content"
    assert copied.source == str(work / "file-0")


def test_without_anything_there_is_only_the_base(recipe, work):
    bare = replace(recipe, files=(), steps=(), sources=())
    assert [one.kind for one in made(bare, work)] == ["unpack"]


def test_steps_keep_their_order(recipe, work):
    steps = tuple(Step(name=name, run=name) for name in "bca")
    assert [one.stage for one in made(replace(recipe, steps=steps), work)[-3:]] == ["step: b", "step: c", "step: a"]
