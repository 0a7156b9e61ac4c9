"""Images as bases that were made to do harm, or are broken."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from builder.errors import Error, Fault
from tests.bases.conftest import ESCAPES, LOWER, listing
from tests.integration.oci_images import entry, folder, link, tar


@pytest.mark.parametrize("kind", ESCAPES)
def test_nothing_is_written_outside(bench, layout, neighbour, kind):
    made = layout.image(tar(*LOWER), tar(*ESCAPES[kind](str(neighbour))))
    try:
        foundation = bench.local(made)
    except Fault as fault:
        assert "cannot be unpacked" in fault.message
    else:
        assert "secret" not in [path.name for path in bench.layers.tree(foundation.layers[1]).rglob("secret")]
    assert listing(neighbour) == {"secret": "secret"}
    assert (neighbour / "secret").stat().st_nlink == 1


def test_what_a_deceived_tar_could_reach_is_empty(bench, layout, neighbour, monkeypatch):
    """Even a tar that believes every name stays in its own root."""
    from builder.bases import unpack
    argv = unpack.tar_argv
    monkeypatch.setattr(unpack, "tar_argv", lambda program: (*argv(program), "--absolute-names"))
    made = layout.image(tar(link("a", str(neighbour)), entry("a/planted"), entry(f"{neighbour}/planted"), entry("/usr/planted")))
    with pytest.raises(Fault):
        bench.local(made)
    assert listing(neighbour) == {"secret": "secret"}
    assert not Path("/usr/planted").exists()


@pytest.mark.parametrize("name", [".wh.", "a/.wh.", ".wh..", ".wh..."])
def test_a_whiteout_of_nothing_is_refused(bench, layout, name):
    with pytest.raises(Fault, match="whiteout"):
        bench.local(layout.image(tar(folder("a"), entry(name))))
    assert list(bench.layers.folder.iterdir()) == []


def test_a_whiteout_that_is_a_folder_is_refused_if_it_holds_something(bench, layout):
    with pytest.raises(Fault, match="whiteout"):
        bench.local(layout.image(tar(folder(".wh.a"), entry(".wh.a/b"))))


def test_a_tree_deeper_than_a_path_can_be_long_is_refused(bench, layout):
    deep = "/".join(["d" * 100] * 35)
    entries = [folder(deep), link("s", deep), folder(f"s/{deep}"), link("t", f"s/{deep}"), entry(f"t/{deep}/x")]
    with pytest.raises(Fault):
        bench.local(layout.image(tar(*entries)))
    assert list(bench.layers.folder.iterdir()) == []


def test_a_bomb_is_stopped(bench, layout, monkeypatch):
    from builder.bases import settle, unpack
    monkeypatch.setattr(unpack, "MAX_BYTES", 100 << 20)
    monkeypatch.setattr(settle, "MAX_BYTES", 50 << 20)
    files = [entry(f"f{number}", bytes(60 << 20)) for number in range(6)]
    with pytest.raises(Fault, match="when unpacked"):
        bench.local(layout.image(tar(*files)))
    with pytest.raises(Fault, match="cannot be unpacked: a file in it has more"):
        bench.local(layout.image(tar(entry("f", bytes(110 << 20)))))
    with pytest.raises(Fault, match="more than"):
        bench.local(layout.image(tar(files[0])))


def test_a_disk_that_gets_full_is_no_fault_of_the_image(bench, layout, monkeypatch):
    from builder.bases import unpack
    monkeypatch.setattr(unpack, "_RESERVE", 1 << 60)
    with pytest.raises(Error, match="disk") as caught:
        bench.local(layout.image(tar(entry("f", bytes(60 << 20)))))
    assert caught.value.exit_code == 3


@pytest.mark.parametrize("harm", ["flipped", "cut", "longer", "missing", "a link", "a fifo"])
@pytest.mark.parametrize("part", ["layer", "config", "manifest"])
def test_a_layout_with_other_bytes_is_refused(bench, layout, part, harm):
    made = layout.image(tar(*LOWER))
    manifest = json.loads(layout.file(made["digest"]).read_text())
    path = layout.file({"layer": manifest["layers"][0], "config": manifest["config"], "manifest": made}[part]["digest"])
    data = path.read_bytes()
    path.unlink()
    if harm == "a link":
        (bench.top / "elsewhere").write_bytes(data)
        path.symlink_to(bench.top / "elsewhere")
    elif harm == "a fifo":
        os.mkfifo(path)
    elif harm != "missing":
        path.write_bytes({"flipped": data[:-1] + bytes([data[-1] ^ 1]), "cut": data[:-1], "longer": data + b" "}[harm])
    with pytest.raises(Fault) as caught:
        bench.local(made)
    assert caught.value.hint
    assert list(bench.layers.folder.iterdir()) == []
    assert path.name not in [kept.name for kept in bench.images.rglob("*")]


def test_a_layout_whose_folder_is_a_link_to_elsewhere_is_refused(bench, layout):
    made = layout.image(tar(*LOWER))
    (layout.path / "blobs").rename(bench.top / "blobs")
    (layout.path / "blobs").symlink_to(bench.top / "blobs")
    with pytest.raises(Fault, match="link"):
        bench.local(made)


def test_what_lies_broken_in_the_cache_is_fetched_again(bench, layout):
    made = layout.image(tar(*LOWER))
    first = bench.local(made)
    for path in (path for path in bench.images.rglob("*") if path.is_file()):
        path.write_bytes(b"broken")
    subprocess.run(["rm", "-rf", *bench.layers.folder.iterdir()], check=True)
    assert bench.local(made) == first
    assert bench.seen(first)["etc/one"] == "1"
