"""Many paths, few causes: how hits become one."""

from __future__ import annotations

import os
import re
import time
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certify.checks.hit import grouped
from certify.checks.tree import ImageTree
from certify.finding import Severity

FOLDER, FILE = os.stat_result((0o40755, *[0] * 9)), os.stat_result((0o100644, *[0] * 9))
NAMES = st.sampled_from(["a", "b", "c", "opt", "usr", "lib", "x\ny", os.fsdecode(b"\xff"), " "])
PATHS = st.lists(NAMES, min_size=1, max_size=5).map(lambda names: "/" + "/".join(names))


def image_of(paths, owners=None, steps=None, folders=()):
    """An image as far as grouping looks at one: no disk, whatever the names."""
    image = ImageTree(SimpleNamespace(walk=lambda: [(path, FOLDER if path in folders else FILE) for path in paths]), None,
                      steps=steps)
    image.owner = (owners or {}).get
    return image


def said(paths, **known):
    return [(hit.path, hit.message) for hit in grouped(image_of(paths, **known), paths, "bad: {}".format)]


def count(message):
    """How many paths a message speaks for."""
    more = re.search(r" \(and (\d+) more (?:of|below) ", message)
    return 1 + (int(more[1]) if more else 0)


def test_one_path_is_told_as_it_is():
    assert said(["/opt/tool/file"]) == [("/opt/tool/file", "bad: /opt/tool/file")]
    assert said([]) == []


def test_files_of_one_tree_are_one():
    assert said(["/opt/a/1", "/opt/a/deep/2", "/opt/a/deep/er/3", "/opt/b/1", "/top"]) == [
        ("/opt/a/1", "bad: /opt/a/1 (and 2 more below /opt/a)"), ("/opt/b/1", "bad: /opt/b/1"), ("/top", "bad: /top")]


def test_the_words_name_the_deepest_folder_that_holds_all():
    assert said(["/usr/local/lib/x/1", "/usr/local/lib/y/2"])[0][1] == "bad: /usr/local/lib/x/1 (and 1 more below /usr/local/lib)"
    assert said(["/opt/ab/1", "/opt/ab/12"])[0][1].endswith("below /opt/ab)")


def test_two_hundred_folders_of_one_tree_are_one():
    paths = [f"/opt/tool/{number}/file" for number in range(200)]
    assert said(paths) == [("/opt/tool/0/file", "bad: /opt/tool/0/file (and 199 more below /opt/tool)")]


@pytest.mark.parametrize(("number", "hits"), [(10, 10), (11, 1), (300, 1)])
def test_trees_side_by_side_become_one_when_they_are_many(number, hits):
    found = said([f"/opt/{one}/file" for one in range(number)])
    assert len(found) == hits
    assert hits > 1 or found[0][1].endswith(f"(and {number - 1} more below /opt)")


def test_many_trees_at_the_top_become_one():
    assert said([f"/{one}/{two}/file" for one in range(20) for two in range(20)]) == [
        ("/0/0/file", "bad: /0/0/file (and 399 more below /)")]


def test_a_folder_belongs_to_its_own_tree():
    folders = {"/opt/a", "/opt/b"}
    assert said(["/opt/a", "/opt/a/x", "/opt/b"], folders=folders) == [
        ("/opt/a", "bad: /opt/a (and 1 more below /opt/a)"), ("/opt/b", "bad: /opt/b")]


def test_a_package_comes_before_a_step_and_a_step_before_a_tree():
    paths = ["/usr/bin/a", "/usr/lib/b", "/opt/x/c", "/srv/d", "/usr/bin/e", "/opt/y/f"]
    owners = {"/usr/bin/a": "tool", "/usr/lib/b": "tool"}
    steps = {"/usr/bin/a": "install", "/opt/x/c": "compile", "/srv/d": "compile", "/opt/y/f": "copy"}
    assert said(paths, owners=owners, steps=steps) == [
        ("/usr/bin/a", "bad: /usr/bin/a (and 1 more of package tool)"),
        ("/opt/x/c", "bad: /opt/x/c (and 1 more of step 'compile')"),
        ("/usr/bin/e", "bad: /usr/bin/e"),
        ("/opt/y/f", "bad: /opt/y/f (of step 'copy')")]


@pytest.mark.parametrize(("number", "hits"), [(20, 20), (21, 1)])
def test_what_many_packages_have_is_no_fault_of_theirs(number, hits):
    owners = {f"/usr/bin/{one}": f"package{one}" for one in range(number)}
    found = said(list(owners), owners=owners)
    assert len(found) == hits
    assert found[0][1] == f"bad: /usr/bin/0 ({'of package package0' if hits > 1 else 'and 20 more of many packages'})"


def test_who_knows_the_tree_gives_it():
    paths = ["/home/a/1", "/home/b/2"]
    hits = list(grouped(image_of(paths), paths, "{}".format, tree="/home", severity=Severity.INFO))
    assert [(hit.message, hit.severity) for hit in hits] == [("/home/a/1 (and 1 more below /home)", Severity.INFO)]


@given(st.lists(PATHS, unique=True, max_size=60), st.dictionaries(PATHS, st.sampled_from("pqr")),
       st.dictionaries(PATHS, st.sampled_from("st")))
def test_every_path_is_spoken_for_once_and_the_first_of_each_cause_speaks(paths, owners, steps):
    found = said(paths, owners=owners, steps=steps)
    assert sum(count(message) for _, message in found) == len(paths)
    heads = [path for path, _ in found]
    assert len(set(heads)) == len(heads)
    assert set(heads) <= set(paths)


@given(st.lists(PATHS, min_size=1, unique=True))
def test_all_of_a_tree_lie_below_the_folder_that_is_named(paths):
    folder = said(paths, folders=paths)[0][1].partition(" more below ")[2].removesuffix(")")
    hits = list(grouped(image_of(paths), paths, "{}".format, tree="/"))
    named = hits[0].message.partition(" more below ")[2].removesuffix(")").rstrip("/")
    assert len(hits) == 1
    assert all(path == named or path.startswith(named + "/") for path in paths if named)
    assert folder == "" or folder.startswith("/")


@settings(max_examples=30)
@given(st.integers(0, 1000), st.integers(1, 60), st.integers(1, 60), st.booleans())
def test_their_number_is_bounded(number, one, other, owned):
    paths = [f"/{index % one}/{index % other}/{index}" for index in range(number)]
    owners = {path: str(index) for index, path in enumerate(paths)} if owned else {}
    assert len(said(paths, owners=owners)) <= 101


def test_a_hundred_thousand_paths_are_grouped_at_once():
    paths = [f"/{index % 300}/{index % 7000}/{index}" for index in range(100_000)]
    image = image_of(paths)
    assert len(image.entries) == len(paths)
    begin = time.process_time()
    assert len(list(grouped(image, paths, "{}".format))) == 1
    assert time.process_time() - begin < 3      # 0.4 s on a quiet machine; growing with the square it would be hours
