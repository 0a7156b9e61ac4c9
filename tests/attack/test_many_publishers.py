"""Many publishers and readers at once: readers never see half an entry or miss a tag, and the store is sound at the end."""

from __future__ import annotations

import hashlib
import random
import time

import pytest
import stops

from builder.errors import Fault
from builder.recipe.model import Access
from certify.files import read_if_there
from certify.reference import Reference
from certify.store import fsck, list_images, meta
from certify.verify import VerificationFailed, verify_reference

pytestmark = pytest.mark.integration      # a process for each publisher and each reader
PUBLISHERS, READERS, NAMES = 16, 4, 4
HOST = "linux/amd64"
PUBLIC, PRIVATE = Access(public=True), Access(users=(20001,))
MEANWHILE = ("changed meanwhile", "try again")      # what a reader is told when it met a publish, and asks again


def publisher(world, number, until):
    """Publish versions of one name, which others publish too: of those who want the same tag, one gets it."""
    counts, name = {"tried": 0, "published": 0, "refused": 0}, f"tool{number % NAMES}"
    while time.monotonic() < until:
        counts["tried"] += 1
        version = f"1.{random.randrange(counts['tried'])}" if number >= NAMES else f"2.{number}.{counts['tried']}"
        content = f"{name} {version} {number if random.random() < 0.5 else 0}".encode()
        try:
            world.publish(content, world.config(version, name=name), PRIVATE if version.endswith("7") else PUBLIC, widen=True)
            counts["published"] += 1
        except Fault as error:
            assert "is published with other bytes" in error.message or "the certificate is older" in error.message, error
            counts["refused"] += 1
    return counts


def reader(world, _, until):
    """Ask for tags that are there all the time, by every way, and follow what index.json and images/ show."""
    counts = {"proofs": 0, "asked again": 0, "looked up by the runtime": 0, "swaps seen": 0}
    last = {}
    while time.monotonic() < until:
        name = f"tool{random.randrange(NAMES)}"
        found = proven(world, f"{name}:{random.choice(['latest', '1.0', '1.0-1'])}", counts)
        counts["swaps seen"] += last.get(name) not in (None, found.digest)
        last[name] = found.digest
        runtime(world.store, found.digest)
        counts["looked up by the runtime"] += 1
        if counts["proofs"] % 20 == 0:
            assert len(list_images(world.store)) >= NAMES
    return counts


def proven(world, text, counts):
    while True:
        try:
            found = verify_reference(world.store, Reference.parse(text), world.trust, now=world.now, platform=HOST)
        except VerificationFailed as error:
            assert any(word in error.steps[-1].detail or word in str(error.hint) for word in MEANWHILE), error.steps[-1]
            counts["asked again"] += 1
        else:
            counts["proofs"] += 1
            return found


def runtime(store, digest):
    """As Shifter finds an image by its id: what is there is whole."""
    assert hashlib.sha256(store.image(digest).read_bytes()).hexdigest() == digest
    said = meta.parse(read_if_there(store.meta(digest)))
    assert said.format == "squashfs"
    assert said.workdir == "/srv/tool"


def crowd(world, seconds):
    """Let all of them at it, each in a process and a folder of its own; give what they counted."""
    for number in range(NAMES):
        world.publish(f"tool{number} 1.0 0".encode(), world.config(name=f"tool{number}"))
    until, totals = time.monotonic() + seconds, {}
    work = [publisher] * PUBLISHERS + [reader] * READERS

    def one(_, number):
        world.folder = world.folder / f"of-{number}"
        world.folder.mkdir()
        random.seed(number)
        return work[number](world, number, until)

    for counts in stops.shared(range(len(work)), one, parts=len(work)).values():
        for key, count in counts.items():
            totals[key] = totals.get(key, 0) + count
    stops.COUNTS.append(f"{PUBLISHERS} publishers and {READERS} readers for {seconds} s: "
                        + ", ".join(f"{count} {key}" for key, count in totals.items()))
    return totals


def require_sound(world, totals):
    assert totals["published"] > 0
    assert totals["proofs"] > 0
    report = fsck.check(world.store, world.trust, now=world.now, deep=True)
    assert [one for one in report.problems if one.kind is not fsck.Kind.UNREACHED] == []
    assert [one.name for one in world.store.tmp.iterdir()] == ["lock"]


def test_a_crowd(fast_world):
    require_sound(fast_world, crowd(fast_world, 3))


@pytest.mark.long
def test_a_crowd_for_a_minute(world):
    """On a disk."""
    require_sound(world, crowd(world, 60))
