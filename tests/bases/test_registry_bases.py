"""Bases that are images of a registry."""

from __future__ import annotations

import json
import subprocess

import pytest

from builder.errors import Error, Fault
from builder.outside import Outside
from tests.bases.conftest import LOWER, MERGED, PLAIN, UPPER, ZSTD, digests
from tests.integration.oci_images import Server, entry, tar, zstd


@pytest.fixture
def server(tmp_path_factory):
    made = Server(tmp_path_factory.mktemp("registry"))
    yield made
    made.stop()


# Registries

@pytest.fixture
def served(bench, layout, server):
    """A reference to an image of the registry, and a bench that may use it."""
    made = layout.image(tar(*LOWER), tar(*UPPER), Env=["A=1"])
    layout.push(made, f"{server.host}/lab/base:1")
    bench.outside = Outside(registries=(f"{server.host}/lab",), plain_http=(server.host,))
    return f"{server.host}/lab/base:1@{made['digest']}"


def test_an_image_comes_from_a_registry_and_then_from_the_cache(bench, server, served):
    foundation = bench.image(served)
    assert bench.seen(foundation) == MERGED
    assert foundation.environment == {"A": "1"}
    assert foundation.materials == ({"uri": served, "sha256": served.rpartition(":")[2]},)
    server.stop()
    assert bench.image(served) == foundation
    subprocess.run(["rm", "-rf", *bench.layers.folder.iterdir()], check=True)
    assert bench.image(served) == foundation
    assert bench.seen(foundation) == MERGED


def test_an_image_of_dockers_kind_is_the_same_thing(bench, layout, server, served):
    made = layout.image(tar(*LOWER), tar(*UPPER), docker=True, Env=["A=1"], OnBuild=["RUN x"])
    layout.upload(made, server.host, "lab/docker")
    foundation = bench.image(f"{server.host}/lab/docker@{made['digest']}")
    assert bench.seen(foundation) == MERGED
    assert len(foundation.notes) == 1


@pytest.mark.parametrize("packed", [(tar(*LOWER), PLAIN), (zstd(tar(*LOWER)), ZSTD)])
def test_layers_come_as_they_are_packed(bench, layout, server, served, packed):
    made = layout.image(packed, tar(*UPPER))
    layout.upload(made, server.host, "lab/packed")
    assert bench.seen(bench.image(f"{server.host}/lab/packed@{made['digest']}")) == MERGED


def test_of_an_index_the_image_for_this_machine_is_taken(bench, layout, server, served):
    mine, other = layout.image(tar(*LOWER)), layout.image(tar(entry("other")), architecture="s390x")
    index = layout.index(other, mine)
    layout.push(index, f"{server.host}/lab/multi:1")
    assert bench.seen(bench.image(f"{server.host}/lab/multi@{index['digest']}"))["etc/one"] == "1"
    assert bench.seen(bench.local(index))["etc/one"] == "1"
    with pytest.raises(Fault, match="only for linux/s390x"):
        bench.local(layout.index(other))
    with pytest.raises(Fault, match="is for linux/s390x"):
        bench.local(other)


def test_a_layer_that_is_known_is_not_sent_again(bench, layout, server, served):
    bench.image(served)
    made = layout.image(tar(*LOWER), tar(entry("more", b"m")))
    layout.push(made, f"{server.host}/lab/more:1")
    server.blob(f"sha256:{digests(layout, made)[0]}").write_bytes(b"broken")
    bench.lines.clear()
    assert bench.seen(bench.image(f"{server.host}/lab/more@{made['digest']}"))["more"] == "m"
    assert sum("unpacking" in line for line in bench.lines) == 1


@pytest.mark.parametrize("part", ["layer", "config", "manifest"])
def test_a_registry_that_serves_other_bytes_is_refused(bench, layout, server, served, part):
    digest = served.rpartition("@")[2]
    manifest = json.loads(layout.file(digest).read_text())
    parts = {"layer": manifest["layers"][0]["digest"], "config": manifest["config"]["digest"], "manifest": digest}
    path = server.blob(parts[part])
    data = path.read_bytes()
    path.write_bytes(data.replace(b'"os": "linux"', b'"os": "tinux"').replace(b'"size"', b'"siZe"') if part != "layer"
                     else data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(Error) as caught:
        bench.image(served)
    assert (server.host in caught.value.message, caught.value.exit_code) == (True, 1)
    assert caught.value.hint
    assert list(bench.layers.folder.iterdir()) == []


def test_what_a_registry_has_not_got_is_a_fault(bench, server, served):
    for reference in (f"{server.host}/lab/base@sha256:{'0' * 64}", f"{server.host}/lab/none@sha256:{'0' * 64}"):
        with pytest.raises(Fault) as caught:
            bench.image(reference)
        assert "still" in (caught.value.hint or "")


def test_a_registry_that_cannot_be_reached_is_no_fault_of_the_recipe(bench, server, served):
    server.stop()
    with pytest.raises(Error, match="cannot be fetched") as caught:
        bench.image(served)
    assert (caught.value.exit_code, "network" in caught.value.hint) == (3, True)


def test_without_leave_nothing_is_fetched_without_tls(bench, server, served):
    bench.outside = Outside(registries=(server.host,))
    with pytest.raises(Error, match="HTTPS") as caught:
        bench.image(served)
    assert "plain HTTP" in caught.value.hint


def test_the_policy_counts_even_for_what_is_in_the_cache(bench, server, served):
    bench.image(served)
    bench.outside = Outside(registries=("registry.example.org", f"{server.host}/la"), plain_http=(server.host,))
    with pytest.raises(Fault, match=r"only come from .*registry\.example\.org"):
        bench.image(served)
