"""Who decides what is let in from a registry, and for whom: this site's trust, and whoever pulls; never what comes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from shared_images import BLOB, CONTENT, HOST, ONE, PRIVATE, arrive, stock, untouched
from tools import needs

from builder.errors import Fault, UsageError
from builder.recipe.model import Access
from certify.reference import Reference
from certify.revoke import Change, revoke
from certify.store import AccessRecord, Store
from certify.store.access import PAYLOAD_TYPE, Realm
from certify.store.entering import read_access, read_certificate
from certify.trust import CERTIFICATE, TAG, Trust
from certify.verify import verify_reference

pytestmark = needs("skopeo", "prlimit")

PUBLIC = Access(public=True)


@pytest.fixture
def other(world, open_folder):
    return replace(world, store=Store.create(open_folder / "other"))


def fetched(registry):
    return f"/v2/team/tool{BLOB}" in registry.asked


def realm(world):
    return read_access(world.store, ONE, world.trust).realm


def limited(trust, *roles):
    """The same keys, but allowed to sign less."""
    return replace(trust, keys=tuple(replace(key, roles=frozenset(roles)) for key in trust.keys))


def swapped(part, data):
    return lambda name, old: data if part in name else old


@pytest.mark.parametrize(("change", "told"), [
    (lambda name, data: None if "findings" in name else data, "evidence is missing"),
    (lambda name, data: data.replace(b'"sig":"', b'"sig":"AAAA') if "certificate" in name else data, "signed by 0"),
    (lambda name, data: data.replace(b'"sig":"', b'"sig":"AAAA') if "test-result" in name else data, "signed by 0"),
    (lambda name, data: None if "certificate" in name else data, "0 certificates"),
    (lambda name, data: b"[" * 100_000 if "certificate" in name else data, "nested deeper"),
    (lambda name, data: b"\xff" * 10 if "access" in name else data, "JSON"),
], ids=["evidence left out", "certificate changed", "evidence changed", "no certificate", "deep JSON", "no JSON"])
def test_statements_that_do_not_hold_are_refused_before_the_image_is_fetched(world, other, registry, change, told):
    world.publish(CONTENT)
    stock(registry, world, change)
    with pytest.raises(Fault, match=told):
        arrive(registry, other)
    assert untouched(other.store)
    assert not fetched(registry)


def test_a_stranger_an_expired_and_a_revoked_certificate_are_refused_before_the_image_is_fetched(world, other, registry, keys):
    world.publish(CONTENT)
    stock(registry, world)
    with pytest.raises(Fault, match="signed by 0 of the trusted keys"):
        arrive(registry, other, trust=Trust.load(keys / "stranger.pub"))
    with pytest.raises(Fault, match="certificate expired"):
        arrive(registry, other, now=world.later(days=4000).now)
    assert untouched(other.store)
    revoke(other.store, Change(images={ONE: "broken"}), signer=other.signer, trust=other.trust, now=other.now)
    with pytest.raises(Fault, match="revoked"):
        arrive(registry, other)
    assert not fetched(registry)
    assert not other.store.blob(ONE).exists()


def test_an_older_certificate_does_not_replace_a_newer_one_and_a_renewed_one_needs_no_image(world, other, registry):
    world.publish(CONTENT)
    old = stock(registry, world)
    before = dict(registry.manifests)
    arrive(registry, other)
    later = world.later(days=1)
    later.publish(CONTENT)
    stock(registry, later)
    del registry.blobs[f"sha256:{ONE}"]
    assert arrive(registry, other, now=later.now).status == "published"
    assert read_certificate(other.store, ONE).valid_from == later.now
    registry.manifests[old.tag("att")] = before[old.tag("att")]
    with pytest.raises(Fault, match="older than the one in the store"):
        arrive(registry, other, now=later.now)
    assert read_certificate(other.store, ONE).valid_from == later.now


def test_an_access_record_counts_only_if_this_site_lets_its_signer_say_so(world, other, registry):
    world.publish(CONTENT, access=PRIVATE)
    own = read_access(world.store, ONE, world.trust)
    everybody = AccessRecord(digest=ONE, number=9, realm=Realm(public=True), meta=own.meta)
    another = replace(own, digest="ab" * 32)
    for signer, said, told in ((world.stranger, everybody, "whose word that is not"),
                               (world.signer, another, "is about sha256:abab")):
        stock(registry, world, swapped("access", signer.sign(PAYLOAD_TYPE, said.to_payload()).to_json()))
        with pytest.raises(Fault, match=told):
            arrive(registry, other)
        assert untouched(other.store)
        assert not fetched(registry)


def test_a_site_that_leaves_only_building_to_others_says_itself_who_may_use_the_image(world, other, registry):
    world.publish(CONTENT, access=PRIVATE)
    record = read_access(world.store, ONE, world.trust)
    stock(registry, world, swapped("access", world.stranger.sign(PAYLOAD_TYPE, record.to_payload()).to_json()))
    with pytest.raises(Fault, match="whose word that is not") as caught:
        arrive(registry, other)
    assert "--user" in caught.value.hint
    arrive(registry, other, access=Access(groups=(30001,)))
    assert realm(other).same_ids(Realm(groups=realm(world).groups))
    verify_reference(other.store, Reference.parse("tool"), other.trust, now=other.now, platform=HOST)


@pytest.mark.parametrize("access", [PUBLIC, Access(users=(20001, 20002))], ids=["public", "one more"])
def test_more_people_than_the_record_says_need_a_word(world, other, registry, access):
    world.publish(CONTENT, access=PRIVATE)
    stock(registry, world)
    with pytest.raises(Fault, match="wider than where the image comes from"):
        arrive(registry, other, access=access)
    assert untouched(other.store)
    assert not fetched(registry)
    arrive(registry, other, access=access, widen=True)
    assert realm(other).public == access.public


def test_without_a_record_the_image_is_for_whom_the_puller_says_and_else_for_nobody(world, other, registry):
    world.publish(CONTENT)
    stock(registry, world, swapped("access", None))
    with pytest.raises(Fault, match="not said") as caught:
        arrive(registry, other)
    assert "--public" in caught.value.hint
    arrive(registry, other, access=PRIVATE)
    assert str(realm(other)) == "users 20001; groups 30001"


def test_what_a_store_narrowed_stays_narrow_when_it_comes_again(world, other, registry):
    world.publish(CONTENT)
    stock(registry, world)
    arrive(registry, other, access=PRIVATE)
    assert arrive(registry, other).status == "unchanged"
    assert str(realm(other)) == "users 20001; groups 30001"
    with pytest.raises(Fault, match="wider than this image had"):
        arrive(registry, other, access=PUBLIC)


def test_a_new_version_is_not_for_more_people_than_the_one_before(world, other, registry):
    other.publish(b"an older one", world.config("0.9"), access=PRIVATE)
    world.publish(CONTENT)
    stock(registry, world)
    with pytest.raises(Fault, match="wider than the version before"):
        arrive(registry, other)
    assert not other.store.blob(ONE).exists()
    assert not any(other.store.quarantine.iterdir())


def test_a_tag_that_has_other_bytes_here_stays(world, other, registry):
    other.publish(b"other bytes under the tag")
    world.publish(CONTENT)
    stock(registry, world)
    with pytest.raises(Fault, match="published with other bytes"):
        arrive(registry, other)
    assert not other.store.blob(ONE).exists()


def test_an_image_larger_than_the_site_allows_is_not_fetched(world, other, registry):
    world.publish(CONTENT)
    stock(registry, world)
    with pytest.raises(Fault, match="the site allows"):
        arrive(registry, other, most=len(CONTENT) - 1)
    assert not fetched(registry)


def test_two_access_records_are_none_and_a_place_needs_a_tag(world, other, registry):
    world.publish(CONTENT)
    stock(registry, world, more=[("access-two", b"{}")])
    with pytest.raises(Fault, match="2 access records"):
        arrive(registry, other)
    with pytest.raises(UsageError, match="without a tag"):
        arrive(registry, other, tag="")
    for tag in (":2", "@sha256:" + "a" * 64):
        with pytest.raises(Fault, match="no such image"):
            arrive(registry, other, tag=tag)
    assert untouched(other.store)


def test_a_key_that_may_not_publish_here_lets_nothing_in(world, other, registry):
    world.publish(CONTENT)
    stock(registry, world)
    with pytest.raises(Exception, match="may not sign as"):
        arrive(registry, other, trust=limited(world.trust, CERTIFICATE, TAG), access=PUBLIC)
    assert not any((other.store.root / "tags").iterdir())
