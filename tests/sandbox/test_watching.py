"""Which files were opened is what the kernel says, and nobody can fill what it says it with."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from builder.errors import Error
from certify.sandbox.watching import Watch


@pytest.fixture
def files(tmp_path):
    made = [tmp_path / name for name in ("a", "b", "c")]
    for one in made:
        one.write_text("x")
    return made


def test_what_is_opened_is_told_and_nothing_else(files):
    with Watch(map(str, files)) as watch:
        assert watch.opened() == frozenset()
        files[0].read_text()
        files[1].stat()
        assert watch.opened() == {str(files[0])}
        subprocess.run(["cat", files[2]], check=True, capture_output=True)
        assert watch.opened() == {str(files[0]), str(files[2])}


def test_what_was_opened_before_does_not_count(files):
    files[0].read_text()
    with Watch(map(str, files)) as watch:
        assert watch.opened() == frozenset()


def test_a_file_is_known_by_every_name_it_has(files, tmp_path):
    (tmp_path / "link").symlink_to("a")
    os.link(files[0], tmp_path / "hard")
    with Watch([str(files[0]), str(tmp_path / "link")]) as watch:
        (tmp_path / "hard").read_text()
        assert watch.opened() == {str(files[0]), str(tmp_path / "link")}


def test_another_file_at_the_same_path_does_not_count(files, tmp_path):
    with Watch(map(str, files)) as watch:
        files[0].rename(tmp_path / "away")
        files[0].write_text("another")
        assert watch.opened() == frozenset()
        (tmp_path / "away").read_text()
        assert watch.opened() == {str(files[0])}


def test_opening_it_often_fills_nothing(files):
    with Watch(map(str, files)) as watch:
        for _ in range(20_000):         # more than a queue holds
            os.close(os.open(files[0], os.O_RDONLY))
        files[1].read_text()
        assert watch.opened() == {str(files[0]), str(files[1])}


def test_a_file_that_is_not_there_cannot_be_watched(files):
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(Error, match=r"cannot watch .*none: No such file"):
        Watch([str(files[0]), str(files[0].with_name("none"))])
    assert len(list(Path("/proc/self/fd").iterdir())) == before
