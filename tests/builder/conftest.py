"""Small programs, trees and recipes for the tests of the builder."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import replace

import pytest

from builder import tools as versions
from builder.layers import Layers
from builder.recipe import load
from builder.recipe.model import Access, ArchiveBase, File, Recipe, Step
from builder.rootfs import Root


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Make a small executable that stands first on PATH."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    def make(name, text):
        path = folder / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return path

    return make


@pytest.fixture
def root(tmp_path):
    """An empty image root, with a neighbour on the machine that nothing may touch."""
    (tmp_path / "root").mkdir()
    return Root(tmp_path / "root")


@pytest.fixture
def nest():
    """Make folders in folders, by handle: the path becomes longer than a path may be."""
    tops = []

    def make(top, depth):
        tops.append(top)
        handle = os.open(top, os.O_RDONLY)
        for _ in range(depth):
            os.mkdir("d", dir_fd=handle)
            inner = os.open("d", os.O_RDONLY, dir_fd=handle)
            os.close(handle)
            handle = inner
        os.close(handle)

    yield make
    subprocess.run(["rm", "-rf", *tops], check=True)      # pytest itself cannot, where a test failed


@pytest.fixture
def recipe(tmp_path):
    folder = tmp_path / "recipe"
    folder.mkdir()
    (folder / "data").mkdir()
    (folder / "data/file").write_text("content")
    return Recipe(
        folder=folder, name="tool", version="1.0", revision=1, summary="A tool", license="MIT",
        access=Access(public=True), base=ArchiveBase(suite="bookworm"), apt=("python3", "gcc"), wheels=None,
        sources=(), files=(File(source="data", to="/opt/tool"),), steps=(Step(name="make", run="make", env={"A": "1"}),),
        env={"LANG": "C"}, workdir=None, entrypoint=("tool",), host_libraries=(), tests=(),
    )


@pytest.fixture
def tools(program):
    """All tools of the builder as programs that only tell their version; gives a way to change one."""
    for name in versions.TOOLS:
        program(name, f"echo {name} 1.0")
    versions.version_of.cache_clear()

    def change(name, version):
        program(name, f"echo {name} {version}")
        versions.version_of.cache_clear()

    yield change
    versions.version_of.cache_clear()


@pytest.fixture
def other(recipe):
    """The recipe with some fields changed."""
    return lambda **fields: replace(recipe, **fields)


@pytest.fixture
def layers(tmp_path):
    """An empty layer store."""
    (tmp_path / "layers").mkdir(mode=0o700)
    return Layers(tmp_path / "layers")


@pytest.fixture
def kept(layers, tmp_path):
    """Put a layer with some files (or folders, where the text is None) into the store; gives its tree."""
    def keep(key, files=(), upon="", days=0):
        tree = tmp_path / f"made-{key}"
        tree.mkdir()
        for path, text in dict(files).items():
            place = tree / path.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                place.mkdir()
            else:
                place.write_bytes(text if isinstance(text, bytes) else text.encode())
        found = layers.keep(key, tree, upon)
        used = time.time() - days * 86_400
        os.utime(layers.folder / key / "used", (used, used))
        return found

    return keep


@pytest.fixture
def beside(tmp_path, tools):
    """Write recipes beside each other, by name and the text of their base; gives the recipe of the first."""
    def write(**bases):
        for name, text in bases.items():
            folder = tmp_path / "recipes" / name
            folder.mkdir(parents=True)
            head = "" if "version:" in text else 'version: "1"\n'
            common = "summary: s\nlicense: MIT\naccess: public"
            (folder / "recipe.yaml").write_text(f"schema: 1\nname: {name}\n{head}{common}\n{text}\n")
        return load(tmp_path / "recipes" / next(iter(bases)))[1]

    return write
