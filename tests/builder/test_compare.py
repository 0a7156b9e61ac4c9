"""How two trees differ, and why: with files that the real tools made."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builder import compare
from builder.compare import Difference, differences
from builder.rootfs import Root, tree_digest

NAMES = st.sampled_from(["a", "a.b", "a-b", "b", "\u00e9"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
KINDS = st.sampled_from(["folder", "file one", "file two", "link a", "link /none", "fifo"])
TREES = st.dictionaries(PATHS, KINDS, max_size=10)


def plant(folder, tree):
    """Make what can be made of a random tree, nothing through a link; gives what is there, by path."""
    made = {"/": "folder"}
    for path, kind in sorted(tree.items()):
        above = ["/" if one == Path() else f"/{one}" for one in reversed(Path(path).parents)]
        for one in above:
            made.setdefault(one, "folder")
            if made[one] != "folder":
                break
            (folder / one[1:]).mkdir(exist_ok=True)
        if any(made.get(one) != "folder" for one in above) or f"/{path}" in made:
            continue
        make(folder / path, kind)
        made[f"/{path}"] = kind
    return made


def make(place, kind):
    word, _, rest = kind.partition(" ")
    {"folder": place.mkdir, "file": lambda: place.write_text(rest), "link": lambda: place.symlink_to(rest),
     "fifo": lambda: os.mkfifo(place)}[word]()


def expected(one, other):
    """The differences of two planted trees, as (path, kind), without what lies below a folder that one lacks."""
    found = set()
    for path in one.keys() | other.keys():
        kinds = one.get(path), other.get(path)
        words = [kind and kind.partition(" ")[0] for kind in kinds]
        if kinds[0] == kinds[1]:
            continue
        kind = "extra" if kinds[0] is None else "missing" if kinds[1] is None else "type" if words[0] != words[1] else \
            {"file": "content", "link": "link"}[words[0]]
        found.add((path, kind))
    cut = {path for path, kind in found if kind in ("extra", "missing", "type")}
    return {(path, kind) for path, kind in found if not any(str(above) in cut for above in Path(path).parents)}


@settings(max_examples=100, deadline=None)
@given(TREES, TREES)
def test_what_differs_is_found_once_and_nothing_else(tmp_path_factory, first, second):
    top = tmp_path_factory.mktemp("trees")
    for name in ("one", "other"):
        (top / name).mkdir()
    made = plant(top / "one", first), plant(top / "other", second)
    roots = Root(top / "one"), Root(top / "other")
    found = [(one.path, one.kind) for one in differences(*roots)]
    assert len(found) == len(set(found))
    assert set(found) == expected(*made)
    assert (found == []) == (tree_digest(roots[0]) == tree_digest(roots[1]))
    mirrored = {"missing": "extra", "extra": "missing"}
    assert {(path, mirrored.get(kind, kind)) for path, kind in found} \
        == {(one.path, one.kind) for one in differences(roots[1], roots[0])}
    shutil.rmtree(top)


@pytest.fixture
def pair(tmp_path):
    """Two empty trees."""
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    return tmp_path / "one", tmp_path / "other"


def listed(pair):
    return list(differences(*map(Root, pair)))


def test_modes_and_links_are_told_with_both_values(pair):
    for place, mode, target in zip(pair, (0o755, 0o4750), ("x", "y"), strict=True):
        (place / "tool").write_text("same")
        (place / "tool").chmod(mode)
        (place / "link").symlink_to(target)
    assert listed(pair) == [Difference("/link", "link", "x and y"), Difference("/tool", "mode", "0755 and 4750")]


def test_a_folder_that_is_missing_is_told_once(pair):
    (pair[0] / "only/deep/down").mkdir(parents=True)
    (pair[0] / "only/deep/file").touch()
    assert listed(pair) == [Difference("/only", "missing", "a folder and all below it")]


def test_a_file_in_the_place_of_a_folder_is_told_once(pair):
    (pair[0] / "x/y").mkdir(parents=True)
    (pair[1] / "x").touch()
    assert listed(pair) == [Difference("/x", "type", "a folder and a file")]


def test_no_link_is_followed(pair, tmp_path):
    (tmp_path / "secret").write_text("one")
    for place in pair:
        (place / "file").symlink_to(tmp_path / "secret")
        (place / "folder").symlink_to("/etc")
    assert listed(pair) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices")
def test_devices_are_told_by_number(pair):
    import stat

    for place, minor in zip(pair, (3, 5), strict=True):
        os.mknod(place / "null", stat.S_IFCHR | 0o666, os.makedev(1, minor))
    assert [(one.kind, one.detail) for one in listed(pair)] == [("device", "1:3 and 1:5")]


def test_names_that_are_no_text_are_compared(pair):
    for place, text in zip(pair, ("a", "b"), strict=True):
        (place / os.fsdecode(b"\xff\n")).write_text(text)
    assert [(os.fsencode(one.path), one.kind) for one in listed(pair)] == [(b"/\xff\n", "content")]


def test_the_first_byte_that_differs_is_told_also_behind_the_first_chunk(pair, monkeypatch):
    monkeypatch.setattr(compare, "CHUNK", 10)
    (pair[0] / "f").write_bytes(b"x" * 25 + b"a")
    (pair[1] / "f").write_bytes(b"x" * 25 + b"b")
    (pair[0] / "g").write_bytes(b"x" * 20)
    (pair[1] / "g").write_bytes(b"x" * 30)
    assert [one.detail for one in listed(pair)] == ["from byte 25 of 26", "from byte 20 of 20 and 30"]


def tool(*argv, cwd=None, **kwargs):
    return subprocess.run(argv, check=True, capture_output=True, cwd=cwd, **kwargs).stdout


def test_the_reason_stands_in_the_detail(pair):
    (pair[0] / "f").write_text("at 10:11")
    (pair[1] / "f").write_text("at 10:12")
    [one] = listed(pair)
    assert one.detail == "only a date or time: write SOURCE_DATE_EPOCH's date instead of now (from byte 7 of 8)"
