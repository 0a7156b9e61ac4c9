"""Python's packages anywhere in an image, and conda's environments."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certify.checks.tree import ImageTree
from certify.packages import conda, inventory, python
from certify.packages.model import MOST

METADATA = "Metadata-Version: 2.4\nName: {}\nVersion: {}\n{}\n\nName: not-this\nText\n"
SITE = "/opt/x/lib/python3.11/site-packages"


def all_of(image):
    return [(one.kind, one.name, one.version, one.path) for one in inventory(image).packages]


@pytest.mark.parametrize(("path", "place"), [
    (f"{SITE}/Foo_Bar-1.0.dist-info/METADATA", f"{SITE}/Foo_Bar-1.0.dist-info"),
    ("/usr/lib/python3/dist-packages/Foo_Bar.egg-info/PKG-INFO", "/usr/lib/python3/dist-packages/Foo_Bar.egg-info"),
    ("/usr/lib/python3/dist-packages/Foo_Bar-1.0.egg-info", "/usr/lib/python3/dist-packages/Foo_Bar-1.0.egg-info"),
    ("/srv/Foo_Bar-1.0-py3.11.egg/EGG-INFO/PKG-INFO", "/srv/Foo_Bar-1.0-py3.11.egg/EGG-INFO")])
def test_where_python_packages_are_found(image, path, place):
    assert all_of(image({path: METADATA.format("Foo_Bar", "1.0", "")})) == [("python", "Foo_Bar", "1.0", place)]


def test_what_pip_installed(image):
    """The environment that these tests run in, copied: what Python itself says is in it."""
    from importlib import metadata

    real = {(one.metadata["Name"], one.version) for one in metadata.distributions()}
    files = {f"/opt/x/{number}-x.dist-info/METADATA": Path(str(one.locate_file(file))).read_bytes()
             for number, one in enumerate(metadata.distributions())
             for file in one.files or () if str(file).endswith(".dist-info/METADATA")}
    assert len(files) > 5
    found = {(one.name, one.version) for one in inventory(image(files)).packages}
    assert len(found) > 5 and found <= real


@pytest.mark.parametrize(("lines", "licences"), [
    ("License-Expression: MIT OR Apache-2.0\nLicense: old", ("MIT OR Apache-2.0",)),
    ("License: BSD-3-Clause\nClassifier: License :: OSI Approved :: MIT License", ("BSD-3-Clause",)),
    ("License: Copyright (c) 2020\n        All of it\nClassifier: License :: OSI Approved :: MIT License", ("MIT License",)),
    ("License: UNKNOWN\nClassifier: License :: OSI Approved\nClassifier: License :: Public Domain", ("Public Domain",)),
    ("License: " + "x" * 100, ()), ("", ())])
def test_the_words_on_a_licence(image, lines, licences):
    tree = image({f"{SITE}/a-1.dist-info/METADATA": METADATA.format("a", "1", lines)})
    assert inventory(tree).packages[0].licences == licences


def test_the_same_package_in_two_places_is_there_twice(image):
    text = METADATA.format("a", "1", "")
    tree = image({f"/opt/{place}/a-1.dist-info/METADATA": text for place in "xy"})
    assert [one.path for one in inventory(tree).packages] == ["/opt/x/a-1.dist-info", "/opt/y/a-1.dist-info"]


@pytest.mark.parametrize("data", [
    b"\0" * 1000, b"\n" * 1000, b"Name: a\n", b"Version: 1\n", b"Name: a b\nVersion: 1\n", b"Name: a\nVersion: \xff\n",
    b"Name: a\nVersion: 1 2\n", b" Name: a\n" * 100_000, b"Name: a\n\nVersion: 1"], ids=range(9))
def test_metadata_that_cannot_be_read_is_told(image, data):
    found = inventory(image({"/opt/a.dist-info/METADATA": data, "/opt/b.dist-info/METADATA": METADATA.format("b", "1", "")}))
    assert [one.name for one in found.packages] == ["b"]
    assert found.notes == ("/opt/a.dist-info/METADATA has no name or no version that could be one",)


def test_names_that_are_no_text_are_told_in_one_line(image):
    tree = image({"/opt/\udcff\n\x1b[2J.dist-info/METADATA": METADATA.format("a", "1", "")})
    path = inventory(tree).packages[0].path
    assert path.isprintable() and path.isascii()
    json.dumps(inventory(tree).as_json()).encode()


def test_too_many_python_packages_are_told(image, monkeypatch):
    monkeypatch.setattr(python, "MOST", 3)
    found = inventory(image({f"/opt/{number}.dist-info/METADATA": METADATA.format("a", number, "") for number in range(5)}))
    assert len(found.packages) == 3 and found.notes == ("more than 3 Python packages: the others are not told",)
    assert MOST >= 10_000


META = {"name": "numpy", "version": "2.1.0", "build": "py312h58c1407_1", "subdir": "linux-64", "license": "BSD-3-Clause",
        "channel": "https://conda.anaconda.org/t/se-cret/conda-forge/linux-64", "sha256": "a" * 64, "files": ["x"]}


def test_a_conda_environment(image):
    tree = image({"/opt/env/conda-meta/numpy-2.1.0-x.json": json.dumps(META), "/opt/env/conda-meta/history": "x",
                  "/opt/env/conda-meta/state/x.json": "{}"})
    one, = inventory(tree).packages
    assert (one.kind, one.name, one.version, one.architecture, one.path) == ("conda", "numpy", "2.1.0", "linux-64", "/opt/env")
    assert (one.build, one.channel, one.sha256, one.licences) == ("py312h58c1407_1", "conda-forge", "a" * 64, ("BSD-3-Clause",))


@pytest.mark.parametrize(("said", "channel"), [
    ("https://conda.anaconda.org/conda-forge/linux-64", "conda-forge"), ("conda-forge", "conda-forge"), ("", ""), (None, ""),
    ("https://repo.anaconda.com/pkgs/main/linux-64", "main")])
def test_a_channel_is_named_without_its_address(image, said, channel):
    tree = image({"/opt/env/conda-meta/x.json": json.dumps({**META, "channel": said})})
    assert inventory(tree).packages[0].channel == channel


@pytest.mark.parametrize("data", [
    "", "[]", "null", "1", '"x"', "{}", "[" * 100_000, '{"name": "x"}', '{"name": 1, "version": 2}',
    '{"name": "x", "version": ' + "9" * 5000 + "}",
    '{"name": "x", "version": "1\\n2"}', '{"name": "\\ud800", "version": "1"}', b"\xff\xfe", b"\0" * 1000], ids=range(14))
def test_a_conda_file_that_cannot_be_read_is_told(image, data):
    found = inventory(image({"/opt/env/conda-meta/x.json": data}))
    assert found.packages == ()
    assert found.notes == ("/opt/env/conda-meta/x.json has no name or no version that could be one",)


def test_texts_that_are_no_unicode_are_made_harmless(image):
    said = json.dumps({**META, "license": "\ud800\u202e\x1b", "build": ["x"], "sha256": "no"})
    one, = inventory(image({"/opt/env/conda-meta/x.json": said})).packages
    assert (one.licences, one.build, one.sha256) == (("\\ud800\\u202e\\x1b",), "", "")


def test_too_many_conda_packages_are_told(image, monkeypatch):
    monkeypatch.setattr(conda, "MOST", 2)
    files = {f"/opt/env/conda-meta/{number}.json": json.dumps({**META, "version": str(number)}) for number in range(4)}
    found = inventory(image(files))
    assert len(found.packages) == 2
    assert found.notes == ("more than 2 conda packages, or very large ones: the others are not told",)


def test_a_huge_conda_file_is_told_and_not_read(image):
    tree = image({"/opt/env/conda-meta/x.json": json.dumps(META)})
    with (image.folder / "opt/env/conda-meta/x.json").open("r+b") as file:
        file.truncate(1 << 40)      # sparse
    assert inventory(tree).notes == ("/opt/env/conda-meta/x.json has no name or no version that could be one",)


@given(st.binary(max_size=300))
def test_any_bytes_are_metadata_or_are_not(tmp_path_factory, data):
    from builder.image import ImageConfig
    from builder.rootfs import Root

    folder = tmp_path_factory.getbasetemp() / "any"
    for path in ("opt/a.dist-info/METADATA", "opt/conda-meta/x.json", "var/lib/dpkg/status", "usr/lib/os-release"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    config = ImageConfig(name="x", version="1", revision=1, platform="linux/amd64", environment={})
    json.dumps(inventory(ImageTree(Root(folder), config)).as_json()).encode("utf-8")
