"""Images that come from a registry, which may say whatever it likes: nothing of them is believed before it is verified."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from lying_registry import MANIFEST, alternating, cut, digest, endless, serve
from shared_images import BLOB, CONTENT, HOST, ONE, PRIVATE, arrive, stock, untouched
from tools import needs

from builder.errors import Error, Fault
from builder.recipe.model import Access
from certify.reference import Reference
from certify.sharing import documents
from certify.sharing.documents import ACCESS, CERTIFICATE
from certify.store import Store, fsck
from certify.store.entering import read_access
from certify.verify import verify_reference

pytestmark = needs("skopeo", "prlimit")


@pytest.fixture
def other(world, open_folder):
    return replace(world, store=Store.create(open_folder / "other"))


@pytest.mark.parametrize("access", [Access(public=True), PRIVATE], ids=["public", "private"])
def test_what_is_pulled_is_what_was_pushed_and_for_the_same_people(world, other, registry, access):
    world.publish(CONTENT, access=access)
    image = stock(registry, world)
    done = arrive(registry, other)
    assert (done.digest, done.status) == (ONE, "published")
    verify_reference(other.store, Reference.parse("tool:1.0"), other.trust, now=other.now, platform=HOST)
    assert read_access(other.store, ONE, other.trust).realm == read_access(world.store, ONE, world.trust).realm
    assert fsck.check(other.store, other.trust, now=other.now, deep=True).problems == ()
    assert not any(other.store.quarantine.iterdir())
    assert arrive(registry, other, tag=f"@sha256:{image.digest}").status == "unchanged"


def test_what_is_there_already_is_not_fetched_again(world, other, registry):
    world.publish(CONTENT)
    stock(registry, world)
    arrive(registry, other)
    assert registry.asked.count(f"/v2/team/tool{BLOB}") == 1
    del registry.blobs[f"sha256:{ONE}"]
    assert arrive(registry, other).status == "unchanged"


def test_of_several_at_once_one_publishes_and_all_find_the_image(world, other, registry):
    world.publish(CONTENT)
    stock(registry, world)
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: arrive(registry, other), range(4)))
    assert sorted(one.status for one in done) == ["published", "unchanged", "unchanged", "unchanged"]
    assert fsck.check(other.store, other.trust, now=other.now, deep=True).problems == ()


def test_the_manifest_is_the_one_of_the_store_and_says_what_other_tools_look_for(world, registry):
    world.publish(CONTENT)
    image = stock(registry, world)
    assert world.store.blob(image.digest).read_bytes() == registry.manifests["1"]
    attached = json.loads(registry.manifests[f"sha256-{image.digest}.att"])
    assert attached["subject"] == {"mediaType": MANIFEST, "digest": f"sha256:{image.digest}", "size": image.size}
    assert {one["mediaType"] for one in attached["layers"]} == {"application/vnd.dsse.envelope.v1+json"}
    assert attached["config"] == {"mediaType": "application/vnd.oci.empty.v1+json", "digest": digest(b"{}"), "size": 2}


def lie(ending, answer):
    def tell(registry, image):
        registry.lies[ending(image) if callable(ending) else ending] = answer(registry, image) if callable(answer) else answer
    return tell


def told(answer):
    return lambda registry, image: answer


LIES = {
    "another squashfs": lie(BLOB, told(serve(b"evil9one!" * 1000))),
    "a longer squashfs": lie(BLOB, told(serve(CONTENT + b"more"))),
    "a shorter squashfs": lie(BLOB, told(serve(CONTENT[:-1]))),
    "an empty squashfs": lie(BLOB, told(serve(b""))),
    "an endless squashfs": lie(BLOB, told(endless)),
    "half a squashfs": lie(BLOB, told(cut(CONTENT))),
    "a redirect to a file": lie(BLOB, told(serve(b"", status=307, Location="file:///etc/passwd"))),
    "a redirect in circles": lie(BLOB, told(serve(b"", status=307, Location=f"/v2/team/tool{BLOB}"))),
    "an error for the squashfs": lie(BLOB, told(serve(b"oops", status=500))),
    "no squashfs": lie(BLOB, told(serve(b"{}", status=404))),
    "an endless manifest": lie("/manifests/1", told(endless)),
    "half a manifest": lie("/manifests/1", lambda registry, image: cut(registry.manifests["1"])),
    "an error for the manifest": lie("/manifests/1", told(serve(b"oops", status=500))),
    "another manifest by its digest": lie(lambda image: f"/manifests/sha256:{image.digest}",
                                          lambda registry, image: serve(registry.manifests["1"] + b" ", MANIFEST)),
    "no certificate": lie(lambda image: f"{image.digest}.att", told(serve(b"{}", status=404))),
    "no access record": lie(lambda image: f"{image.digest}.access", lambda registry, image: serve(
        b'{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}', "application/json", 404)),
    "an error for the access record": lie(lambda image: f"{image.digest}.access", told(serve(b"oops", status=500))),
    "the access record as the certificate": lie(lambda image: f"{image.digest}.att", lambda registry, image: serve(
        registry.manifests[image.tag(ACCESS)], MANIFEST)),
}


@pytest.mark.parametrize("case", LIES)
def test_a_registry_that_lies_is_refused_and_leaves_nothing(world, other, registry, case):
    world.publish(CONTENT, access=PRIVATE)
    image = stock(registry, world)
    LIES[case](registry, image)
    with pytest.raises(Error) as caught:
        arrive(registry, other)
    assert registry.host in caught.value.message or "--public" in caught.value.hint
    assert caught.value.hint
    assert untouched(other.store)


def document(change):
    """A manifest that is honest about its digest, and about nothing else."""
    def make(registry):
        value = json.loads(registry.manifests["1"])
        change(value)
        registry.put("1", json.dumps(value).encode())
    return make


DOCUMENTS = {
    "no JSON": lambda registry: registry.put("1", b"<html>log in</html>"),
    "deep JSON": lambda registry: registry.put("1", b"[" * 100_000),
    "a number": lambda registry: registry.put("1", b"1"),
    "an index": lambda registry: registry.put("1", b'{"schemaVersion":2,"manifests":[]}'),
    "duplicate keys": lambda registry: registry.put("1", registry.manifests["1"].replace(b'{"a', b'{"schemaVersion":2,"a', 1)),
    "another kind of image": document(lambda value: value.update(artifactType="application/vnd.oci.image.config.v1+json")),
    "two layers": document(lambda value: value["layers"].append(value["layers"][0])),
    "no layer": document(lambda value: value["layers"].clear()),
    "another digest": document(lambda value: value["layers"][0].update(digest="sha256:" + "a" * 64)),
    "a path for a digest": document(lambda value: value["layers"][0].update(digest="sha256:../../../../etc/passwd")),
    "a larger size": document(lambda value: value["layers"][0].update(size=9001)),
    "a huge size": document(lambda value: value["layers"][0].update(size=1 << 50)),
    "a negative size": document(lambda value: value["layers"][0].update(size=-1)),
    "more keys": document(lambda value: value.update(annotations={"a": "b"})),
    "a huge config": document(lambda value: value["config"].update(size=1 << 40)),
}


@pytest.mark.parametrize("case", DOCUMENTS)
def test_a_manifest_that_no_push_made_is_refused(world, other, registry, case):
    world.publish(CONTENT)
    stock(registry, world)
    DOCUMENTS[case](registry)
    with pytest.raises(Fault):
        arrive(registry, other)
    assert untouched(other.store)
    assert f"/v2/team/tool{BLOB}" not in registry.asked


def test_a_manifest_that_is_another_one_when_asked_again_is_refused(world, other, registry):
    world.publish(CONTENT)
    image = stock(registry, world)
    evil = documents.artifact(CERTIFICATE, image, {"certificate.dsse.json": b"{}"})
    registry.put("evil", evil, b"{}")
    good = registry.manifests[image.tag(CERTIFICATE)]
    registry.lies[f"/manifests/{digest(good)}"] = alternating(evil)
    with pytest.raises(Error, match="anifest"):
        arrive(registry, other)
    assert untouched(other.store)
