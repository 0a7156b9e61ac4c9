"""What indexes, manifests and configurations say; anyone may have written them."""

from __future__ import annotations

import json
import platform

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.bases import inherit, oci
from builder.bases.blobs import Blob
from builder.errors import Fault

HEX = "0123456789abcdef" * 4
OCI, DOCKER = "application/vnd.oci.image", "application/vnd.docker"


@pytest.fixture(autouse=True)
def machine(monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")


def part(kind, digest=f"sha256:{HEX}", size=7, **more):
    return {"mediaType": kind, "digest": digest, "size": size, **more}


def manifest(**changes):
    made = {"schemaVersion": 2, "mediaType": f"{OCI}.manifest.v1+json", "config": part(f"{OCI}.config.v1+json"),
            "layers": [part(f"{OCI}.layer.v1.tar+gzip")]}
    return json.dumps({key: value for key, value in (made | changes).items() if value is not None}).encode()


def index(*platforms, kind=f"{OCI}.index.v1+json"):
    images = [part(f"{OCI}.manifest.v1+json", f"sha256:{number:064x}", platform=one) for number, one in enumerate(platforms)]
    return json.dumps({"schemaVersion": 2, "mediaType": kind, "manifests": images}).encode()


def linux(name, **more):
    return {"os": "linux", "architecture": name, **more}


@pytest.mark.parametrize("kind", [f"{OCI}.layer.v1.tar", f"{OCI}.layer.v1.tar+gzip", f"{OCI}.layer.v1.tar+zstd",
                                  f"{DOCKER}.image.rootfs.diff.tar.gzip", f"{DOCKER}.image.rootfs.diff.tar"])
def test_a_manifest_names_its_parts(kind):
    found = oci.manifest(manifest(layers=[part(kind, size=1), part(kind, size=2)]), "here")
    assert [one.size for one in found.layers] == [1, 2]
    assert found.config == Blob(digest=HEX, size=7)


def test_dockers_manifest_and_one_without_a_media_type_are_the_same_thing():
    docker = manifest(mediaType=f"{DOCKER}.distribution.manifest.v2+json", config=part(f"{DOCKER}.container.image.v1+json"))
    assert oci.manifest(docker, "here") == oci.manifest(manifest(mediaType=None), "here") == oci.manifest(manifest(), "here")
    assert oci.choose(docker, "here") is None


@pytest.mark.parametrize("data", [
    b"", b"\xff", b"[]", b"7", b"[" * 100_000, b'{"a":', manifest(schemaVersion=1), manifest(mediaType=f"{OCI}.index.v1+json"),
    manifest(config=None), manifest(config=[]), manifest(config=part("application/vnd.oci.empty.v1+json")), manifest(layers=None),
    manifest(layers=[]), manifest(layers={}), manifest(layers=[7]), manifest(config=part(f"{OCI}.config.v1+json", size=5 << 20)),
    *(manifest(layers=[one]) for one in (
        {}, part("application/x"), part(f"{OCI}.layer.nondistributable.v1.tar+gzip"), part(f"{OCI}.layer.v1.tar+encrypted"),
        part(f"{OCI}.layer.v1.tar", "sha256:../../etc/passwd"), part(f"{OCI}.layer.v1.tar", f"sha256:{HEX}\n"),
        part(f"{OCI}.layer.v1.tar", f"sha512:{HEX}"), part(f"{OCI}.layer.v1.tar", 7), part(f"{OCI}.layer.v1.tar", size=-1),
        part(f"{OCI}.layer.v1.tar", size=True), part(f"{OCI}.layer.v1.tar", size="7"), part(f"{OCI}.layer.v1.tar", size=1 << 50),
        part(["x"]))),
    manifest(layers=[part(f"{OCI}.layer.v1.tar")] * 500), manifest(mediaType=["x"])])
def test_what_is_no_manifest_of_an_image_is_a_fault(data):
    with pytest.raises(Fault) as caught:
        oci.manifest(data, "registry/name")
    assert caught.value.message.startswith("registry/name: ")
    assert caught.value.hint
    assert caught.value.message.isprintable()


@pytest.mark.parametrize(("platforms", "number"), [
    ([linux("arm64")], 0), ([linux("amd64"), linux("arm64", variant="v8")], 1),
    ([linux("arm64", variant="v9"), linux("arm64")], 1), ([{"os": "windows", "architecture": "arm64"}, linux("arm64")], 1),
    ([None, {"os": "unknown"}, linux("arm64")], 2)])
@pytest.mark.parametrize("kind", [f"{OCI}.index.v1+json", f"{DOCKER}.distribution.manifest.list.v2+json", None])
def test_an_index_leads_to_the_image_for_this_machine(platforms, number, kind):
    assert oci.choose(index(*platforms, kind=kind), "here") == f"{number:064x}"


@pytest.mark.parametrize("data", [index(), index(linux("amd64")), index(None), index([1]),
                                  json.dumps({"manifests": [part(f"{OCI}.index.v1+json", platform=linux("arm64"))]}).encode(),
                                  json.dumps({"manifests": 7}).encode()])
def test_an_index_without_such_an_image_is_a_fault(data):
    with pytest.raises(Fault):
        oci.choose(data, "here")


def test_the_fault_names_what_the_index_has():
    with pytest.raises(Fault, match="linux/arm64, only for linux/amd64, linux/arm/v7"):
        oci.choose(index(linux("amd64"), linux("arm", variant="v7")), "here")


def test_a_configuration_is_for_this_machine():
    assert oci.configuration(json.dumps(linux("arm64", config={"User": "x"})).encode(), "here") == {"User": "x"}
    assert oci.configuration(json.dumps(linux("arm64", config=None)).encode(), "here") == {}
    for other in (linux("amd64"), {"os": "windows", "architecture": "arm64"}, {}):
        with pytest.raises(Fault, match="this machine is linux/arm64"):
            oci.configuration(json.dumps(other).encode(), "here")


def test_the_environment_is_inherited_but_for_what_fights_the_site():
    config = {"Env": ["PATH=/a:/b", "EMPTY=", "A=b=c", "LD_LIBRARY_PATH=/opt/x", "LD_PRELOAD=y", "LD_AUDIT=z"]}
    taken, notes = inherit.environment(config)
    assert taken == {"PATH": "/a:/b", "EMPTY": "", "A": "b=c"}
    assert [note.split()[2].partition("=")[0] for note in notes] == ["LD_LIBRARY_PATH", "LD_PRELOAD", "LD_AUDIT"]
    assert "/opt/x" in notes[0]


@pytest.mark.parametrize("entry", ["A", "", "=x", "1A=x", "A B=x", "A-B=x", "Ä=x", "A=one\ntwo", "A=end\\", "A=end\\  ",
                                   "A=end\n", "A=\0", "A=\ud800", f"A={'x' * 40_000}"])
def test_what_cannot_be_in_an_environment_is_left_out_with_a_note(entry):
    taken, notes = inherit.environment({"Env": [entry]})
    assert (taken, len(notes)) == ({}, 1)
    assert notes[0].isprintable()
    assert len(notes[0]) < 400


@given(st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_any_value_in_any_place_is_read_or_refused(value):
    config = dict.fromkeys(("Env", "User", "OnBuild", "Volumes"), value)
    assert all(note.isprintable() for note in (*inherit.environment(config)[1], *inherit.notes(config)))
    for document in (value, {"config": value, "layers": value}, {"manifests": value}, linux("arm64", config=value)):
        for read in (oci.manifest, oci.choose, oci.configuration):
            try:
                read(json.dumps(document).encode(), "here")
            except Fault as fault:
                assert fault.hint


@pytest.mark.parametrize(("config", "words"), [
    ({}, []), ({"User": ""}, []), ({"User": "root:root"}, []), ({"User": "0:0"}, []), ({"User": "nobody:x"}, ["USER nobody:x"]),
    ({"User": "1000"}, ["USER 1000"]), ({"OnBuild": ["RUN a", "COPY . /"]}, ["ONBUILD triggers are not run: RUN a, COPY . /"]),
    ({"Volumes": {"/data": {}}}, ["VOLUME has no effect: /data"]), ({"Entrypoint": ["x"], "Cmd": ["y"], "Healthcheck": {}}, [])])
def test_what_has_no_effect_is_told(config, words):
    notes = inherit.notes(config)
    assert len(notes) == len(words)
    assert all(word in note for word, note in zip(words, notes, strict=True))
