"""Layers as the kernel shows them: in a mount namespace of its own, which is all that these tests need of root."""

from __future__ import annotations

import json
import os
import stat
import sys

import pytest

from builder import process
from builder.layers import Layers

HEAD = """
import ctypes, json, os, random, shutil, stat, sys
from pathlib import Path
from builder import merged, overlay
from builder.errors import Error
from builder.layers import Layers

top = Path(sys.argv[1])
layers, count = Layers(top / "layers"), iter(range(10_000))

def new(name):
    folder = top / f"{name}-{next(count)}"
    folder.mkdir()
    return folder

def grow(keys, change):
    upper = new("upper")
    with overlay.mounted([layers.tree(key) for key in keys], new("tree"), new("work"), upper) as tree:
        change(tree)
    key = f"{len(keys):064}"
    layers.keep(key, upper, keys[-1] if keys else "")
    return [*keys, key]

def shown(keys):
    return overlay.mounted([layers.tree(key) for key in keys], new("tree"), new("work"))

def tell(**said):
    print(json.dumps(said))
"""


@pytest.fixture
def enclosed(layers, tmp_path):
    """Run a small program where it may mount, and where nothing of that is seen; gives what it told."""
    def run(text):
        argv = process.enclosed((sys.executable, "-c", HEAD + text, str(tmp_path)))
        told = process.run(argv, env={**process.CLEAN, "PYTHONPATH": os.pathsep.join(sys.path)}).stdout
        assert str(tmp_path) not in process.run(("cat", "/proc/self/mounts")).stdout
        return json.loads(told) if told else None
    return run


@pytest.fixture
def layers(tmp_path):
    (tmp_path / "layers").mkdir(mode=0o700)
    return Layers(tmp_path / "layers")


def test_a_deletion_comes_back_as_a_whiteout_and_hides_what_is_below(enclosed, layers):
    told = enclosed("""
def first(tree):
    (tree / "etc").mkdir(); (tree / "etc/gone").write_text("secret"); (tree / "etc/kept").write_text("kept")
    (tree / "folder/deep").mkdir(parents=True); (tree / "folder/deep/file").touch()

def second(tree):
    (tree / "etc/gone").unlink(); shutil.rmtree(tree / "folder")

keys = grow(grow([], first), second)
with shown(keys) as tree:
    found = sorted(str(path.relative_to(tree)) for path in tree.rglob("*"))
trees = [layers.tree(key) for key in keys]
tell(found=found, text=[merged.text(trees, path) for path in ("/etc/gone", "/etc/kept", "/folder/deep/file")])
""")
    assert told == {"found": ["etc", "etc/kept"], "text": [None, "kept", None]}
    lower, upper = (layers.tree(f"{number:064}") for number in range(2))
    assert (lower / "etc/gone").read_text() == "secret"
    for path in (upper / "etc/gone", upper / "folder"):
        status = path.lstat()
        assert (stat.S_ISCHR(status.st_mode), status.st_rdev) == (True, 0)
    assert not (upper / "etc/kept").exists()


def test_a_folder_made_anew_shows_nothing_of_the_old_one(enclosed, layers):
    told = enclosed("""
def first(tree):
    (tree / "a").mkdir(); (tree / "a/old").write_text("old"); (tree / "b").write_text("a file")

def second(tree):
    shutil.rmtree(tree / "a"); (tree / "a").mkdir(); (tree / "a/new").write_text("new")
    (tree / "b").unlink(); (tree / "b").mkdir()

keys = grow(grow([], first), second)
with shown(keys) as tree:
    found = sorted(str(path.relative_to(tree)) for path in tree.rglob("*"))
tell(found=found, text=[merged.text([layers.tree(key) for key in keys], path) for path in ("/a/old", "/a/new", "/b")])
""")
    assert told == {"found": ["a", "a/new", "b"], "text": [None, "new", None]}
    assert os.getxattr(layers.tree(f"{1:064}") / "a", "trusted.overlay.opaque") == b"y"


def test_a_lower_layer_never_changes(enclosed, layers):
    told = enclosed("""
def first(tree):
    for name in ("written", "appended", "chmodded", "moved", "removed", "timed"):
        (tree / name).write_text(name)
    (tree / "hard").hardlink_to(tree / "written"); (tree / "link").symlink_to("written"); (tree / "folder").mkdir()

def second(tree):
    (tree / "written").write_text("new"); (tree / "link").unlink()
    with (tree / "appended").open("a") as file: file.write("more")
    (tree / "chmodded").chmod(0o4755); (tree / "moved").rename(tree / "folder/moved"); (tree / "removed").unlink()
    os.utime(tree / "timed", (1, 1)); os.chown(tree / "folder", 5, 5); tree.chmod(0o700)
    os.setxattr(tree / "timed", "user.x", b"y")

def state(folder):
    return [[str(path.relative_to(folder)), *os.lstat(path)[:9], path.read_text() if path.is_file() else ""]
            for path in [folder, *sorted(folder.rglob("*"))]]

def without_access(lines): return [line[:8] + line[9:] for line in lines]

keys = grow([], first)
before = without_access(state(layers.tree(keys[0])))
keys = grow(keys, second)
with shown(keys) as tree:
    tell(same=before == without_access(state(layers.tree(keys[0]))), text=(tree / "appended").read_text(),
         hard=(tree / "hard").read_text(), mode=(tree / "chmodded").stat().st_mode & 0o7777,
         moved=(tree / "folder/moved").read_text(),
         there=sorted(os.listdir(tree)))
""")
    assert told == {"same": True, "text": "appendedmore", "hard": "written", "mode": 0o4755, "moved": "moved",
                    "there": ["appended", "chmodded", "folder", "hard", "timed", "written"]}


def test_a_hundred_layers_are_one_tree(enclosed):
    told = enclosed("""
def change(number):
    def write(tree):
        (tree / f"file-{number}").write_text(str(number)); (tree / "last").write_text(str(number))
        if number: (tree / f"file-{number - 1}").unlink()
    return write

keys = []
for number in range(100): keys = grow(keys, change(number))
with shown(keys) as tree: tell(found={path.name: path.read_text() for path in tree.iterdir()}, count=len(keys))
""")
    assert told == {"found": {"file-99": "99", "last": "99"}, "count": 100}


def test_the_most_layers_that_are_allowed_are_not_too_many_for_the_kernel(enclosed):
    told = enclosed("""
made = [new("layer" + "x" * 100) for _ in range(overlay.MAX_LAYERS)]
(made[0] / "lowest").touch()
with overlay.mounted(made, new("tree"), new("work"), new("upper")) as tree: tell(found=os.listdir(tree))
""")
    assert told == {"found": ["lowest"]}


def test_a_folder_of_any_name_can_be_shown_and_written(enclosed):
    told = enclosed(r"""
found = []
for name in ("a,b", "a:b", "a\\b", "a b", "upperdir=,lowerdir=/", "\n", "\udcff"):
    place = top / name
    for part in ("lower", "upper", "work", "tree"): (place / part).mkdir(parents=True)
    (place / "lower/file").write_text("low")
    with overlay.mounted([place / "lower"], place / "tree", place / "work", place / "upper") as tree:
        found.append((tree / "file").read_text()); (tree / "file").write_text("up")
    found.append((place / "lower/file").read_text() + (place / "upper/file").read_text())
tell(found=found)
""")
    assert told == {"found": ["low", "lowup"] * 7}


def test_without_an_upper_folder_nothing_can_be_written_and_one_layer_is_enough(enclosed):
    told = enclosed("""
keys, refused = grow([], lambda tree: (tree / "file").touch()), []
with shown(keys) as tree:
    for attempt in ((tree / "file").unlink, (tree / "new").touch, (tree / "new").mkdir, lambda: tree.chmod(0o700)):
        try: attempt()
        except OSError as error: refused.append(error.strerror)
    tell(refused=refused, found=os.listdir(tree))
""")
    assert told == {"refused": ["Read-only file system"] * 4, "found": ["file"]}


def test_a_program_in_a_tree_can_make_no_whiteout_and_no_mark_of_the_overlays(enclosed, layers):
    """Both would hide, in this layer, what lower ones have, or let the kernel trust what a step wrote."""
    told = enclosed("""
said = {}
def first(tree): (tree / "etc").mkdir(); (tree / "etc/passwd").write_text("real")
def second(tree):
    try: os.mknod(tree / "etc/whiteout", stat.S_IFCHR, 0)
    except OSError as error: said["mknod"] = error.strerror
    for name in ("opaque", "redirect", "origin", "metacopy", "whiteout"):
        try: os.setxattr(tree / "etc", f"trusted.overlay.{name}", b"y")
        except OSError as error: said[name] = error.strerror
    said["after"] = sorted(os.listdir(tree / "etc"))

keys = grow(grow([], first), second)
with shown(keys) as tree: said["shown"] = sorted(os.listdir(tree / "etc"))
tell(**said)
""")
    assert (told["mknod"], told["after"], told["shown"]) == ("Operation not permitted", ["passwd"], ["passwd"])
    marks = os.listxattr(layers.tree(f"{1:064}") / "etc")
    assert not {"trusted.overlay.opaque", "trusted.overlay.redirect", "trusted.overlay.metacopy"} & set(marks)


def test_a_busy_tree_is_an_error_and_no_layer(enclosed, layers):
    told = enclosed("""
try:
    grow([], lambda tree: globals().update(held=(tree / "file").open("w")))
except Error as error:
    tell(said=error.message.rpartition(": ")[2], kept=[path.name for path in (top / "layers").iterdir()])
""")
    assert told == {"said": "Device or resource busy", "kept": []}


def test_files_are_looked_up_as_the_kernel_shows_them(enclosed):
    """Stacks of layers made at random: files, folders, links, fifos, deletions."""
    told = enclosed("""
import fcntl
random.seed(1)
PARTS = ("a", "b", "c")

def change(tree):
    for _ in range(random.randrange(5, 40)):
        place = tree.joinpath(*random.choices(PARTS, k=random.choice((1, 2, 2, 3, 3, 3))))
        if not place.parent.is_dir() or place.parent.is_symlink() or place.parent.resolve() != place.parent: continue
        if os.path.lexists(place):
            shutil.rmtree(place) if place.is_dir() and not place.is_symlink() else place.unlink()
        write, link = (lambda: place.write_text(str(random.random()))), (lambda: place.symlink_to(random.choice(PARTS)))
        fifo = lambda: os.mkfifo(place)
        random.choice((write, write, write, place.mkdir, place.mkdir, place.mkdir, place.mkdir, link, fifo, int))()

def real(tree, path):
    place = tree
    for part in path[:-1]:
        place = place / part
        if place.is_symlink() or not place.is_dir(): return None
    place = place / path[-1]
    return place.read_text() if place.is_file() and not place.is_symlink() else None

PATHS = [(a,) for a in PARTS] + [(a, b) for a in PARTS for b in PARTS] + [(a, b, c) for a in PARTS for b in PARTS for c in PARTS]
wrong, texts = [], 0
for case in range(50):
    shutil.rmtree(top / "layers"); (top / "layers").mkdir()
    keys = []
    for _ in range(random.randrange(1, 6)): keys = grow(keys, change)
    trees = [layers.tree(key) for key in keys]
    with shown(keys) as tree:
        for path in PATHS:
            expected = real(tree, path)
            texts += expected is not None
            if merged.text(trees, "/" + "/".join(path)) != expected: wrong.append([case, path])
tell(wrong=wrong, some=texts > 50)
""")
    assert told == {"wrong": [], "some": True}


def test_a_pruned_store_frees_what_whiteouts_and_trees_took(enclosed, layers):
    enclosed("""
keys = grow([], lambda tree: (tree / "file").write_bytes(os.urandom(1 << 20)))
keys = grow(keys, lambda tree: (tree / "file").unlink())
""")
    assert layers.prune(0) > 1 << 20
    assert [path.name for path in layers.folder.iterdir()] == [".lock"]
