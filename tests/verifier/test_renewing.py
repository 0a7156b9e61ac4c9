"""A new certificate in the place of an old one: what comes back, what stays, and what is refused."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from builder.errors import Fault
from builder.recipe.model import Access
from certify import renew as renewing
from certify import revoke as revoking
from certify import site as sites
from certify.bundle import Bundle
from certify.certificate import Certificate
from certify.dsse import Envelope
from certify.reference import Reference
from certify.revoke import Change
from certify.sitepolicy import SitePolicy
from certify.statement import Statement
from certify.store import log, sight
from certify.verify import VerificationFailed, verify_reference

HOST = "linux/amd64"
ONE, TWO = (hashlib.sha256(content).hexdigest() for content in (b"image one", b"image two"))


def enter(world, envelopes=None, *, digest=ONE, config=None, **more):
    desk = renewing.Desk(store=world.store, site=sites.load(), policy=SitePolicy(), signer=world.signer, trust=world.trust,
                         now=world.now)
    return renewing.enter(replace(desk, **more), envelopes or world.envelopes(config or world.config(), digest))


def verify(world, text="tool", **more):
    return verify_reference(world.store, Reference.parse(text), world.trust, platform=HOST, **{"now": world.now, **more})


def former(world, digest=ONE):
    return sorted(one.name.removesuffix(".dsse.json") for one in world.store.certs(digest).glob("former-*"))


def records(world):
    return {path: path.read_bytes() for part in ("tags", "access", "blobs") for path in (world.store.root / part).rglob("*")
            if path.is_file()}


def test_what_expired_and_left_sight_comes_back_with_the_same_records(world):
    world.publish(access=Access(users=(20001,)))
    first = verify(world).certificate
    before, later = records(world), world.later(days=400)
    assert [one.digest for one in sight.sweep(world.store, world.trust, later.now)] == [ONE]
    assert not world.store.meta(ONE).exists()
    with pytest.raises(VerificationFailed, match="expired"):
        verify(later)
    new = enter(later)
    proof = verify(later)
    assert proof.certificate == new
    assert proof.certificate.serial != first.serial
    assert world.store.meta(ONE).exists()
    assert records(world) == before
    assert former(world) == [f"former-{first.serial}"]
    assert world.store.meta(ONE).stat().st_mode & 0o777 == 0o600


def test_every_certificate_that_was_stays_readable_and_is_not_taken_for_the_one_that_is(world):
    world.publish()
    serials = [verify(world).certificate.serial]
    for days in (1, 2, 3):
        serials.append(enter(world.later(days=days)).serial)
    assert former(world) == sorted(f"former-{one}" for one in serials[:-1])
    old = Envelope.from_json((world.store.certs(ONE) / f"former-{serials[0]}.dsse.json").read_bytes())
    assert Certificate.parse(Statement.from_bytes(old.payload)).serial == serials[0]
    assert Bundle.read(world.store.certs(ONE)).verified(world.trust).serial == serials[-1]
    assert verify(world.later(days=3)).certificate.serial == serials[-1]


def test_the_log_tells_of_it(world):
    world.publish()
    new = enter(world.later(days=1))
    line = list(log.read(world.store, world.trust))[-1]
    assert (line.record.event.action, line.record.event.digest) == ("renew", ONE)
    assert new.serial in line.record.event.detail


def test_an_older_version_is_renewed_without_moving_a_pointer_or_widening(world):
    world.publish()
    world.publish(b"image two", world.config("1.1"), access=Access(users=(20001,)))
    before = records(world)
    enter(world.later(days=1))      # public, although the newest version is not: it was so before
    assert records(world) == before
    assert verify(world.later(days=1), "tool").entry.tag == "1.1-1"
    assert verify(world.later(days=1), "tool:1.0").access.realm.public


def test_those_who_may_use_it_now_may_use_it_then(world):
    world.publish()
    envelopes = world.later(days=1).envelopes(world.config(), ONE)
    world.publish(access=Access(users=(20001,)))        # meanwhile
    enter(world.later(days=1), envelopes)
    assert verify(world.later(days=1)).access.realm.uids == {20001}
    assert world.store.image(ONE).stat().st_mode & 0o777 == 0o440


def test_what_was_revoked_stays_revoked(world):
    world.publish()
    revoking.revoke(world.store, Change(images={ONE: "backdoor"}), signer=world.signer, trust=world.trust, now=world.now)
    with pytest.raises(Fault, match="was revoked: backdoor"):
        enter(world.later(days=1))
    assert not world.store.meta(ONE).exists()
    revoking.revoke(world.store, Change(lifted={ONE: "mistake"}), signer=world.signer, trust=world.trust, now=world.now)
    enter(world.later(days=1))
    assert world.store.meta(ONE).exists()


def test_certificates_that_do_not_fit_are_refused_and_nothing_changes(world):
    world.publish()
    world.publish(b"image two", world.config("1.1"))
    later = world.later(days=1)
    before = {path: path.read_bytes() for path in world.store.root.rglob("*") if path.is_file()}
    wrong = {
        "signed by 0 of the trusted keys": later.envelopes(world.config(), ONE, world.stranger),
        "evidence is missing": later.envelopes(world.config(), ONE)[:-1],
        "is in the store as tool:1.0-1": later.envelopes(world.config("1.1"), ONE),
        "is not in the store": later.envelopes(world.config(), "f" * 64),
        "older than the one in the store": world.later(days=-1).envelopes(world.config(), ONE),
        "is not there": later.envelopes(world.config(workdir="/evil"), ONE),
        "expired": world.later(days=-400).envelopes(world.config(), ONE)}
    for said, envelopes in wrong.items():
        with pytest.raises(Fault, match=said):
            enter(later, envelopes)
    assert {path: path.read_bytes() for path in world.store.root.rglob("*") if path.is_file()} == before
    assert verify(world).digest == TWO
