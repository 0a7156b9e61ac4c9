"""Which step brought what: written from the layers of a build, and read again from a folder that anybody may have filled."""

from __future__ import annotations

import json
import os

import pytest

from builder import origins
from builder.layers import Layers
from builder.plan import Chain, Layer

NAME = os.fsdecode(b"odd\xff\nname")


@pytest.fixture
def written(tmp_path):
    """What two steps and the compiler of bytecode left in their layers, written down."""
    store = Layers(tmp_path / "layers")
    layers = (("a" * 64, "bytecode", ["usr/x.pyc"]), ("b" * 64, "files", ["opt/x/a", "opt/x/b"]),
              ("c" * 64, "step: make", ["opt/x/b", NAME]))
    for key, _, names in layers:
        tree = tmp_path / f"upper-{key[0]}"
        for name in names:
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).touch()
        store.folder.mkdir(exist_ok=True)
        store.keep(key, tree)
    chain = Chain(name="", below=(), layers=tuple(Layer(key=key, label=label) for key, label, _ in layers), env={})
    with (tmp_path / origins.FILE_NAME).open("w", encoding="utf-8") as file:
        origins.write(chain, store, file)
    return tmp_path


def test_the_last_step_that_brought_a_path_is_named(written):
    assert origins.read(written) == {"/opt/x/a": "files", "/opt/x/b": "make", f"/{NAME}": "make"}


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"steps": 5}', '{"steps": [[1]]}', '{"steps": [["a", 5]]}',
                                  "[" * 100_000, json.dumps({"steps": [["a", {"b": 1}], "cd"]})[:-3]])
def test_what_is_not_told_as_it_should_be_is_not_known(tmp_path, text):
    (tmp_path / origins.FILE_NAME).write_text(text)
    assert origins.read(tmp_path) == {}


def test_nothing_but_a_file_is_read(tmp_path):
    assert origins.read(tmp_path) == {}
    (tmp_path / "real").write_text('{"steps": [["a", ["/b"]]]}')
    (tmp_path / origins.FILE_NAME).symlink_to("real")
    assert origins.read(tmp_path) == {}
    (tmp_path / origins.FILE_NAME).unlink()
    os.mkfifo(tmp_path / origins.FILE_NAME)
    assert origins.read(tmp_path) == {}
