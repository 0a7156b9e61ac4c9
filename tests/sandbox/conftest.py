"""A site and plans of small images for it."""

from __future__ import annotations

import pytest

from builder.image import ImageConfig
from certify import site as sites
from certify.sandbox import plan
from certify.sandbox.identity import ORDINARY
from certify.sandbox.levels import Entry
from certify.sandbox.machine import Machine


@pytest.fixture(scope="session")
def site():
    return sites.load("shifter")


@pytest.fixture
def tmp_path(tmp_path):
    """As the root of an image is: pytest's own is closed to others."""
    tmp_path.chmod(0o755)
    return tmp_path


@pytest.fixture
def config():
    return ImageConfig(name="tool", version="1", revision=1, platform="linux/amd64", environment={"PATH": "/opt/tool/bin"})


@pytest.fixture
def entry():
    """An entry of an image by its path and kind: folder, file, special, or a link written as ``->target``."""
    def make(path, kind="folder", size=0, writable=()):
        if kind.startswith("->"):
            return Entry(path=path, kind="link", target=kind[2:], size=size)
        return Entry(path=path, kind=kind, size=size, writable=writable)
    return make


@pytest.fixture
def planned(site, config):
    """Make a plan, with defaults for what a test does not care about."""
    def make(*entries, site=site, config=config, identity=ORDINARY, command=("sh",), host=None, mounts=(), machine=None, **more):
        own = machine or Machine(environment=host or {}, open=bool(mounts), folders=frozenset(mounts))
        return plan.make(site, entries, config, identity, command, machine=own, **more)
    return make
