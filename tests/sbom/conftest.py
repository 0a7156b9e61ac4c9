"""Bills of materials, checked by CycloneDX's own schema; and the small site of tests/store, with images that have them."""

from __future__ import annotations

import hashlib

import pytest

from builder import key
from certify import site as sites
from certify.certificate import issue
from certify.packages.model import gathered, made
from certify.sbom.build import document
from certify.statement import SBOM, Statement, Subject
from certify.store import publish
from tests.world import PUBLIC, keys, world

__all__ = ["keys", "world"]


@pytest.fixture(scope="session")
def validate():
    """Fails for what is not CycloneDX 1.6 in the terms of the official schema."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    validator = JsonStrictValidator(SchemaVersion.V1_6)

    def check(data: bytes) -> None:
        assert validator.validate_str(data.decode()) is None
    return check


@pytest.fixture
def put(world):
    """Publish an image with these packages, each as (kind, name, version); with None for packages, one without a bill."""
    def image(name, packages, *, access=PUBLIC, **more):
        config = world.config(name=name, platform=key.platform())
        digest = hashlib.sha256(name.encode()).hexdigest()
        evidence = world.statements(config, digest)[1:]
        if packages is not None:
            inventory = gathered([made(*one, **more) for one in packages], [], ("debian", "12"), {})
            evidence.append(Statement(subject=(Subject(name="image", sha256=digest),), predicate_type=SBOM,
                                      predicate=document(config, digest, inventory)))
        issued = issue(config=config, digest=digest, evidence=evidence, errors=0, warnings=0, tests=0, now=world.now,
                               site=sites.load())
        publish(world.store, world.squashfs(name.encode()), config=config, access=access, signer=world.signer, trust=world.trust,
                envelopes=[world.signer.sign_statement(one) for one in (issued, *evidence)], widen=False, now=world.now)
        return digest
    return image
