"""How a store's commands grow with it: 100, 1,000 and 10,000 small images.

``make bench-store`` runs it and writes tests/bench/store.md and store.json. The stores are filled by the real publish, with
two short cuts that change nothing of what stands there in the end: no fsync, and index.json is written once at the end.
What is measured is the real thing, fsync included.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

from builder.image import ImageConfig
from builder.recipe.model import Access
from certify import site as sites
from certify.certificate import issue
from certify.reference import Reference
from certify.signing import Signer, generate
from certify.statement import FINDINGS, PROVENANCE, TEST_RESULT, Statement, Subject
from certify.store import Store, collect, fsck, list_images, listing, publish, rebuild, resolve
from certify.store.memory import Memory
from certify.trust import Trust
from certify.verify import verify_reference

HERE = Path(__file__).parent
SIZES = (100, 1_000, 10_000)
VERSIONS = 4        # of each name
ROUNDS = 9
HOST = "linux/amd64"
PUBLIC = Access(public=True)


@dataclass
class Site:
    """A store, and what publishing into it needs."""

    folder: Path
    store: Store
    signer: Signer
    trust: Trust

    def put(self, name: str, version: str, content: bytes) -> None:
        """Publish an image whose squashfs is any bytes."""
        now = datetime.now(UTC)
        path = self.folder / "image.squashfs"
        path.write_bytes(content)
        config = ImageConfig(name=name, version=version, revision=1, platform=HOST, environment={"PATH": "/usr/bin:/bin"})
        digest = hashlib.sha256(content).hexdigest()
        subject = (Subject(name="image.squashfs", sha256=digest),)
        evidence = [Statement(subject=subject, predicate_type=kind, predicate=said) for kind, said in (
            (PROVENANCE, {"buildDefinition": {}}), (FINDINGS, {"findings": []}), (TEST_RESULT, {"result": "PASSED"}))]
        certificate = issue(config=config, digest=digest, evidence=evidence, errors=0, warnings=0, tests=1, now=now,
                            site=sites.load())
        publish(self.store, path, config=config, envelopes=[self.signer.sign_statement(one) for one in (certificate, *evidence)],
                access=PUBLIC, signer=self.signer, trust=self.trust, widen=False, now=now)


def make(folder: Path) -> Site:
    """An empty site."""
    generate(folder / "key")
    return Site(folder, Store.create(folder / "store"), Signer.load(folder / "key"), Trust.load(folder / "key.pub"))


def fill(site: Site, start: int, end: int) -> None:
    """Images by number, from start up to end."""
    with mock.patch("os.fsync"), mock.patch.object(listing, "update", return_value=False):
        for number in range(start, end):
            site.put(f"stack-{number // VERSIONS}", f"1.{number % VERSIONS}", b"image %d" % number)
    with site.store.locked():
        rebuild.make_index_json(site.store, site.trust, datetime.now(UTC))


def took(action: object, rounds: int = ROUNDS) -> float:
    """The median time of an action, in milliseconds."""
    assert callable(action)
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        action()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def measure(site: Site, size: int) -> dict[str, float]:
    """Every command's figures for the store as it is."""
    store, trust, now = site.store, site.trust, datetime.now(UTC)
    wanted = Reference.parse(f"stack-{size // VERSIONS // 2}:1.0")
    number = iter(range(1000))

    def new_name() -> None:
        each = next(number)
        site.put(f"new-{size}-{each}", "1.0", b"new image %d of %d" % (each, size))

    def new_version() -> None:
        each = next(number)
        site.put("stack-0", f"{size}.{each}", b"new version %d of %d" % (each, size))

    few = ROUNDS if size <= 1000 else 3
    return {
        "look up a reference": took(lambda: resolve(store, wanted, HOST)),
        "verify a reference": took(lambda: verify_reference(store, wanted, trust, now=now, platform=HOST)),
        "publish an image": took(new_name),
        "publish a version": took(new_version),
        "list all": took(lambda: list_images(store), few),
        "list all again": took(lambda: list_images(store, memory=Memory(store, site.folder)), ROUNDS),
        "list all, verified": took(lambda: list_images(store, trust), 1),
        "gc, dry run": took(lambda: collect.plan(store, trust, now=now + timedelta(days=30)), 1),
        "fsck": took(lambda: fsck.check(store, None, now=now), 1),
        "fsck --deep": took(lambda: fsck.check(store, trust, now=now, deep=True), 1),
    }


def table(results: dict[str, dict[str, float]], machine: str) -> str:
    """The figures as markdown."""
    sizes = list(results)
    lines = ["| milliseconds | " + " | ".join(f"{int(size):,} images" for size in sizes) + " | µs an image |",
             "|---|" + "---|" * (len(sizes) + 1)]
    for name in results[sizes[0]]:
        figures = [results[size][name] for size in sizes]
        grown = (figures[-1] - figures[0]) / (int(sizes[-1]) - int(sizes[0])) * 1000
        lines.append(f"| {name} | " + " | ".join(f"{one:,.1f}" for one in figures) + f" | {grown:,.1f} |")
    return "\n".join([*lines, "", machine]) + "\n"


def main() -> None:
    """Measure, print a table, and write it down."""
    sizes = [int(word) for word in sys.argv[1:]] or SIZES
    results: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as top:
        site, there = make(Path(top)), 0
        for size in sizes:
            fill(site, there, size)
            there = size
            results[str(size)] = {name: round(value, 2) for name, value in measure(site, size).items()}
            print(size, results[str(size)], file=sys.stderr)
    machine = f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores."
    (HERE / "store.json").write_text(json.dumps({"milliseconds": results, "machine": machine}, indent=2) + "\n")
    text = table(results, machine)
    (HERE / "store.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
