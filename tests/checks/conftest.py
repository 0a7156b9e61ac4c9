"""Small real trees for the checks on images."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from builder.image import ImageConfig
from builder.rootfs import Root
from certify import site as sites
from certify.checks import registry
from certify.checks.tree import ImageTree

CONFIG = ImageConfig(name="tool", version="1", revision=1, platform="linux/amd64", environment={})


@pytest.fixture(scope="session")
def site():
    return sites.load("shifter")


@pytest.fixture
def add(tmp_path):
    """Put something into the tree: a file of some text, a folder, a link or a fifo, with a mode."""
    (tmp_path / "image").mkdir()

    def make(path, text="x", mode=None, kind="file"):
        place = tmp_path / "image" / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        if kind == "file":
            place.write_bytes(text if isinstance(text, bytes) else text.encode())
        elif kind == "folder":
            place.mkdir(exist_ok=True)
        elif kind == "link":
            place.symlink_to(text)
        else:
            os.mkfifo(place)
        if kind != "link":
            place.chmod({"folder": 0o755}.get(kind, 0o644) if mode is None else mode)
        return path

    return make


@pytest.fixture
def package(add):
    """Let the image's package database say which files a package brought."""
    def own(name, *paths):
        add(f"/var/lib/dpkg/info/{name}.list", "".join(f"{path}\n" for path in ("/.", *paths)))
    return own


@pytest.fixture
def tree(tmp_path, add):
    return lambda **env: ImageTree(Root(tmp_path / "image"), replace(CONFIG, environment=env))


@pytest.fixture
def found(tree, site):
    """The findings of one check, or of all, as pairs of path and message."""
    def run(code=None, site=site, **env):
        return [(one.path, one.message) for one in registry.run(tree(**env), site) if code in (None, one.code)]
    return run
