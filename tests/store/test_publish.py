"""Publishing: what stands where afterwards, and that doing it again is harmless."""

from __future__ import annotations

import hashlib
import json
import stat
from datetime import timedelta

import pytest

from builder import process
from builder.errors import Fault
from builder.recipe.model import Access
from certify.reference import Reference
from certify.store import Status, Store, list_images, resolve
from certify.store.entering import read_access
from certify.store.meta import parse
from certify.store.revoked import PAYLOAD_TYPE, Revoked
from certify.trust import Trust
from certify.verify import verify_reference

PRIVATE = Access(users=(20001,), groups=(30001,))
HOST = "linux/amd64"


def digest_of(content):
    return hashlib.sha256(content).hexdigest()


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def refs(store):
    listed = json.loads(store.index_json.read_bytes())["manifests"]
    return [one["annotations"]["org.opencontainers.image.ref.name"] for one in listed]


def verify(world, text="tool", **more):
    values = {"now": world.now, "platform": HOST, **more}
    return verify_reference(world.store, Reference.parse(text), world.trust, **values)


def test_a_public_image_stands_in_all_its_places(world):
    done = world.publish()
    digest = digest_of(b"image one")
    assert (done.digest, done.size, done.status) == (digest, 9, Status.PUBLISHED)
    assert str(done.reference) == f"tool:1.0-1@sha256:{digest}"
    store = world.store
    assert store.image(digest).samefile(store.blob(digest))
    assert mode(store.blob(digest)) == mode(store.meta(digest)) == 0o444
    assert refs(store) == ["tool:1.0", "tool:1.0-1", "tool:latest"]
    meta = parse(store.meta(digest).read_bytes())
    assert (meta.format, meta.uids, meta.env) == ("squashfs", (), ("LANG=C.UTF-8", "PATH=/usr/bin"))
    assert meta.entry == ("/bin/tool", "--fast mode")
    assert [entry.name for entry in store.tmp.iterdir()] == ["lock"]


@pytest.mark.parametrize("text", ["tool", "tool:1.0", "tool:1.0-1", "tool:latest"])
def test_every_reference_leads_there_and_verifies(world, text):
    done = world.publish()
    proof = verify(world, text)
    assert (proof.digest, proof.size) == (done.digest, done.size)
    assert [step.number for step in proof.steps] == list(range(1, len(proof.steps) + 1))
    assert all(step.ok and step.detail for step in proof.steps)
    assert verify(world, f"sha256:{done.digest}").entry.tag == "1.0-1"
    assert verify(world, f"tool@sha256:{done.digest}").entry.name == "tool"


def test_the_same_again_changes_nothing(world):
    world.publish()
    files = {path: path.read_bytes() for path in world.store.root.rglob("*") if path.is_file()}
    assert (
        world.publish(envelopes=world.envelopes(world.config(), digest_of(b"image one"))).status
        is Status.PUBLISHED
    )
    assert verify(world).certificate.serial != ""
    envelopes = world.envelopes(world.config(), digest_of(b"image one"))
    world.publish(envelopes=envelopes)
    files = {path: path.read_bytes() for path in world.store.root.rglob("*") if path.is_file()}
    assert world.publish(envelopes=envelopes).status is Status.UNCHANGED
    assert files == {path: path.read_bytes() for path in world.store.root.rglob("*") if path.is_file()}


def test_a_newer_certificate_replaces_the_older_and_not_the_other_way(world):
    old = world.envelopes(world.config(), digest_of(b"image one"))
    world.publish(envelopes=old)
    later = world.later(days=30)
    later.publish()
    assert verify(later).certificate.valid_from == later.now
    with pytest.raises(Fault, match="older than the one"):
        later.publish(envelopes=old)


def test_pointers_move_with_a_new_version_and_stay_for_an_old_one(world):
    world.publish()
    world.publish(b"image two", world.config("1.1"))
    assert verify(world, "tool").entry.tag == "1.1-1"
    assert verify(world, "tool:1.0").entry.tag == "1.0-1"
    world.later(hours=1).publish()          # the old one with a newer certificate
    world.publish(access=Access(users=(20001,)), envelopes=world.later(hours=2).envelopes(
        world.config(), digest_of(b"image one")), now=world.later(hours=2).now)
    later = world.later(hours=2)
    assert verify(later, "tool").entry.tag == "1.1-1"
    for text in ("tool:1.0", "tool:1.0-1", "tool:1.1", "tool:1.1-1"):
        verify(later, text)
    assert refs(world.store) == ["tool:1.1", "tool:1.1-1", "tool:latest"]


def test_a_second_platform_joins_the_tag(world):
    world.publish()
    world.publish(b"for arm", world.config(platform="linux/arm64"))
    for platform, content in ((HOST, b"image one"), ("linux/arm64", b"for arm")):
        assert verify(world, platform=platform).digest == digest_of(content)
    with pytest.raises(Fault, match="no image for linux/s390x"):
        resolve(world.store, Reference.parse("tool"), "linux/s390x")


def test_a_private_image_has_modes_acls_and_no_public_name(world):
    digest = world.publish(access=PRIVATE).digest
    store = world.store
    assert refs(store) == []
    assert mode(store.meta(digest)) == 0o600
    assert parse(store.meta(digest).read_bytes()).uids == (20001,)
    for path in (store.blob(digest), store.access(digest), store.tag("tool", "latest"),
                 *store.certs(digest).iterdir()):
        assert mode(path) == 0o440
        assert "user:20001:r--" in process.run(("getfacl", "-pcE", str(path))).stdout
    assert (mode(store.certs(digest)), mode(store.tags("tool"))) == (0o750, 0o710)
    record = read_access(store, digest, world.trust)
    assert (record.number, record.realm.gids) == (1, {30001})


def test_access_changes_are_numbered_and_reach_every_file(world):
    digest = world.publish().digest
    world.publish(access=PRIVATE)
    assert read_access(world.store, digest, world.trust).number == 2
    assert mode(world.store.blob(digest)) == 0o440
    assert refs(world.store) == []
    verify(world)
    world.publish(widen=True)
    assert mode(world.store.blob(digest)) == 0o444
    assert mode(world.store.certs(digest)) == 0o755
    assert len(refs(world.store)) == 3
    verify(world)


def test_widening_is_refused_over_the_image_and_over_the_version_before(world):
    world.publish(access=PRIVATE)
    for wider in (
        Access(public=True),
        Access(users=(20001, 20002), groups=(30001,)),
        Access(groups=(30002,)),
    ):
        with pytest.raises(Fault, match="wider") as caught:
            world.publish(access=wider)
        assert "--widen" in caught.value.hint
        with pytest.raises(Fault, match="wider"):
            world.publish(b"image two", world.config("1.1"), access=wider)
    world.publish(b"image two", world.config("1.1"), access=Access(users=(20001,)))
    world.publish(b"image three", world.config("1.2"), widen=True)


def test_other_bytes_need_a_new_revision(world):
    world.publish()
    with pytest.raises(Fault, match="other bytes") as caught:
        world.publish(b"image two")
    assert caught.value.hint.startswith("raise revision: 2")
    world.publish(b"image two", world.config(revision=2))
    assert verify(world, "tool:1.0").entry.tag == "1.0-2"


def test_the_bytes_must_be_those_of_the_certificate(world):
    envelopes = world.envelopes(world.config(), digest_of(b"certified"))
    with pytest.raises(Fault, match="not the image of the certificate"):
        world.publish(b"something else", envelopes=envelopes)
    assert list((world.store.root / "blobs/sha256").iterdir()) == []


def test_the_config_must_be_that_of_the_certificate(world):
    envelopes = world.envelopes(world.config(), digest_of(b"image one"))
    with pytest.raises(Fault, match="another environment"):
        world.publish(config=world.config(environment={"PATH": "/evil"}), envelopes=envelopes)
    with pytest.raises(Fault, match=r"is for tool:1\.0-1"):
        world.publish(config=world.config(name="other"), envelopes=envelopes)


def test_skopeo_reads_the_layout(world):
    digest = world.publish().digest
    raw = process.run(("skopeo", "inspect", "--raw", f"oci:{world.store.root}:tool:1.0-1")).stdout
    manifest = json.loads(raw)["manifests"][0]["digest"].removeprefix("sha256:")
    assert json.loads(world.store.blob(manifest).read_bytes())["layers"][0]["digest"] == f"sha256:{digest}"


def test_the_list_says_what_is_there_and_what_is_wrong(world):
    world.publish()
    world.publish(b"image two", world.config("1.1"), access=PRIVATE)
    lines = list_images(world.store, world.trust)
    assert [(one.name, one.tag, str(one.access), one.problem) for one in lines] == [
        ("tool", "1.0-1", "public", None), ("tool", "1.1-1", "users 20001; groups 30001", None)]
    assert lines[0].valid_until - world.now >= timedelta(days=1)
    world.store.tag("tool", "1.1-1").unlink()
    assert list_images(world.store, world.trust)[1].problem == "no tag leads to it"


def test_a_store_opens_again_and_other_folders_do_not(world, tmp_path):
    assert Store.open_or_create(world.store.root) == world.store
    (tmp_path / "full").mkdir()
    (tmp_path / "full/file").touch()
    with pytest.raises(Exception, match="neither a store nor an empty folder"):
        Store.open_or_create(tmp_path / "full")
    with pytest.raises(Exception, match="no store here"):
        Store.open(tmp_path / "nothing")


def test_what_a_revoked_key_certified_is_not_published_and_listed_as_what_it_is(world, keys, tmp_path):
    for name in ("site", "stranger"):
        (tmp_path / f"{name}.pub").write_bytes((keys / f"{name}.pub").read_bytes())
    both, config = Trust.load(tmp_path), world.config()
    theirs = {"envelopes": world.envelopes(config, hashlib.sha256(b"image one").hexdigest(), world.stranger), "trust": both}
    world.publish(**theirs)
    assert [one.problem for one in list_images(world.store, both)] == [None]
    listed = Revoked(number=1, issued=world.now, keys={world.stranger.keyid: "lost with a laptop"})
    world.store.revoked.write_bytes(world.signer.sign(PAYLOAD_TYPE, listed.to_payload()).to_json())
    with pytest.raises(Fault):
        world.publish(**theirs)
    [one] = list_images(world.store, both)
    assert "0 of the trusted keys" in one.problem
