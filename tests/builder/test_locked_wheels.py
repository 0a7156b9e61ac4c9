"""Wheels under a lock: its files and no others."""

from __future__ import annotations

from hashlib import sha256

import pytest

from builder import digest, wheels
from builder.errors import Fault
from builder.recipe.model import Wheels

A, B, C = (sha256(word).hexdigest() for word in (b"a", b"b", b"c"))
TARGET = wheels.Target(python="3.11", platforms=())
WHEELS = Wheels(requirements="r.txt", venv="/v")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "r.txt").write_text(f"x==1 --hash=sha256:{A} --hash=sha256:{B}\n"
                                    f"y==1; sys_platform == 'win32' --hash=sha256:{C}\n")
    (tmp_path / "cache/wheels").mkdir(parents=True)
    return tmp_path


@pytest.fixture
def index(monkeypatch):
    """An index that sends the files named, whatever it is asked for; what it was asked is given back."""
    asked = []

    def make(**files):
        def download(lines, folder, wanted, outside):
            asked.append(list(lines))
            for name, text in files.items() if lines != [wheels._PIP] else [("pip", "pip")]:
                (folder / (wheels._PIP_FILE if name == "pip" else f"{name}-1-py3-none-any.whl")).write_text(text)

        monkeypatch.setattr(wheels, "_download", download)
        return asked

    return make


def fetch(folder, locked=None):
    return wheels.fetch(WHEELS, folder, TARGET, folder / "cache", folder / "work", locked=locked)


LOCKED = (("x-1-py3-none-any.whl", A),)


def test_only_the_hashes_of_the_lock_are_allowed_and_other_systems_lines_stay(folder):
    lines = wheels.pinned(WHEELS, folder, TARGET, LOCKED)[2]
    assert lines == [f"x==1 --hash=sha256:{A}", f"y==1; sys_platform == 'win32' --hash=sha256:{C}"]
    assert len(wheels.pinned(WHEELS, folder, TARGET)[2][0].split()) == 3


def test_the_wheels_of_the_lock_are_fetched_by_their_hash(folder, index):
    asked = index(x="a")
    place = fetch(folder, LOCKED)
    assert wheels.chosen(place) == LOCKED
    assert asked[1][0] == f"x==1 --hash=sha256:{A}"


def test_what_the_lock_was_made_from_is_not_fetched_again(folder, index):
    asked = index(x="a")
    place = fetch(folder)
    asked.clear()
    assert fetch(folder, LOCKED) == place
    assert asked == []


def test_wheels_in_the_cache_that_are_others_are_not_taken(folder, index):
    index(x="b")
    free = fetch(folder)
    index(x="a")
    assert fetch(folder, LOCKED) != free


@pytest.mark.parametrize("files", [{"x": "b"}, {"x": "a", "y": "c"}, {}, {"z": "a"}])
def test_other_wheels_than_the_locks_are_refused_and_named(folder, index, files):
    index(**files)
    with pytest.raises(Fault, match=r"packages\.pip: the wheels are not those of recipe\.lock: [+-] .-1-py3") as caught:
        fetch(folder, LOCKED)
    assert "certify lock --upgrade" in caught.value.hint


def test_wheels_need_a_python_in_the_tree():
    with pytest.raises(Fault, match="no python3"):
        wheels.target([])


def test_the_key_of_a_fetched_folder_depends_on_the_lock(folder):
    keys = {digest.of_data(wheels.pinned(WHEELS, folder, TARGET, locked)) for locked in (None, LOCKED, (("x", B),))}
    assert len(keys) == 3
