"""Links that are followed once lead where they lead when each is followed alone."""

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certify.checks.links import Links
from certify.checks.tree import ImageTree

MODES = {"folder": 0o40755, "file": 0o100644, "link": 0o120777}
FOLDERS = ("/a", "/a/b", "/c")
PLACES = st.tuples(st.sampled_from(("", *FOLDERS)), st.sampled_from("lmnopq")).map("/".join)
TARGETS = st.lists(st.sampled_from(["a", "b", "c", "..", ".", "", *"lmnopq"]), min_size=1, max_size=6).map("/".join).filter(bool)


def image_of(links, files=()):
    """An image of the folders and these links, without a disk."""
    entries = [*((one, "folder") for one in FOLDERS), *((one, "link") for one in links), *((one, "file") for one in files)]
    stats = [(path, os.stat_result((MODES[kind], *[0] * 9))) for path, kind in sorted(entries)]
    image = ImageTree(SimpleNamespace(walk=lambda: stats), None)
    image._link = links.__getitem__
    return image


@given(st.dictionaries(PLACES, TARGETS, min_size=1, max_size=8))
def test_links_lead_where_the_tree_says(targets):
    image = image_of(targets)
    links = Links(image)
    for path in targets:
        assert links.lead(path) == image.resolve(path)


@given(st.dictionaries(PLACES, TARGETS, min_size=1, max_size=8), st.randoms())
def test_the_order_of_asking_makes_no_difference(targets, random):
    image, asked = image_of(targets), sorted(targets)
    first = Links(image)
    expected = {path: (first.lead(path), first.aim(path)) for path in asked}
    random.shuffle(asked)
    other = Links(image)
    assert {path: (other.lead(path), other.aim(path)) for path in asked} == expected


@given(st.dictionaries(PLACES, TARGETS, min_size=1, max_size=8))
def test_what_a_link_names_is_plain_and_never_another_link(targets):
    links = Links(image_of(targets))
    for path in targets:
        named = links.aim(path)
        assert named is None or (named == os.path.normpath(named) and named.startswith("/") and named[:2] != "//")
        assert named in (None, path) or named not in targets


@pytest.mark.parametrize(("targets", "path", "named", "leads"), [
    ({"/a/l": "b"}, "/a/l", "/a/b", "/a/b"),
    ({"/a/l": "gone"}, "/a/l", "/a/gone", None),
    ({"/a/l": "l"}, "/a/l", "/a/l", None),
    ({"/a/l": "m", "/a/m": "l"}, "/a/l", "/a/l", None),
    ({"/a/l": "m", "/a/m": "b"}, "/a/l", None, "/a/b"),
    ({"/a/l": "../m/b", "/m": "a"}, "/a/l", "/a/b", "/a/b"),
    ({"/a/l": "../m/b", "/m": "gone"}, "/a/l", None, None),
    ({"/a/l": "../m/gone", "/m": "a"}, "/a/l", "/m/gone", None),
    ({"/l": "../../c"}, "/l", "/c", "/c"),
    ({"/l": "//c//."}, "/l", "/c", "/c"),
    ({"/a/l": "/"}, "/a/l", "/", "/"),
])
def test_what_links_name_and_where_they_lead(targets, path, named, leads):
    links = Links(image_of(targets))
    assert (links.aim(path), links.lead(path)) == (named, leads)


def test_a_chain_longer_than_the_kernel_follows_leads_nowhere():
    short, long = ({f"/a/{number}": str(number + 1) for number in range(length)} for length in (40, 41))
    assert Links(image_of(short, ["/a/40"])).lead("/a/0") == "/a/40"
    assert Links(image_of(long, ["/a/41"])).lead("/a/0") is None
    assert image_of(short, ["/a/40"]).resolve("/a/0") == "/a/40"
    assert image_of(long, ["/a/41"]).resolve("/a/0") is None
