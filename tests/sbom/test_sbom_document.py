"""The bill of materials: valid by the official schema, the same bytes for the same image, and true to what was found."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import uuid
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packageurl import PackageURL

from builder.image import ImageConfig
from builder.record import Record
from certify.packages import Inventory
from certify.packages.model import KINDS, gathered, made
from certify.sbom import read, text
from certify.sbom.build import bom, document

DIGEST = "d" * 64
CONFIG = ImageConfig(name="tool", version="1.0", revision=2, platform="linux/amd64", environment={})
RECORD = Record(
    name="tool", tag="1.0-2", platform="linux/amd64", key=DIGEST, recipe=DIGEST, digest=DIGEST, size=4096, tree=DIGEST,
    isolation="runc", tools={}, started="2026-11-30T11:00:00+00:00", seconds={}, notes=[], resolved={}, environment={}, inputs={},
    packages=[{"name": "libstdc++6", "version": "1:12.2-3~deb12", "architecture": "amd64", "sha256": "1" * 64},
              {"kind": "rpm", "name": "gcc", "version": "2:1-1", "architecture": "x86_64", "distribution": "rocky",
               "sha256": "6" * 64}],
    wheels=[{"file": "Foo_Bar.baz-1.0+x-py3-none-any.whl", "sha256": "2" * 64}, {"file": "two-1-a.whl", "sha256": "7" * 64},
            {"file": "two-1-b.whl", "sha256": "8" * 64}],
    sources=[{"url": "https://example.org/a%20b/x.tar?y=1", "sha256": "3" * 64}],
    files=[{"from": "a b/ü", "to": "/x", "sha256": "4" * 64}, {"from": "a b/ü", "to": "/y", "sha256": "4" * 64}],
    bases=[{"uri": "docker.io/library/x@sha256:5", "sha256": "5" * 64}])
PACKAGES = (
    made("deb", "libstdc++6", "1:12.2-3~deb12", architecture="amd64", source="gcc-12", licences=["GPL-3+"]),
    made("deb", "bash", "5.2", architecture="amd64", source="bash"),
    made("rpm", "gcc", "2:1-1", architecture="x86_64", source="gcc-1-1.src.rpm", licences=["GPLv3+ and LGPLv2+"]),
    made("python", "foo.bar_baz", "1.0+x", path="/opt/x", licences=["MIT OR Apache-2.0"]),
    made("python", "foo.bar_baz", "1.0+x", path="/opt/y", licences=["MIT", "x" * 200]),
    made("python", "two", "1", path="/opt/y"),
    made("conda", "numpy", "2.1", architecture="linux-64", build="py312_1", channel="conda-forge", path="/opt/env",
         sha256="9" * 64),
)
FOUND = gathered(PACKAGES, ["a note"], ("debian", "12"), {})


def components(inventory=FOUND, record=None):
    return json.loads(bom(CONFIG, DIGEST, inventory, record))["components"]


def by_name(**more):
    return {one["name"]: one for one in components(**more)}


@pytest.mark.parametrize("record", [None, RECORD], ids=["found", "built"])
def test_it_is_valid(validate, record):
    validate(bom(CONFIG, DIGEST, FOUND, record))
    validate(bom(CONFIG, DIGEST, Inventory(), record, timestamp=datetime(2026, 11, 30, 12, tzinfo=UTC)))


def test_the_image_is_what_it_is_about():
    made = json.loads(bom(CONFIG, DIGEST, FOUND))
    assert made["metadata"]["component"] == {
        "bom-ref": "image", "type": "container", "name": "tool", "version": "1.0-2",
        "hashes": [{"alg": "SHA-256", "content": DIGEST}], "properties": [{"name": "certify:platform", "value": "linux/amd64"}]}
    assert {"name": "certify:note:1", "value": "a note"} in made["metadata"]["properties"]
    assert (made["bomFormat"], made["specVersion"], made["version"]) == ("CycloneDX", "1.6", 1)


def test_it_says_nothing_of_the_moment_but_what_it_is_told():
    assert "timestamp" not in json.loads(bom(CONFIG, DIGEST, FOUND))["metadata"]
    told = json.loads(bom(CONFIG, DIGEST, FOUND, timestamp=datetime(2026, 11, 30, 12, tzinfo=UTC)))["metadata"]
    assert told["timestamp"] == "2026-11-30T12:00:00+00:00"


def test_the_serial_number_is_the_digests():
    first, second = (json.loads(bom(CONFIG, digest, FOUND))["serialNumber"] for digest in (DIGEST, "e" * 64))
    assert uuid.UUID(first).version == 5        # made from a name
    assert first != second and first == json.loads(bom(CONFIG, DIGEST, Inventory()))["serialNumber"]


def test_the_bytes_are_the_same_in_another_process():
    code = ("import pickle, sys; from certify.sbom.build import bom; "
            "sys.stdout.buffer.write(bom(*pickle.load(sys.stdin.buffer)))")
    said = subprocess.run([sys.executable, "-c", code], input=pickle.dumps((CONFIG, DIGEST, FOUND, RECORD)), check=True,
                          capture_output=True, env={"PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": "7"}).stdout
    assert said == bom(CONFIG, DIGEST, FOUND, RECORD)


@pytest.mark.parametrize(("name", "purl"), [
    ("libstdc++6", "pkg:deb/debian/libstdc%2B%2B6@1:12.2-3~deb12?arch=amd64&distro=debian-12&upstream=gcc-12"),
    ("bash", "pkg:deb/debian/bash@5.2?arch=amd64&distro=debian-12"),
    ("gcc", "pkg:rpm/debian/gcc@1-1?arch=x86_64&distro=debian-12&epoch=2&upstream=gcc-1-1.src.rpm"),
    ("foo.bar_baz", "pkg:pypi/foo-bar-baz@1.0%2Bx"),
    ("numpy", "pkg:conda/numpy@2.1?build=py312_1&channel=conda-forge&subdir=linux-64"),
    ("x.tar", "pkg:generic/x.tar?checksum=sha256:" + "3" * 64 + "&download_url=https://example.org/a%2520b/x.tar%3Fy%3D1"),
])
def test_what_a_package_is_called_in_the_world(name, purl):
    assert PackageURL.from_string(by_name(record=RECORD)[name]["purl"]) == PackageURL.from_string(purl)


def test_packages_of_a_system_without_a_name_have_no_vendor():
    purls = [one["purl"] for one in components(inventory=gathered(PACKAGES[:1], [], ("", ""), {}))]
    assert purls == ["pkg:deb/libstdc%2B%2B6@1:12.2-3~deb12?arch=amd64&upstream=gcc-12"]


@pytest.mark.parametrize(("words", "said"), [
    ([], None), (["MIT"], [{"license": {"id": "MIT"}}]), (["mit or apache-2.0"], [{"expression": "MIT OR Apache-2.0"}]),
    (["GPL-2+"], [{"license": {"name": "GPL-2+"}}]), (["MIT", "BSD-3-Clause"], [{"license": {"id": "BSD-3-Clause"}},
                                                                               {"license": {"id": "MIT"}}]),
    (["MIT OR Apache-2.0", "Zlib"], [{"license": {"id": "Zlib"}}, {"license": {"name": "MIT OR Apache-2.0"}}]),
    (["((((", ")"], [{"license": {"name": "(((("}}, {"license": {"name": ")"}}]),
    (["(" * 200], [{"license": {"name": "(" * 200}}]),
    (["mit", "MIT"], [{"license": {"id": "MIT"}}]),
], ids=str)
def test_licences(validate, words, said):
    inventory = gathered([made("deb", "a", "1", licences=words)], [], ("", ""), {})
    one, = components(inventory=inventory)
    if said and "expression" in said[0]:
        assert one["licenses"][0]["expression"].lower() == said[0]["expression"].lower()
    else:
        assert one.get("licenses") == said
    validate(bom(CONFIG, DIGEST, inventory))


def test_hashes_are_those_of_the_files_that_the_build_fetched():
    def sums(**more):
        return {one["bom-ref"]: one["hashes"][0]["content"][0] for one in components(**more) if "hashes" in one}

    assert sums() == {"conda:numpy:2.1:py312_1:linux-64:/opt/env": "9"}
    assert sums(record=RECORD) == {
        "deb:libstdc++6:1:12.2-3~deb12:amd64": "1", "rpm:gcc:2:1-1:x86_64": "6", "python:foo.bar_baz:1.0+x:/opt/x": "2",
        "python:foo.bar_baz:1.0+x:/opt/y": "2", "conda:numpy:2.1:py312_1:linux-64:/opt/env": "9",
        "source:https://example.org/a%20b/x.tar?y=1": "3", "base:docker.io/library/x@sha256:5": "5"}


def test_what_a_recipe_brought():
    made = {one["bom-ref"]: one for one in components(inventory=Inventory(), record=RECORD)}
    assert list(made) == ["source:https://example.org/a%20b/x.tar?y=1", "file:a b/ü:/x", "file:a b/ü:/y",
                          "base:docker.io/library/x@sha256:5"]
    place, = made["source:https://example.org/a%20b/x.tar?y=1"]["externalReferences"]
    assert (place["type"], place["url"]) == ("distribution", "https://example.org/a%20b/x.tar?y=1")
    assert made["file:a b/ü:/x"]["properties"] == [{"name": "certify:digest", "value": "sha256:" + "4" * 64},
                                                   {"name": "certify:to", "value": "/x"}]


def test_the_system_and_all_components_are_what_the_image_depends_on():
    made = json.loads(bom(CONFIG, DIGEST, FOUND, RECORD))
    assert made["components"][0] == {"bom-ref": "system", "type": "operating-system", "name": "debian", "version": "12"}
    references = [one["bom-ref"] for one in made["components"]]
    assert len(references) == len(set(references)) == 12
    assert made["dependencies"] == [{"ref": "image", "dependsOn": sorted(references)}]


def test_what_was_written_is_read_again():
    found = list(read.packages(json.loads(bom(CONFIG, DIGEST, FOUND, RECORD))))
    assert [(one.kind, one.name, one.version, one.path) for one in found] == [
        (one.kind, one.name, one.version, one.path) for one in FOUND.packages]


@pytest.mark.parametrize("value", [
    {}, {"components": None}, {"components": {}}, {"components": [1, None, [], {}]}, {"components": [{"purl": 1, "name": "a"}]},
    {"components": [{"purl": "pkg:npm/a@1", "name": "a", "version": "1"}, {"purl": "", "name": "a", "version": "1"}]},
    {"components": [{"purl": "pkg:deb/a", "name": None, "version": "1"}]}], ids=range(7))
def test_bills_of_other_tools_are_read_as_far_as_they_go(value):
    assert list(read.packages(value)) == []
    good = {"purl": "pkg:deb/a@1", "name": "a", "version": "1", "properties": [1, {"name": "certify:path", "value": 3}]}
    assert [one.name for one in read.packages({"components": [good]})] == ["a"]


def test_a_document_has_one_form_as_a_file():
    made = document(CONFIG, DIGEST, FOUND, RECORD)
    assert text.dumped(json.loads(json.dumps(made, sort_keys=True))) == bom(CONFIG, DIGEST, FOUND, RECORD)


WORDS = st.text(max_size=30)
LICENCES = st.lists(WORDS | st.sampled_from(["MIT", "(MIT", "MIT AND", "GPL-2.0 WITH x", "LicenseRef-x"]), max_size=3)
ANY = st.lists(st.builds(lambda kind, licences, **more: made(kind, "a", "1", licences=licences, **more),
                         st.sampled_from(KINDS), LICENCES,
                         architecture=WORDS, path=WORDS, source=WORDS, build=WORDS, channel=WORDS), max_size=4)


@settings(max_examples=40)
@given(ANY, st.lists(WORDS, max_size=3))
def test_whatever_an_image_says_the_bill_is_valid(validate, packages, notes):
    validate(bom(CONFIG, DIGEST, gathered(packages, notes, ("debian", "12"), {})))


def test_cyclonedx_is_loaded_by_those_alone_who_write_a_bill():
    code = ("import sys, certify.evidence, certify.store.find, certify.packages.wanted, certify.sbom.text, certify.cli.sbom; "
            "sys.exit(any(name in sys.modules for name in ('cyclonedx', 'packageurl', 'packaging')))")
    subprocess.run([sys.executable, "-c", code], check=True)
