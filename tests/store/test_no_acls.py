"""A store on a file system that keeps no ACLs: what needs one is refused before anything of it can be seen."""

from __future__ import annotations

import hashlib

import pytest

from builder import process
from builder.errors import Error
from builder.recipe.model import Access
from certify.reference import Reference
from certify.store import Store, fsck, grant, list_images
from certify.store.grant import How

pytestmark = pytest.mark.integration      # it mounts a file system

PRIVATE = Access(users=(20001,), groups=(30001,))


@pytest.fixture
def bare(world):
    """The small site, with its store in memory and without ACLs."""
    root = world.folder / "bare"
    root.mkdir()
    process.run(("mount", "-t", "ramfs", "-o", "mode=0755", "none", str(root)))
    try:
        world.store = Store.create(root / "store")
        yield world
    finally:
        process.run(("umount", "-l", str(root)))


def everything(store):
    return {path: (path.stat().st_mode, path.read_bytes() if path.is_file() else b"")
            for path in store.root.rglob("*") if path.parent != store.tmp}


def test_a_private_image_is_refused_and_nothing_of_it_is_there(bare):
    bare.publish(b"image open", bare.config("1.0"))
    before = everything(bare.store)
    with pytest.raises(Error, match="keeps no POSIX ACLs") as caught:
        bare.publish(b"image two", bare.config("1.1"), access=PRIVATE)
    assert caught.value.exit_code == 3
    assert "move the store" in caught.value.hint
    assert everything(bare.store) == before
    assert [one.tag for one in list_images(bare.store)] == ["1.0-1"]


def test_a_public_image_cannot_be_made_private_there_and_stays_whole(bare):
    envelopes = bare.envelopes(bare.config(), hashlib.sha256(b"image open").hexdigest())
    bare.publish(b"image open", envelopes=envelopes)
    before = everything(bare.store)
    with pytest.raises(Error, match="keeps no POSIX ACLs"):
        grant.change(bare.store, Reference.parse("tool"), How.SET, PRIVATE, signer=bare.signer, trust=bare.trust, now=bare.now)
    assert everything(bare.store) == before
    with pytest.raises(Error, match="keeps no POSIX ACLs"):
        bare.publish(b"image open", envelopes=envelopes, access=PRIVATE)
    assert fsck.check(bare.store, bare.trust, now=bare.now).errors == ()
    assert everything(bare.store) == before
