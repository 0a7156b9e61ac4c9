"""A small site: two keys, a store, and images whose squashfs is any bytes. The conftest of who needs it imports the fixtures."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from builder.image import ImageConfig
from builder.recipe.model import Access
from certify import site as sites
from certify.certificate import issue
from certify.signing import Signer, generate
from certify.statement import FINDINGS, PROVENANCE, TEST_RESULT, Statement, Subject
from certify.store import Store, publish
from certify.trust import Trust

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
PUBLIC = Access(public=True)


@dataclass
class World:
    folder: Path
    store: Store
    signer: Signer
    trust: Trust
    stranger: Signer
    now: datetime = NOW

    def config(self, version="1.0", revision=1, **more):
        values = {
            "name": "tool",
            "platform": "linux/amd64",
            "environment": {"PATH": "/usr/bin", "LANG": "C.UTF-8"},
            "entrypoint": ("/bin/tool", "--fast mode"),
            "workdir": "/srv/tool",
            **more,
        }
        return ImageConfig(version=version, revision=revision, **values)

    def squashfs(self, content: bytes) -> Path:
        path = self.folder / f"{hashlib.sha256(content).hexdigest()}.squashfs"
        path.write_bytes(content)
        return path

    def statements(self, config, digest, **more):
        subject = (Subject(name="image.squashfs", sha256=digest),)
        kinds = {
            PROVENANCE: {"buildDefinition": {}},
            FINDINGS: {"findings": []},
            TEST_RESULT: {"result": "PASSED"},
        }
        evidence = [
            Statement(subject=subject, predicate_type=kind, predicate=said) for kind, said in kinds.items()
        ]
        values = {"errors": 0, "warnings": 1, "tests": 2, "now": self.now, "site": sites.load(), **more}
        return [issue(config=config, digest=digest, evidence=evidence, **values), *evidence]

    def envelopes(self, config, digest, signer=None, **more):
        return [
            (signer or self.signer).sign_statement(one) for one in self.statements(config, digest, **more)
        ]

    def publish(self, content=b"image one", config=None, access=PUBLIC, **more):
        config = config or self.config()
        path = self.squashfs(content)
        envelopes = more.pop("envelopes", None) or self.envelopes(config, hashlib.sha256(content).hexdigest())
        values = {"config": config, "envelopes": envelopes, "access": access, "signer": self.signer,
                  "trust": self.trust, "widen": False, "now": self.now, **more}
        return publish(self.store, path, **values)

    def later(self, **delta):
        return replace(self, now=self.now + timedelta(**delta))


@pytest.fixture(scope="session")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    for name in ("site", "stranger"):
        generate(folder / name)
    return folder


@pytest.fixture
def world(open_folder, keys):
    return World(
        folder=open_folder,
        store=Store.create(open_folder / "store"),
        signer=Signer.load(keys / "site"),
        trust=Trust.load(keys / "site.pub"),
        stranger=Signer.load(keys / "stranger"),
    )
