"""Small trees with the package databases of real tools."""

from __future__ import annotations

import os
import subprocess

import pytest

from builder.image import ImageConfig
from builder.rootfs import Root
from certify.checks.tree import ImageTree

CONFIG = ImageConfig(name="tool", version="1", revision=1, platform="linux/amd64", environment={})


@pytest.fixture(scope="session")
def tool():
    """Run a program to its end, and give what it said."""
    def run(*argv, cwd=None):
        return subprocess.run(argv, check=True, capture_output=True, text=True, cwd=cwd, env={**os.environ, "LC_ALL": "C"}).stdout
    return run


@pytest.fixture
def image(tmp_path):
    """The tree of a folder; texts, bytes and links (a text that begins with ->) are put there first."""
    folder = tmp_path / "image"
    folder.mkdir()

    def make(files=()):
        for path, content in dict(files).items():
            place = folder / path.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, str) and content.startswith("->"):
                place.symlink_to(content[2:])
            else:
                place.write_bytes(content.encode() if isinstance(content, str) else content)
        return ImageTree(Root(folder), CONFIG)

    make.folder = folder
    return make
