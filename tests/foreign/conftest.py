"""Images made by hand, and what came of them when they were opened."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools import need

sys.path.insert(0, str(Path(__file__).parents[1] / "integration"))      # the maker of images lives there

from oci_images import Layout

from builder.rootfs import Root, tree_digest
from certify.foreign.opening import opened


class Opened:
    """What was in the squashfs that was made, and what was said of the image."""

    def __init__(self, tree, foreign, listing):
        self.tree, self.config, self.labels, self.listing = tree, foreign.config, foreign.labels, listing
        self.digest = tree_digest(Root(tree))

    def __getitem__(self, path):
        return (self.tree / path).read_bytes()

    @property
    def paths(self):
        return {path.removeprefix("/") for path, _ in Root(self.tree).walk()}


@pytest.fixture
def look(tmp_path):
    """Open a word, and unpack the squashfs that it gives."""
    need("sqfstar", "unsquashfs", "unshare", "setpriv")
    work = tmp_path / "work"
    work.mkdir()

    def unpack(word):
        tree = tmp_path / "tree"
        shutil.rmtree(tree, ignore_errors=True)
        with opened(word, work) as foreign:
            assert list(work.iterdir()) == [], "nothing is left in the folder"
            path, given = f"/proc/self/fd/{foreign.handle}", (foreign.handle,)
            subprocess.run(["unsquashfs", "-q", "-n", "-d", str(tree), path], pass_fds=given, check=True, capture_output=True)
            listing = subprocess.run(["unsquashfs", "-lln", "-d", "", path], pass_fds=given, check=True, capture_output=True,
                                     text=True, errors="surrogateescape").stdout
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(foreign.handle)
        return Opened(tree, foreign, listing)

    return unpack


@pytest.fixture
def layout(tmp_path):
    folder = tmp_path / "layout"
    folder.mkdir()
    return Layout(folder)


@pytest.fixture
def image(layout):
    """Write an OCI layout with one image of these layers; returns the word that names it."""
    def make(*layers, **config):
        (layout.path / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [layout.image(*layers, **config)]}))
        return f"oci:{layout.path}"
    return make
