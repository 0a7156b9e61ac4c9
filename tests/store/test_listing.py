"""index.json as lines: whatever order of changes, it is what a list made anew would be; and one broken image hides no other."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.errors import Fault
from builder.recipe.model import Access
from certify.bundle import FILE
from certify.store import list_images, listing, oci
from certify.store.layout import EMPTY_INDEX

names = st.sampled_from(["a:1", "a:1-1", "a:10", "a-b:1", "a:latest", "b:1", "tool:1.0", "tool:1.0-1", "tool:1.0-10"])
digests = st.sampled_from([letter * 64 for letter in "abc"])
changes = st.dictionaries(names, st.none() | digests, max_size=4)


def described(wanted):
    return {name: digest and oci.descriptor(oci.INDEX, digest, 7) for name, digest in wanted.items()}


@given(st.lists(changes, max_size=6))
def test_changes_one_after_the_other_give_what_a_new_list_would_be(steps):
    data, stands = EMPTY_INDEX, {}
    for step in steps:
        data = listing.updated(data, described(step))
        stands = {name: digest for name, digest in {**stands, **step}.items() if digest}
    new = listing.content(described(stands))
    assert listing.updated(data, {}) == new
    assert listing.read(data) == described(stands)
    assert json.loads(data)["schemaVersion"] == 2


@given(st.dictionaries(names, digests, max_size=5), changes)
def test_a_list_that_others_wrote_is_taken_over(stands, step):
    entries = described(stands)
    foreign = json.dumps({"schemaVersion": 2, "manifests": [
        {**one, "annotations": {oci.REF_NAME: name}} for name, one in reversed(entries.items())]}, indent=1).encode()
    assert listing.updated(foreign, described(step)) == listing.updated(listing.content(entries), described(step))


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"{" * 1000, b'{"manifests":[{}]}', b'{"manifests":[\n{}\n]}\n', b"\n\n\n"])
def test_what_is_no_list(data):
    with pytest.raises(Fault):
        listing.updated(data, {"a:1": None})


def test_lines_out_of_order_cannot_keep_a_private_name(world):
    content = listing.content(described({"a:1": "a" * 64, "tool:1.0": "b" * 64, "z:1": "c" * 64}))
    head, *lines, foot, end = content.split(b"\n")
    shuffled = b"\n".join([head, lines[1], lines[2] + b",", lines[0].rstrip(b","), foot, end])
    assert b"tool:1.0" not in listing.updated(shuffled, {"tool:1.0": None})


@pytest.mark.parametrize("damage", ["certificate", "access", "evidence", "certificate a folder"])
def test_one_broken_image_is_told_and_hides_no_other(world, damage):
    broken = world.publish().digest
    world.publish(b"image two", world.config("1.1"))
    path = {"access": world.store.access(broken), "evidence": next(world.store.certs(broken).glob("findings*"))}.get(
        damage, world.store.certs(broken) / FILE)
    path.chmod(0o644)
    if "folder" in damage:
        path.unlink()
        path.mkdir()
    else:
        path.write_bytes(b"{" * 10)
    for trust in (None, world.trust):
        told = []
        found = {one.tag: one.problem for one in list_images(world.store, trust, told.append)}
        assert found.pop("1.1-1") is None
        if damage == "evidence":
            assert list(found) == ["1.0-1"]
            assert bool(found["1.0-1"]) == (trust is not None)
        elif damage == "certificate a folder":
            assert found == {}      # as one that is not for the caller
        else:
            assert found == {}
            assert [line.startswith(f"sha256:{broken[:12]} is not listed: ") for line in told] == [True]


def test_a_stranger_hears_nothing_of_a_private_image_that_is_broken(world):
    digest = world.publish(access=Access(users=(20001,))).digest
    path = world.store.certs(digest) / FILE
    path.chmod(0o644)
    path.write_bytes(b"{")
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setgroups([])
            os.setgid(20002)
            os.setuid(20002)
            told = []
            code = 0 if list_images(world.store, None, told.append) == [] and told == [] else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
