"""The layer store: a layer is there as a whole or not at all, and what was not used for longest goes first."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder import process
from builder.layers import Layers

A, B, C, D = ("a" * 64, "b" * 64, "c" * 64, "d" * 64)
BLOCK = 1 << 20


def names(layers):
    return sorted(path.name for path in layers.folder.iterdir() if path.name != ".lock")


@pytest.fixture
def sized(kept):
    """Put a layer of about so many MiB into the store."""
    return lambda key, size=1, **given: kept(key, {"data": os.urandom(size * BLOCK)}, **given)


def test_a_layer_is_moved_and_found(layers, kept, tmp_path):
    assert not layers.has(A)
    tree = kept(A, {"etc/file": "text"})
    assert layers.has(A)
    assert tree == layers.tree(A) == layers.folder / A / "tree"
    assert (tree / "etc/file").read_text() == "text"
    assert names(layers) == [A]
    assert not (tmp_path / f"made-{A}").exists()


def test_a_layer_keeps_its_modes_times_and_links(layers, tmp_path):
    tree = tmp_path / "tree"
    tree.mkdir(mode=0o711)
    (tree / "file").touch(mode=0o640)
    (tree / "hard").hardlink_to(tree / "file")
    (tree / "link").symlink_to("/nowhere")
    os.utime(tree / "file", (1, 1))
    kept = layers.keep(A, tree)
    assert (kept.stat().st_mode & 0o777, (kept / "file").stat().st_mode & 0o777) == (0o711, 0o640)
    assert ((kept / "file").stat().st_mtime, (kept / "file").stat().st_nlink) == (1, 2)
    assert (kept / "link").is_symlink()


def test_nobody_else_can_enter_a_layer(layers, kept):
    assert kept(A).parent.stat().st_mode & 0o777 == 0o700


def test_who_comes_second_gets_the_layer_of_the_first_and_leaves_nothing(layers, tmp_path):
    for text in ("first", "second"):
        tree = tmp_path / text
        tree.mkdir()
        (tree / "file").write_text(text)
        assert (layers.keep(A, tree) / "file").read_text() == "first"
    assert names(layers) == [A]
    assert not (tmp_path / "second").exists()


def test_many_keepers_at_once_all_get_one_whole_layer(layers, tmp_path):
    def keep(number):
        tree = tmp_path / f"tree-{number}"
        tree.mkdir()
        for name in ("one", "two"):
            (tree / name).write_text(str(number))
        ready.wait()
        found.append(layers.keep(A, tree))

    ready, found = threading.Barrier(8), []
    threads = [threading.Thread(target=keep, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [layers.tree(A)] * 8
    assert (layers.tree(A) / "one").read_text() == (layers.tree(A) / "two").read_text()
    assert names(layers) == [A]


def test_a_rename_that_fails_for_another_reason_is_raised_and_makes_no_layer(layers, tmp_path):
    (tmp_path / "tree").mkdir()
    (layers.folder / A).write_text("a file in its place")
    with pytest.raises(OSError, match="Not a directory"):
        layers.keep(A, tmp_path / "tree")
    assert not layers.has(A)


def test_a_tree_that_is_not_there_makes_no_layer(layers, tmp_path):
    with pytest.raises(FileNotFoundError):
        layers.keep(A, tmp_path / "missing")
    assert not layers.has(A)


@pytest.mark.parametrize("left", ["part", "part/tree", "part/tree/file", "part/used"])
def test_a_half_made_layer_is_none_and_is_swept(layers, left):
    """What a keeper leaves that is killed between any two of its operations."""
    place = layers.folder / left.replace("part", f".{A}.0123abcd")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.mkdir()
    assert not layers.has(A)
    assert layers.prune(BLOCK) == 0
    assert names(layers) == []


def test_to_touch_a_layer_renews_it_and_one_that_is_gone_is_no_trouble(layers, kept):
    kept(A, days=3)
    before = (layers.folder / A / "used").stat().st_mtime
    layers.touch(A)
    layers.touch(B)
    assert (layers.folder / A / "used").stat().st_mtime > before
    assert names(layers) == [A]


def test_below_the_limit_nothing_goes(layers, sized):
    for key in (A, B):
        sized(key, days=1000)
    assert layers.prune(3 * BLOCK) == 0
    assert names(layers) == [A, B]


def test_what_was_not_used_for_longest_goes_first_and_no_more_than_needed(layers, sized):
    for key, days in ((A, 1), (B, 3), (C, 2), (D, 0)):
        sized(key, days=days)
    freed = layers.prune(5 * BLOCK // 2)
    assert names(layers) == [A, D]
    assert 2 * BLOCK <= freed < 5 * BLOCK // 2
    layers.touch(A)
    assert layers.prune(3 * BLOCK // 2) > 0
    assert names(layers) == [A]


def test_what_was_used_lately_stays_whatever_the_limit(layers, sized):
    sized(A, days=2)
    sized(B, days=0.5)
    layers.prune(0, keep_days=1)
    assert names(layers) == [B]
    layers.prune(0)
    assert names(layers) == []


def test_a_layer_outlives_what_was_made_on_it_however_old_it_is(layers, sized):
    sized(A, days=9)
    sized(B, upon=A, days=5)
    sized(C, days=7)
    sized(D, upon=B, days=1)
    for left in ([A, B, D], [A, B], [A], []):
        layers.prune(len(left) * BLOCK + BLOCK // 2)
        assert names(layers) == left


def test_what_was_made_on_a_layer_that_is_gone_goes_at_once(layers, sized):
    """Made again, the layer below may be another."""
    sized(A)
    sized(B, upon=A)
    sized(C, upon=B)
    sized(D)
    process.run(("rm", "-r", str(layers.folder / A)))
    assert layers.prune(100 * BLOCK) >= 2 * BLOCK
    assert names(layers) == [D]


@pytest.mark.parametrize("upon", [A, B, "../..", "\ud800"], ids=["itself", "a circle", "no key", "no text"])
def test_a_damaged_note_of_what_it_was_made_on_ends(layers, sized, upon):
    sized(A, upon=B)
    sized(B, upon=A)
    (layers.folder / A / "upon").write_bytes(upon.encode("utf-8", "surrogatepass"))
    layers.prune(0)
    assert names(layers) == []


def test_sizes_are_those_on_the_disk_and_no_link_is_followed(layers, tmp_path):
    tree = tmp_path / "tree"
    tree.mkdir()
    (tmp_path / "outside").write_bytes(os.urandom(8 * BLOCK))
    (tree / "link").symlink_to(tmp_path / "outside")
    (tree / "folder").symlink_to(tmp_path)
    (tree / "file").write_bytes(os.urandom(2 * BLOCK))
    (tree / "hard").hardlink_to(tree / "file")
    with (tree / "hole").open("wb") as hole:
        hole.truncate(1 << 40)
    layers.keep(A, tree)
    assert 2 * BLOCK <= layers._size(A) < 3 * BLOCK
    assert layers.prune(0) < 3 * BLOCK
    assert (tmp_path / "outside").exists()


def test_a_layer_is_counted_once(layers, sized, monkeypatch):
    sized(A)
    assert layers.prune(9 * BLOCK) == 0
    monkeypatch.setattr(process, "run", pytest.fail)
    assert layers.prune(9 * BLOCK) == 0


def test_folders_nested_beyond_every_limit_are_counted_and_removed(layers, tmp_path, nest):
    (tmp_path / "deep").mkdir()
    nest(tmp_path / "deep", 3000)
    layers.keep(A, tmp_path / "deep")
    assert layers.prune(0) > 3000
    assert names(layers) == []


HOLDER = """
import sys
from pathlib import Path
from builder.layers import Layers
with Layers(Path(sys.argv[1])).shared():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(layers):
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(layers.folder)], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as made:
        assert made.stdout.readline() == b"held\n"
        yield made
        made.kill()


def test_nothing_goes_while_a_build_holds_the_store_and_nobody_waits(layers, sized, holder):
    sized(A)
    with layers.shared():       # builds hold it together
        assert layers.prune(0) == 0
    assert layers.prune(0) == 0
    assert names(layers) == [A]
    holder.kill()
    holder.wait()
    assert layers.prune(0) > 0


def test_a_build_of_this_very_process_holds_the_store_too(layers, sized):
    sized(A)
    with layers.shared():
        assert layers.prune(0) == 0
    assert layers.prune(0) > 0


def test_the_store_is_free_again_after_an_error(layers, sized, monkeypatch):
    sized(A)
    with contextlib.suppress(ZeroDivisionError), layers.shared():
        raise ZeroDivisionError
    with monkeypatch.context() as patch, pytest.raises(ZeroDivisionError):
        patch.setattr(Layers, "_size", lambda *_: 1 / 0)
        layers.prune(0)
    assert layers.prune(0) > 0


def test_what_cannot_be_removed_is_no_layer_any_more_and_no_trouble(layers, sized, program):
    sized(A)
    program("rm", "exit 1")
    layers.prune(0)
    assert not layers.has(A)
    assert layers.prune(0) == 0


def test_the_store_of_an_older_builder_is_read(layers, sized):
    sized(A, days=2)
    (layers.folder / A / "upon").unlink()
    sized(B, days=1)
    assert layers.prune(3 * BLOCK // 2) > 0
    assert names(layers) == [B]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 30), st.integers(-1, 8)), max_size=9), st.integers(0, 60))
def test_whatever_the_layers_are_the_rest_fits_and_stands(tmp_path_factory, made, limit):
    folder: Path = tmp_path_factory.mktemp("store")
    for number, (size, used, upon) in enumerate(made):
        layer = folder / str(number)
        (layer / "tree").mkdir(parents=True)
        (layer / "size").write_text(str(size))
        (layer / "upon").write_text(str(upon) if 0 <= upon < number else "")
        (layer / "used").touch()
        os.utime(layer / "used", (used, used))
    whole = {str(number): one for number, one in enumerate(made)}
    assert Layers(folder).prune(limit) == sum(size for size, _, _ in made) - sum(whole[name][0] for name in names(Layers(folder)))
    left = names(Layers(folder))
    assert sum(whole[name][0] for name in left) <= limit
    assert all((folder / name / "upon").read_text() in ("", *left) for name in left)
    gone = whole.keys() - set(left)
    assert not gone or sum(size for size, _, _ in made) > limit
