"""What is stopped, and what must hold afterwards: one entry for each step that changes a store."""

from __future__ import annotations

import hashlib
import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from builder.errors import Fault
from builder.recipe.model import Access
from certify import renew, revoke, site, sitepolicy
from certify.reference import Reference
from certify.store import Store, collect, grant, holds, sight, untag

if TYPE_CHECKING:
    from collections.abc import Callable

PUBLIC, PRIVATE, NARROWER = Access(public=True), Access(users=(20001,), groups=(30001,)), Access(users=(20001,))
YEARS = timedelta(days=2000)


@dataclass(frozen=True)
class Scenario:
    """``prepare(world)`` makes the state before and gives the step; ``again`` is what people do after it was interrupted.

    ``at`` is how much later the store is looked at than the world's own time. ``leaves`` are kinds of errors that fsck may
    tell of after a stop: a list of what was revoked is in force although the runtime still sees an image.
    """

    name: str
    prepare: Callable
    again: Callable = lambda step: step()
    at: timedelta = timedelta()
    leaves: tuple = ()


def soon(days):
    """Garbage is as old as the machine's clock says."""
    return datetime.now(UTC) + timedelta(days=days)


def publishing(world, content, config, access=PUBLIC, after=timedelta(), **more):
    """A publish whose certificate is made once, as for a person who calls the command again."""
    now = world.now + after
    envelopes = replace(world, now=now).envelopes(config, hashlib.sha256(content).hexdigest())
    return lambda: world.publish(content, config, access, envelopes=envelopes, now=now, **more)


def _first(world):
    shutil.rmtree(world.store.root)
    step = publishing(world, b"image one", world.config())

    def first():
        Store.open_or_create(world.store.root)
        step()
    return first


def _second(world):
    world.publish()
    return publishing(world, b"image two", world.config(revision=2))


def _private(world):
    world.publish(access=PRIVATE)
    return publishing(world, b"image two", world.config("1.1"), PRIVATE)


def _certificate(world):
    world.publish(access=PRIVATE)
    return publishing(world, b"image one", world.config(), PRIVATE, after=timedelta(hours=1))


def _renew(world):
    world.publish()
    later = world.later(days=2000)
    with world.store.locked():
        sight.sweep(world.store, world.trust, later.now)
    envelopes = later.envelopes(world.config(), hashlib.sha256(b"image one").hexdigest())
    return lambda: renew.enter(renew.Desk(store=world.store, site=site.load(), policy=sitepolicy.SitePolicy(), now=later.now,
                                          signer=world.signer, trust=world.trust), envelopes)


def _narrow(world):
    world.publish(access=PRIVATE)
    return publishing(world, b"image one", world.config(), NARROWER)


def _widen(world):
    world.publish(access=PRIVATE)
    return publishing(world, b"image one", world.config(), PUBLIC, widen=True)


def _untag(world):
    world.publish()
    world.publish(b"image two", world.config("1.1"))
    return lambda: untag.untag(world.store, "tool", "1.0-1", signer=world.signer, trust=world.trust, now=world.now)


def _untag_last(world):
    world.publish()
    return lambda: untag.untag(world.store, "tool", "1.0-1", signer=world.signer, trust=world.trust, now=world.now)


def _collect(world):
    _untag(world)()
    return lambda: collect.collect(world.store, world.trust, now=soon(30))


def _delete(world):
    _collect(world)()
    return lambda: collect.collect(world.store, world.trust, now=soon(60))


def _expire(world):
    world.publish()

    def step():
        with world.store.locked():
            sight.sweep(world.store, world.trust, world.now + YEARS)
    return step


def _revoke(world):
    digest = world.publish().digest
    world.publish(b"image two", world.config("1.1"))
    change = revoke.Change(images={digest: "backdoor"})
    return lambda: revoke.revoke(world.store, change, signer=world.signer, trust=world.trust, now=world.now)


def _grant(access, **more):
    def prepare(world):
        world.publish(access=PRIVATE)
        return lambda: grant.change(world.store, Reference.parse("tool"), grant.How.SET, access, signer=world.signer,
                                    trust=world.trust, now=world.now, **more)
    return prepare


def _bring_back(world):
    _collect(world)()
    digest = hashlib.sha256(b"image one").hexdigest()
    return lambda: collect.bring_back(world.store, digest)


def _pin(world):
    digest = world.publish().digest

    def step():
        with world.store.locked():
            holds.pin(world.store, digest, now=world.now, reason="a paper")
    return step


def _if_still(step):
    with suppress(Fault):       # it was done to its end
        step()


TABLE = [
    Scenario("first", _first),
    Scenario("second", _second),
    Scenario("private", _private),
    Scenario("certificate", _certificate),
    Scenario("renew", _renew, at=YEARS),
    Scenario("narrower", _narrow),
    Scenario("wider", _widen),
    Scenario("taken", _grant(NARROWER)),
    Scenario("given", _grant(PUBLIC, widen=True)),
    Scenario("untag", _untag, again=_if_still),
    Scenario("untag-last", _untag_last, again=_if_still),
    Scenario("collect", _collect),
    Scenario("delete", _delete),
    Scenario("bring-back", _bring_back, again=_if_still),
    Scenario("pin", _pin),
    Scenario("expire", _expire, at=YEARS),
    Scenario("revoke", _revoke, leaves=("sight",)),
]
