"""Other users of the machine, by real numeric ids: what a private image shows to whom."""

from __future__ import annotations

import os
import traceback

import pytest

from builder import process
from builder.errors import Fault
from builder.recipe.model import Access
from certify.reference import Reference
from certify.store import list_images
from certify.verify import verify_reference

pytestmark = pytest.mark.integration      # becoming another user needs root: without it they fail
LISTED, MEMBER, OTHER = (20001, 20001), (20009, 30001), (20002, 20002)
PRIVATE = Access(users=(20001,), groups=(30001,))


def as_user(ids, *argv):
    uid, gid = ids
    return process.run(("setpriv", "--reuid", str(uid), "--regid", str(gid), "--clear-groups", "--", *argv),
                       check=False)


def call_as(ids, function):
    """Call a function in a child that is another user; True if it came back, with True."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setgroups([])
            os.setresgid(ids[1], ids[1], ids[1])
            os.setresuid(ids[0], ids[0], ids[0])
            code = 0 if function() else 2
        except BaseException:  # noqa: BLE001  (a child that must not come back into pytest)
            traceback.print_exc()
        os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.fixture
def published(world):
    return world, world.publish(access=PRIVATE).digest


def files_of(store, digest):
    return [store.image(digest), store.blob(digest), store.access(digest), store.tag("tool", "1.0-1"),
            store.tag("tool", "latest"), store.tag("tool", "1.0"), *store.certs(digest).iterdir()]


@pytest.mark.parametrize("ids", [LISTED, MEMBER])
def test_those_listed_read_the_image_and_what_belongs_to_it(published, ids):
    world, digest = published
    assert as_user(ids, "cat", str(world.store.image(digest))).stdout == "image one"
    for path in files_of(world.store, digest):
        assert as_user(ids, "cat", str(path)).code == 0, path


def test_others_read_nothing_of_it(published):
    world, digest = published
    for path in files_of(world.store, digest):
        assert "Permission denied" in as_user(OTHER, "cat", str(path)).stderr, path
    for path in (world.store.root / "blobs/sha256").iterdir():
        assert as_user(OTHER, "cat", str(path)).code == 1, path


def test_the_name_is_listed_to_nobody_else(published):
    world, digest = published
    shown = as_user(OTHER, "find", str(world.store.root))
    assert "tool" not in shown.stdout
    assert digest not in shown.stdout
    readable = as_user(OTHER, "grep", "-rlas", "tool", str(world.store.root))
    assert readable.stdout == ""


@pytest.mark.parametrize("ids", [LISTED, MEMBER, OTHER])
def test_nobody_but_the_owner_writes_or_reads_the_meta(published, ids):
    world, digest = published
    assert as_user(ids, "cat", str(world.store.meta(digest))).code == 1
    for path in (world.store.image(digest), world.store.tag("tool", "latest"), world.store.access(digest)):
        assert as_user(ids, "sh", "-c", f"echo x >> {path}").code != 0
    for folder in ("tmp", "images", "tags", "tags/tool", "certs", "access", "lists", "lists/public",
                   "blobs/sha256", "."):
        assert as_user(ids, "touch", str(world.store.root / folder / "x")).code != 0


def proven(world):
    return verify_reference(
        world.store, Reference.parse("tool"), world.trust, now=world.now, platform="linux/amd64"
    )


def test_verify_and_list_as_the_user_sees_it(published):
    world, digest = published
    proven(world)               # loads every module while that is still allowed
    for ids in (LISTED, MEMBER):
        assert call_as(ids, lambda: proven(world).digest == digest)
        assert call_as(ids, lambda: [one.name for one in list_images(world.store, world.trust)] == ["tool"])
    assert call_as(OTHER, lambda: list_images(world.store, world.trust) == [])

    def refused():
        with pytest.raises(Fault, match=r"no such image .* or it is not for you"):
            proven(world)
        return True

    assert call_as(OTHER, refused)


def test_a_public_image_beside_it_is_for_all(published):
    world, _ = published
    world.publish(b"image two", world.config("1.1"), widen=True)
    assert call_as(OTHER, lambda: [one.tag for one in list_images(world.store)] == ["1.1-1"])
    assert call_as(OTHER, lambda: proven(world).entry.tag == "1.1-1")
    assert "1.0" not in as_user(OTHER, "find", str(world.store.root)).stdout


def test_taking_access_away_reaches_the_bytes(published):
    world, digest = published
    world.publish(access=Access(users=(20001,)))
    assert as_user(MEMBER, "cat", str(world.store.image(digest))).code == 1
    assert as_user(LISTED, "cat", str(world.store.image(digest))).code == 0
    assert as_user(MEMBER, "cat", str(world.store.tag("tool", "latest"))).code == 1
