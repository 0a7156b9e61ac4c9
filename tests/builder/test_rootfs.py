"""An image's paths stay inside the image, and the digest of a tree is the tree's."""

from __future__ import annotations

import os
import socket
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builder.rootfs import Root, tree_digest

NAMES = st.sampled_from(["a", "b", "c"])
STEPS = st.lists(st.sampled_from(["a", "b", "c", "..", "."]), min_size=1, max_size=4).map("/".join)
TARGETS = st.one_of(STEPS, STEPS.map("/{}".format), STEPS.map("//{}/".format),
                    st.sampled_from(["/", "../../../../a", "/../../b"]))
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
KINDS = st.one_of(st.just("folder"), st.just("file"), TARGETS.map("->{}".format), TARGETS.map("->{}".format))


@st.composite
def trees(draw):
    """A random tree, and a path that often leads through it."""
    tree = draw(st.dictionaries(PATHS, KINDS, min_size=1, max_size=9))
    path = draw(st.sampled_from(sorted(tree)) | STEPS)
    return tree, "/" + path + draw(st.sampled_from(["", "/..", "/a", "/../b"]))


def plant(folder, tree):
    """Make what can be made of a random tree, short paths first; nothing is made through a link."""
    for path, kind in sorted(tree.items(), key=lambda item: item[0].count("/")):
        place, parts = folder / path, path.split("/")
        above = [folder.joinpath(*parts[:count]) for count in range(1, len(parts))]
        if any(os.path.lexists(one) and (one.is_symlink() or not one.is_dir()) for one in above) or os.path.lexists(place):
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        if kind == "folder":
            place.mkdir()
        elif kind == "file":
            place.touch()
        else:
            place.symlink_to(kind[2:])


def in_chroot(folder, path):
    """What the kernel and os.path.realpath make of a path where the folder is the root; None for an error."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.chroot(folder)
            os.chdir("/")
            os.write(writer, os.path.realpath(path, strict=True).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        said = file.read().decode()
    os.waitpid(child, 0)
    return said or None


@settings(max_examples=60, deadline=None)
@given(trees())
def test_a_resolved_path_is_inside_and_no_link(drawn):
    tree, path = drawn
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "x" / "root"
        for neighbour in ("a", "b", "c"):
            (folder.parent / neighbour).mkdir(parents=True)
        folder.mkdir()
        plant(folder, tree)
        found = Root(folder).resolve(path)
        if found is not None:
            parts = found.strip("/").split("/")
            assert found.startswith("/")
            assert ".." not in parts
            places = [folder.joinpath(*parts[:count]) for count in range(1, len(parts) + 1)]
            assert all(os.path.lexists(place) and not place.is_symlink() for place in places)


@pytest.mark.integration
@settings(max_examples=80, deadline=None)
@given(trees())
def test_a_path_leads_where_it_would_if_the_image_were_the_root(drawn):
    tree, path = drawn
    with tempfile.TemporaryDirectory() as name:
        plant(Path(name), tree)
        assert Root(Path(name)).resolve(path) == in_chroot(name, path)


@pytest.mark.parametrize(("target", "found"), [
    ("/x", "/x"), ("x", "/a/b/x"), ("../x", "/a/x"), ("/a/../x", "/x"), ("//a//x/", "/a/x"), ("../../../../x", "/x"),
    (".", "/a/b"), ("/", "/"), ("/a/b/x/../../../../../x", "/x"), ("x/missing", None), ("/missing/../x", None)])
def test_a_link_is_followed_from_where_it_stands(root, target, found):
    (root.folder / "a/b").mkdir(parents=True)
    for folder in ("", "a", "a/b"):
        (root.folder / folder / "x").touch()
    (root.folder / "a/b/link").symlink_to(target)
    assert root.resolve("/a/b/link") == found


@pytest.mark.parametrize("links", [{"a": "a"}, {"a": "b", "b": "/a"}, {"a": "a/x"}, {"a": "../a"}, {"a": "missing"}])
def test_a_link_in_circles_or_to_nothing_leads_nowhere(root, links):
    for name, target in links.items():
        (root.folder / name).symlink_to(target)
    assert root.resolve("/a") is None


@pytest.mark.parametrize(("count", "found"), [(40, "/end"), (41, None)])
def test_as_many_links_as_the_kernel_follows(root, count, found):
    (root.folder / "end").touch()
    for number in range(count):
        (root.folder / f"l{number}").symlink_to("end" if number == 0 else f"l{number - 1}")
    assert root.resolve(f"/l{count - 1}") == found


@pytest.mark.parametrize("target", ["/outside", "../outside", "/../outside", "../../../../../../../../etc"])
def test_a_link_that_climbs_ends_inside(root, tmp_path, target):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret").touch()
    (root.folder / "link").symlink_to(target)
    assert root.resolve("/link/secret") is None
    assert root.resolve("/link/passwd") is None


@pytest.mark.parametrize("path", ["/link/x", "/link/folder/x", "/folder/link/x", "/file/x", "/missing/x", "/a/missing/x"])
def test_at_passes_no_link_and_nothing_that_is_no_folder(root, tmp_path, path):
    (tmp_path / "outside/folder").mkdir(parents=True)
    (root.folder / "folder").mkdir()
    (root.folder / "file").touch()
    for link in ("link", "folder/link"):
        (root.folder / link).symlink_to(tmp_path / "outside")
    assert root.at(path) is None


@pytest.mark.parametrize("path", ["/..", "/../outside", "/folder/../../outside/x", "folder/.."])
def test_at_does_not_climb(root, path):
    (root.folder / "folder").mkdir()
    assert root.at(path) is None


@pytest.mark.parametrize(("path", "place"), [("/", ""), ("", ""), ("/x", "x"), ("x", "x"), ("/folder//x/", "folder/x")])
def test_at_names_the_place_whether_there_is_something_or_not(root, path, place):
    (root.folder / "folder").mkdir()
    assert root.at(path) == root.folder / place


def test_the_last_part_may_be_a_link_and_is_not_followed(root):
    (root.folder / "link").symlink_to("/outside")
    assert root.at("/link") == root.folder / "link"


def test_a_walk_goes_in_the_order_of_bytes_with_parents_first(root):
    for path in ("b", "a-b", "a/z", "a/Z", "a/é", "B"):
        (root.folder / path).parent.mkdir(exist_ok=True)
        (root.folder / path).touch()
    (root.folder / os.fsdecode(b"a/\xff")).mkdir()
    (root.folder / os.fsdecode(b"a/\xff/x")).touch()
    found = [os.fsencode(path) for path, _ in root.walk()]
    assert found == [b"/B", b"/a", b"/a-b", b"/b", b"/a/Z", b"/a/z", "/a/é".encode(), b"/a/\xff", b"/a/\xff/x"]


def test_a_walk_follows_no_link(root, tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/x").touch()
    (root.folder / "link").symlink_to(tmp_path / "outside")
    assert [path for path, _ in root.walk()] == ["/link"]
    assert list(root.walk("/link/x")) == []


def test_a_walk_from_a_folder_keeps_whole_paths_and_one_from_nothing_is_empty(root):
    (root.folder / "a/b").mkdir(parents=True)
    (root.folder / "file").touch()
    assert [path for path, _ in root.walk("/a")] == ["/a/b"]
    assert list(root.walk("/file")) == []


TREE = {"a": "folder", "a/x": b"one", "a/y": b"two", "b": "->a/x", "c": "folder"}


def grow(folder, tree, backwards=False):
    """Write a tree; backwards makes the folders first and then all else in the other order."""
    folder.mkdir(exist_ok=True)
    for path in [path for path, kind in tree.items() if kind == "folder"]:
        (folder / path).mkdir()
        (folder / path).chmod(0o755)
    rest = [path for path, kind in tree.items() if kind != "folder"]
    for path in reversed(rest) if backwards else rest:
        place = folder / os.fsdecode(path)
        if isinstance(tree[path], bytes):
            place.write_bytes(tree[path])
            place.chmod(0o644)
        else:
            place.symlink_to(tree[path].removeprefix("->"))
    return folder


def test_a_copy_in_another_order_at_another_time_has_the_same_digest(tmp_path):
    one, two = grow(tmp_path / "one", TREE), grow(tmp_path / "two", TREE, backwards=True)
    for path in two.rglob("*"):
        os.utime(path, (1, 1), follow_symlinks=False)
    assert tree_digest(Root(one)) == tree_digest(Root(two))


@pytest.mark.parametrize("change", [
    lambda folder: (folder / "a/x").write_bytes(b"onE"),
    lambda folder: (folder / "a/x").write_bytes(b"one "),
    lambda folder: (folder / "a/x").chmod(0o645),
    lambda folder: (folder / "c").chmod(0o700),
    lambda folder: (folder / "c").chmod(0o2755),
    lambda folder: (folder / "a/x").rename(folder / "a/z"),
    lambda folder: (folder / "a/x").rename(folder / "c/x"),
    lambda folder: [(folder / "b").unlink(), (folder / "b").symlink_to("a/y")],
    lambda folder: [(folder / "b").unlink(), (folder / "b").write_bytes(b"a/x")],
    lambda folder: (folder / "d").mkdir(),
    lambda folder: (folder / "c").rmdir(),
    lambda folder: os.mkfifo(folder / "fifo"),
], ids=["content", "size", "mode", "folder mode", "setgid", "name", "folder", "target", "kind", "more", "less", "fifo"])
def test_every_change_of_a_tree_changes_its_digest(tmp_path, change):
    folder = grow(tmp_path / "tree", TREE)
    before = tree_digest(Root(folder))
    change(folder)
    assert tree_digest(Root(folder)) != before


def test_names_with_line_ends_or_no_text_do_not_collide(tmp_path):
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    trees = [{"a": b"", "b": b""}, {"a\n100644 0 b": b""}, {f"a'\n100644 0 {empty} b": b""}, {"a\\nb": b""}, {"a\nb": b""},
             {b"\xff": b""}, {b"\xfe": b""}, {"?": b""}, {"\\xff": b""}, {b"\xc3\xbf": b""}, {b"\xef\xbf\xbd": b""},
             {"x": "->a\nb"}, {"x": "->a\\nb"}]
    found = {tree_digest(Root(grow(tmp_path / str(number), tree))) for number, tree in enumerate(trees)}
    assert len(found) == len(trees)


def test_a_fifo_or_a_socket_in_a_tree_is_never_opened(root):
    os.mkfifo(root.folder / "fifo")
    with socket.socket(socket.AF_UNIX) as server:
        before = Path.cwd()
        os.chdir(root.folder)
        try:
            server.bind("socket")
        finally:
            os.chdir(before)
        assert len(tree_digest(root)) == 64
