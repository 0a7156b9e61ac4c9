"""A cache, layouts and a registry for images as bases."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from builder import overlay
from builder.bases import image, tree
from builder.layers import Layers
from builder.outside import Outside
from builder.recipe.model import ImageBase, TreeBase
from tests.integration.oci_images import OCI, Layout, entry, folder, hard, link

PLAIN, ZSTD = f"{OCI}.layer.v1.tar", f"{OCI}.layer.v1.tar+zstd"


@dataclass
class Bench:
    """A cache, a recipe's folder, and what the site allows."""

    top: Path
    outside: Outside

    def __post_init__(self):
        self.layers = Layers(self.top / "layers")
        self.recipe, self.images, self.work = self.top / "recipe", self.top / "images", self.top / "work"
        for path in (self.layers.folder, self.recipe, self.work):
            path.mkdir()
        self.lines = []

    def image(self, reference):
        return image.provide(ImageBase(reference=reference), self.recipe, self.outside, self.layers, self.images, self.work,
                             self.lines.append)

    def tree(self, name):
        return tree.provide(TreeBase(tree=name), self.recipe, self.outside, self.layers, self.work, self.lines.append)

    def local(self, made):
        return self.image(f"oci:layout@{made['digest']}")

    def seen(self, foundation):
        """What stands in the layers, shown as one: path to content, link or kind."""
        shown, work = self.top / "shown", self.top / f"overlay-{os.urandom(4).hex()}"
        shown.mkdir(exist_ok=True)
        with overlay.mounted([self.layers.tree(key) for key in foundation.layers], shown, work):
            return listing(shown)


def listing(top):
    found = {}
    for path in sorted(top.rglob("*")):
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            found[str(path.relative_to(top))] = f"-> {path.readlink()}"
        elif stat.S_ISREG(status.st_mode):
            found[str(path.relative_to(top))] = path.read_text()
        else:
            found[str(path.relative_to(top))] = "folder" if stat.S_ISDIR(status.st_mode) else "special"
    return found


@pytest.fixture
def bench(tmp_path):
    made = Bench(tmp_path, Outside())
    yield made
    subprocess.run(["rm", "-rf", "--one-file-system", str(tmp_path)], check=True)       # pytest cannot, where a tree is deep


@pytest.fixture
def layout(bench):
    return Layout(bench.recipe / "layout")


LOWER = (folder("./"), folder("etc"), entry("etc/one", b"1"), entry("etc/two", b"2"), folder("old"), entry("old/a", b"a"),
         folder("old/deep"), entry("old/deep/b", b"b"), folder("kept"), entry("kept/c", b"c"), folder("gone"),
         entry("gone/d", b"d"), link("link", "/etc/one"), hard("same", "etc/two"))
UPPER = (folder("etc"), entry("etc/.wh.one"), entry("etc/three", b"3"), folder("old"), entry("old/.wh..wh..opq"),
         entry("old/new", b"n"), entry(".wh.gone"), folder("kept"), entry("kept/.wh.never"), folder("own"), entry("own/.wh.x"))
MERGED = {"etc": "folder", "etc/two": "2", "etc/three": "3", "old": "folder", "old/new": "n", "kept": "folder", "kept/c": "c",
          "link": "-> /etc/one", "same": "2", "own": "folder"}


def digests(layout, made):
    return [one["digest"].removeprefix("sha256:") for one in json.loads(layout.file(made["digest"]).read_text())["layers"]]


@pytest.fixture
def neighbour(bench):
    """A folder of the machine that nothing may reach."""
    made = bench.top / "neighbour"
    made.mkdir()
    (made / "secret").write_text("secret")
    return made


ESCAPES = {
    "a link and a file through it": lambda out: (link("a", out), entry("a/planted", b"x")),
    "a link that climbs": lambda out: (link("a", "../" * 12 + out.lstrip("/")), entry("a/planted", b"x")),
    "links over links": lambda out: (folder("d"), link("d/up", ".."), link("a", "d/up/" * 12 + out.lstrip("/")),
                                     entry("a/planted")),
    "a folder that becomes a link": lambda out: (folder("a"), link("a", out), entry("a/planted", b"x")),
    "a name that climbs": lambda out: (entry("../" * 12 + f"{out.lstrip('/')}/planted", b"x"),),
    "a name with a climb in it": lambda out: (folder("a"), entry("a/" + "../" * 12 + f"{out.lstrip('/')}/planted", b"x")),
    "a hard link to a file outside": lambda out: (hard("a", f"{out}/secret"), entry("a", b"overwritten")),
    "a hard link that climbs": lambda out: (hard("a", "../" * 12 + f"{out.lstrip('/')}/secret"),),
    "a hard link through a link": lambda out: (link("l", out), hard("a", "l/secret"), entry("l/planted")),
    "a file over a link": lambda out: (link("a", f"{out}/secret"), entry("a", b"overwritten")),
    "a whiteout through a link": lambda out: (link("a", out), entry("a/.wh.secret")),
    "an absolute name": lambda out: (entry(f"{out}/planted", b"x"),),
}
