"""Docker archives: what docker save, podman save and skopeo write, and what is not such a thing."""

from __future__ import annotations

import gzip
import hashlib
import json
import os

import pytest
from oci_images import ARCHITECTURE, entry, link, tar, zstd

from builder.errors import Fault, UsageError


class Archive:
    """An archive that anything can be written to."""

    def __init__(self, path):
        self.path, self.files, self.entries = path, {}, []

    def image(self, *layers, tags=("tool:1",), config=None, **settings):
        names = []
        for number, layer in enumerate(layers):
            names.append(f"{len(self.entries)}-{number}/layer.tar")
            self.files[names[-1]] = layer
        plain = [hashlib.sha256(gzip.decompress(one) if one[:2] == b"\x1f\x8b" else one).hexdigest() for one in layers]
        rootfs = {"type": "layers", "diff_ids": [f"sha256:{one}" for one in plain]}
        data = {"architecture": ARCHITECTURE, "os": "linux", "config": settings, "rootfs": rootfs} | (config or {})
        data = json.dumps(data).encode()
        name = f"{hashlib.sha256(data).hexdigest()}.json"
        self.files[name] = data
        self.entries.append({"Config": name, "RepoTags": list(tags), "Layers": names})
        return self

    def write(self, *more, manifest=None):
        data = json.dumps(self.entries if manifest is None else manifest).encode()
        self.path.write_bytes(tar(*(entry(name, text) for name, text in self.files.items()), *more, entry("manifest.json", data)))
        return f"docker-archive:{self.path}"


@pytest.fixture
def archive(tmp_path):
    return Archive(tmp_path / "a:b.tar")


def refused(look, word, kind=Fault):
    with pytest.raises(kind) as caught:
        look(word)
    assert type(caught.value) is kind
    assert caught.value.hint
    return caught.value.message + " " + caught.value.hint


def test_the_layers_are_merged_and_the_settings_read(look, archive):
    seen = look(archive.image(tar(entry("a", b"1"), entry("b", b"b" * 100_000)), gzip.compress(tar(entry("a", b"2"))),
                              Env=["A=1"], Labels={"l": "x"}).write())
    assert (seen["a"], seen["b"], seen.config.environment, seen.labels) == (b"2", b"b" * 100_000, {"A": "1"}, {"l": "x"})


def test_an_image_is_chosen_by_any_of_its_names(look, archive):
    archive.image(tar(entry("one")), tags=["docker.io/library/tool:1", "host:5000/x/tool:1"])
    archive.image(tar(entry("two")), tags=["b:2"])
    word = archive.write()
    for name in ("tool:1", "library/tool:1", "docker.io/library/tool:1", "host:5000/x/tool:1"):
        assert look(f"{word}:{name}").paths == {"one"}
    assert look(f"{word}:b:2").config.name == "b"
    assert "has 2 images" in refused(look, word, UsageError)
    said = refused(look, f"{word}:tool:2", UsageError)
    assert "no image with the name tool:2" in said
    assert "b:2" in said


def test_a_layer_that_came_twice_may_be_a_link_to_the_other(look, archive):
    archive.image(tar(entry("a", b"1")), tar(entry("a", b"2")), tar(entry("a", b"1")))
    del archive.files["0-2/layer.tar"]
    assert look(archive.write(link("0-2/layer.tar", "../0-0/layer.tar")))["a"] == b"1"


@pytest.mark.parametrize("name", ["../../../etc/passwd", "/etc/passwd", "nowhere", "0-0/layer.tar"])
def test_a_link_that_leads_elsewhere_is_no_layer(look, archive, name):
    archive.image(tar(entry("a")))
    del archive.files["0-0/layer.tar"]
    assert "has no 0-0/layer.tar" in refused(look, archive.write(link("0-0/layer.tar", name)))


def test_what_is_not_what_its_digest_says_is_refused(look, archive):
    name = next(iter(archive.image(tar(entry("a", b"1"))).entries))["Config"]
    archive.files["0-0/layer.tar"] = tar(entry("a", b"2"))
    assert "are others" in refused(look, archive.write())
    archive.files[name] = archive.files[name].replace(b'"config"', b'"Config"')
    assert "not what its name says" in refused(look, archive.write())


def test_compressed_bytes_are_proven_when_unpacked(look, archive):
    archive.image(gzip.compress(tar(entry("a", b"1"))))
    archive.files["0-0/layer.tar"] = zstd(tar(entry("a", b"2")))
    assert "unpacked: the bytes of" in refused(look, archive.write())


@pytest.mark.parametrize(("manifest", "said"), [
    ([], "names no image"), ({}, "names no image"), ([1], "names no image"), ([{}], "names no configuration"),
    ([{"Config": "no.json"}], "has no no.json"), ([{"Config": "../up"}], "climbs out"), ([{"Config": "\udc80"}], "has no"),
], ids=["empty", "object", "number", "nothing", "missing", "climbing", "no-text"])
def test_a_manifest_that_is_none_is_told(look, archive, manifest, said):
    assert said in refused(look, archive.image(tar(entry("a"))).write(manifest=manifest))


def test_layers_that_the_configuration_does_not_bind_are_refused(look, archive):
    for config in ({"rootfs": {}}, {"rootfs": 1}, {"rootfs": {"diff_ids": []}}, {"rootfs": {"diff_ids": ["sha256:x"]}}):
        archive.entries.clear()
        assert "different layers" in refused(look, archive.image(tar(entry("a")), config=config).write())


def test_other_machines_and_other_files_are_told(look, archive, tmp_path):
    assert "linux/sparc64" in refused(look, archive.image(tar(entry("a")), config={"architecture": "sparc64"}).write())
    packed = tmp_path / "packed"
    packed.write_bytes(gzip.compress(archive.path.read_bytes()))
    assert "gunzip" in refused(look, f"docker-archive:{packed}")
    packed.write_bytes(b"nothing of the kind" * 1000)
    assert "not a whole tar" in refused(look, f"docker-archive:{packed}")
    packed.write_bytes(archive.path.read_bytes()[:700])
    assert "ends in the middle" in refused(look, f"docker-archive:{packed}")
    packed.write_bytes(b"")
    assert "has no manifest.json" in refused(look, f"docker-archive:{packed}")
    os.truncate(archive.path, archive.path.stat().st_size + (9 << 20))
    refused(look, f"docker-archive:{archive.path}")
