"""An inventory: sorted, told in full, and read again only in the form in which it is told."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.errors import Fault
from certify.packages import Inventory, inventory
from certify.packages.model import KINDS, LONGEST, MOST, gathered, made, merged, plain

TEXT = st.text(max_size=300)
NAME = st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True)
PACKAGES = st.lists(st.builds(
    lambda kind, name, licences, **more: made(kind, name, "1.0", licences=licences, **more), st.sampled_from(KINDS), NAME,
    st.lists(TEXT, max_size=3), architecture=TEXT, path=TEXT, source=TEXT, build=TEXT, channel=TEXT, sha256=TEXT), max_size=8)


@given(PACKAGES, st.lists(TEXT, max_size=120), st.tuples(TEXT, TEXT))
def test_what_is_told_is_read_again(packages, notes, system):
    told = gathered(packages, notes, system, {})
    text = json.dumps(told.as_json())
    assert Inventory.from_json(json.loads(text)) == told
    assert gathered(reversed(packages), notes, system, {}) == told
    assert list(told.packages) == sorted(set(packages))


@given(TEXT)
def test_a_plain_text_is_one_short_line_and_stays_so(text):
    once = plain(text)
    assert once.isprintable() and len(once) <= LONGEST
    assert plain(once) == once
    once.encode("utf-8")


GOOD = {"distribution": "debian", "release": "12", "notes": [], "packages": [{"kind": "deb", "name": "a", "version": "1"}]}


@pytest.mark.parametrize("change", [
    {"packages": None}, {"packages": [1]}, {"packages": [{}]}, {"packages": [{"kind": "deb", "name": "a"}]}, {"more": 1},
    {"notes": [1]},
    {"packages": [{"kind": "apk", "name": "a", "version": "1"}]}, {"packages": [{"kind": "deb", "name": "a b", "version": "1"}]},
    {"packages": [{"kind": "deb", "name": "a", "version": "1", "size": 1}]}, {"distribution": "a\nb"}, {"release": None},
    {"packages": [{"kind": "deb", "name": "a", "version": "1", "path": "a\nb"}]}, {"notes": ["x" * 1000]}, {"notes": ["x"] * 101},
    {"packages": [{"kind": "deb", "name": "a", "version": "1", "licences": "MIT"}]},
    {"packages": [{"kind": "deb", "name": "a", "version": "1", "licences": ["\x1b"]}]},
    {"packages": [GOOD["packages"][0]] * (MOST + 1)}], ids=range(17))
def test_any_other_form_is_refused(change):
    assert len(Inventory.from_json(GOOD).packages) == 1
    with pytest.raises(Fault):
        Inventory.from_json({**GOOD, **change})


@pytest.mark.parametrize("value", [None, [], 1, "x", {}])
def test_what_is_no_object_is_refused(value):
    with pytest.raises(Fault):
        Inventory.from_json(value)


def test_an_empty_image_has_no_packages_and_no_notes(image):
    assert inventory(image()) == Inventory()


@pytest.mark.parametrize(("path", "words"), [
    ("/lib/apk/db/installed", "apk (Alpine)"), ("/var/lib/pacman/local/x", "pacman (Arch)")])
def test_packages_of_other_kinds_are_told_as_missing(image, path, words):
    note, = inventory(image({path: "x"})).notes
    assert note.endswith(f": the packages of {words} are not read")


def test_too_many_packages_are_told():
    packages = [made("deb", f"a{number}", "1") for number in range(MOST + 5)]
    told = gathered(packages, [], ("", ""), {})
    assert len(told.packages) == MOST
    assert told.notes == (f"{MOST + 5} packages: only the first {MOST} are told",)
    Inventory.from_json(told.as_json())


@pytest.mark.parametrize(("text", "system"), [
    ('ID="rocky"\nVERSION_ID="9.4"\n', ("rocky", "9.4")), ("ID=debian\n", ("debian", "")), ("ID='a b'\nVERSION_ID='\n", ("", "")),
    ("ID=\x1b\n", ("", "")), ("VERSION_ID=1\n", ("", "1"))])
def test_what_an_image_says_of_its_system(image, text, system):
    found = inventory(image({"/usr/lib/os-release": text}))
    assert (found.distribution, found.release) == system


@pytest.mark.parametrize("kind", ["folder", "fifo", "loop"])
def test_databases_that_are_no_files(image, kind):
    places = ["var/lib/dpkg/status", "usr/lib/sysimage/rpm/rpmdb.sqlite", "opt/conda-meta/x.json", "opt/x.dist-info/METADATA",
              "usr/lib/os-release", "var/lib/dpkg/info/x.list", "var/lib/dpkg/status.d/x"]
    for place in (image.folder / each for each in places):
        place.parent.mkdir(parents=True, exist_ok=True)
        if kind == "folder":
            place.mkdir()
        elif kind == "fifo":
            os.mkfifo(place)
        else:
            place.symlink_to(place.name)
    assert inventory(image()).packages == ()


@pytest.mark.parametrize(("path", "same"), [
    ("/bin/su", "/usr/bin/su"), ("/lib64/x", "/usr/lib64/x"), ("/bin", "/usr/bin"), ("/usr/bin/su", "/usr/bin/su"),
    ("/binary/x", "/binary/x"), ("/", "/"), ("", "")])
def test_a_merged_path(path, same):
    assert merged(path) == same
