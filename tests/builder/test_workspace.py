"""The folders of builds: gone after them, whatever happens, and safe from each other."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys

import pytest

from builder import disk, workspace
from builder.errors import Error, UsageError

DEEP = 3000     # far beyond Python's recursion and, as a path, beyond what the kernel takes at once


@pytest.fixture
def cache(tmp_path):
    return workspace.prepare(tmp_path / "cache")


def left(cache):
    return sorted(path.name for path in (cache / "work").iterdir())


def test_a_cache_is_closed_to_others(cache):
    names = {"work", "locks", "layers", "debs", "images", "sources", "wheels", "records"}
    assert {path.name for path in cache.iterdir()} == names
    assert {path.stat().st_mode & 0o777 for path in [cache, *cache.iterdir()]} == {0o700}


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702, 0o1777])
def test_a_cache_that_others_may_write_is_refused(tmp_path, mode):
    tmp_path.chmod(mode)
    with pytest.raises(Error, match="owned or writable by others"):
        workspace.prepare(tmp_path)


@pytest.mark.integration
def test_a_cache_of_somebody_else_is_refused(tmp_path):
    tmp_path.chmod(0o700)
    os.chown(tmp_path, 12345, 12345)
    with pytest.raises(Error, match="owned or writable by others"):
        workspace.prepare(tmp_path)


def test_a_cache_that_is_a_file_is_an_error_with_a_hint(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(Error) as caught:
        workspace.prepare(tmp_path / "file")
    assert "CERTIFY_CACHE" in caught.value.hint


@pytest.mark.parametrize(("env", "found"), [
    ({"CERTIFY_CACHE": "/c"}, "/c"), ({"CERTIFY_CACHE": "/c", "XDG_CACHE_HOME": "/x"}, "/c"),
    ({"XDG_CACHE_HOME": "/x"}, "/x/certify")])
def test_the_cache_of_an_ordinary_user_is_their_own(env, found, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert str(workspace.default_cache(env)) == found


def test_the_cache_of_root_is_the_systems(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert str(workspace.default_cache({"XDG_CACHE_HOME": "/x"})) == "/var/cache/certify"


def test_a_build_has_a_folder_of_its_own_and_it_is_gone_afterwards(cache):
    with workspace.workspace(cache) as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "file").touch()
    assert left(cache) == []


def test_the_folder_is_gone_after_an_exception_too(cache):
    with contextlib.suppress(RuntimeError), workspace.workspace(cache) as folder:
        (folder / "file").touch()
        raise RuntimeError
    assert left(cache) == []


def test_what_a_dead_build_left_is_swept(cache):
    (cache / "work/dead").mkdir()
    (cache / "work/dead/file").touch()
    (cache / "work/dead.lock").touch()
    assert workspace.sweep(cache) == 1
    assert left(cache) == []


def test_a_build_that_lives_is_left_alone_until_it_dies(cache):
    (cache / "work/alive").mkdir()
    text = "import fcntl, sys; lock = open(sys.argv[1], 'w'); fcntl.flock(lock, 2); print('held', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", text, str(cache / "work/alive.lock")], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as holder:
        holder.stdout.readline()
        assert workspace.sweep(cache) == 0
        assert left(cache) == ["alive", "alive.lock"]
        holder.kill()
    assert workspace.sweep(cache) == 1
    assert left(cache) == []


def test_a_new_build_sweeps_and_two_builds_do_not_meet(cache):
    (cache / "work/dead.lock").touch()
    with workspace.workspace(cache) as one, workspace.workspace(cache) as two:
        assert left(cache) == sorted([one.name, two.name, f"{one.name}.lock", f"{two.name}.lock"])
    assert left(cache) == []


def test_folders_nested_beyond_every_limit_are_removed(cache, nest):
    with workspace.workspace(cache) as folder:
        nest(folder, DEEP)
    assert left(cache) == []


def test_removing_follows_no_link(cache, tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/file").touch()
    with workspace.workspace(cache) as folder:
        (folder / "link").symlink_to(tmp_path / "outside")
    assert (tmp_path / "outside/file").exists()


HOLDER = """
import sys
from pathlib import Path
from builder import disk, workspace
with workspace.alone(Path(sys.argv[1]), sys.argv[2], lambda: print("waiting", flush=True)):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(cache):
    """Start a process that makes the image of a name alone; gives it when it has said its first word."""
    started = []

    def start(name):
        made = subprocess.Popen([sys.executable, "-c", HOLDER, str(cache), name], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                text=True)
        started.append(made)
        return made, made.stdout.readline().strip()

    yield start
    for one in started:
        one.kill()
        one.wait()
        one.stdin.close()
        one.stdout.close()


def test_two_builds_of_one_image_come_one_after_the_other(holder):
    (first, said), (second, asked) = holder("tool:1-1"), holder("tool:1-1")
    assert (said, asked) == ("held", "waiting")
    first.stdin.close()
    assert second.stdout.readline() == "held\n"


def test_a_killed_build_lets_the_next_one_in(holder):
    (first, _), (second, asked) = holder("tool:1-1"), holder("tool:1-1")
    assert asked == "waiting"
    first.kill()
    assert second.stdout.readline() == "held\n"


def test_builds_of_different_images_do_not_wait(holder):
    assert [holder(name)[1] for name in ("tool:1-1", "tool:1-2", "tool-1:1")] == ["held"] * 3


def test_the_sweep_leaves_the_locks_of_names(cache):
    with workspace.alone(cache, "tool:1-1", pytest.fail):
        assert workspace.sweep(cache) == 0
    assert left(cache) == []
    assert [path.name for path in (cache / "locks").iterdir()] == ["tool:1-1"]


def test_too_little_room_is_an_error_that_says_how_much(cache):
    disk.require_room(cache, 1, "to work")
    with pytest.raises(Error, match=r"about 1000\.0 TB are needed to work, .* are free") as caught:
        disk.require_room(cache, 1e15, "to work")
    assert "CERTIFY_CACHE" in caught.value.hint


@pytest.mark.parametrize(("env", "limit"),
                         [({}, 60 * 10**9), ({"CERTIFY_CACHE_LIMIT": ""}, 60 * 10**9), ({"CERTIFY_CACHE_LIMIT": "0"}, 0),
                                            ({"CERTIFY_CACHE_LIMIT": "0.5"}, 5 * 10**8),
                                            ({"CERTIFY_CACHE_LIMIT": "200"}, 2 * 10**11)])
def test_the_limit_of_the_cache_is_given_in_gigabytes(env, limit):
    assert workspace.cache_limit(env) == limit


@pytest.mark.parametrize("said", ["60GB", "-1", "nan", "inf", "1e3", " 60", "1" * 4000, "\u0663", "1."])
def test_a_limit_that_is_no_number_is_a_usage_error(said):
    with pytest.raises(UsageError, match="CERTIFY_CACHE_LIMIT"):
        workspace.cache_limit({"CERTIFY_CACHE_LIMIT": said})


@pytest.mark.parametrize("name", ["with space", "a:b", "new\nline", "quote'", "caf\u00e9"])
def test_a_cache_whose_name_tools_would_split_is_refused(tmp_path, name):
    with pytest.raises(Error, match="its path holds"):
        workspace.prepare(tmp_path / name)
    assert not (tmp_path / name).exists()
