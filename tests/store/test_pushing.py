"""What a push refuses before a byte of the image is sent."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lying_registry import serve
from shared_images import CONTENT, HOST, PRIVATE, stock
from tools import needs

from builder.bases.reference import place
from builder.errors import Error, Fault, UsageError
from builder.outside import Outside
from certify.reference import Reference
from certify.sharing import push
from certify.sharing.documents import CERTIFICATE
from certify.sharing.repository import Repository
from certify.store import Store

pytestmark = needs("skopeo", "prlimit")


@pytest.fixture
def other(world, open_folder):
    return replace(world, store=Store.create(open_folder / "other"))


def send(registry, world, work, tag=":1", **more):
    work.mkdir()
    repository = Repository(place=place(f"docker://{registry.host}/team/tool{tag}"), work=work, credentials=None,
                            outside=Outside(plain_http=(registry.host,)), on_line=lambda _: None)
    usual = {"now": world.now, "platform": HOST, "widen": False, "replace": False}
    return push.push(world.store, Reference.parse("tool"), repository, world.trust, **{**usual, **more})


def test_a_private_image_is_not_even_asked_for_there(world, registry, tmp_path):
    world.publish(CONTENT, access=PRIVATE)
    with pytest.raises(Fault, match="the image is private") as caught:
        send(registry, world, tmp_path / "work")
    assert "--widen" in caught.value.hint
    assert registry.asked == []


def test_a_newer_certificate_there_is_not_replaced_by_an_older_one(world, other, registry, tmp_path):
    other.publish(CONTENT)
    later = world.later(days=1)
    later.publish(CONTENT)
    image = stock(registry, later)
    with pytest.raises(Fault, match="has a newer certificate than the store"):
        send(registry, other, tmp_path / "work", now=later.now)
    # What is no certificate of the image may go: the push comes as far as sending, which this registry does not take.
    registry.put(image.tag(CERTIFICATE), b'{"schemaVersion":2}')
    with pytest.raises(Error, match="cannot be sent"):
        send(registry, other, tmp_path / "again", now=later.now)


def test_a_tag_that_is_another_image_or_anything_else_stays(world, registry, tmp_path):
    world.publish(CONTENT)
    for number, data in enumerate((b'{"schemaVersion":2}', b"<html>", b"[]")):
        registry.put("1", data)
        with pytest.raises(Fault, match="is something else already"):
            send(registry, world, tmp_path / str(number))


def test_what_cannot_be_asked_is_not_taken_for_empty(world, registry, tmp_path):
    world.publish(CONTENT)
    registry.lies["/manifests/1"] = serve(b"oops", status=500)
    with pytest.raises(Error, match="cannot be fetched") as caught:
        send(registry, world, tmp_path / "work")
    assert caught.value.exit_code == 3


def test_an_image_that_was_changed_in_the_store_is_not_sent(world, registry, tmp_path):
    digest = world.publish(CONTENT).digest
    world.store.blob(digest).chmod(0o644)
    world.store.blob(digest).write_bytes(CONTENT[:-1] + b"x")
    with pytest.raises(Fault, match="certified is"):
        send(registry, world, tmp_path / "work")
    assert registry.asked == []


def test_nobody_can_choose_a_digest(world, registry, tmp_path):
    with pytest.raises(UsageError, match="gets a tag"):
        send(registry, world, tmp_path / "work", tag="@sha256:" + "a" * 64)
