"""Images of other tools, against what another tool makes of them: the same tree, to the byte."""

from __future__ import annotations

import json
import os
import subprocess

import pytest
from oci_images import device, entry, folder, hard, link, tar

from builder.rootfs import Root, tree_digest

pytestmark = pytest.mark.integration


def run(*argv):
    subprocess.run([str(one) for one in argv], check=True, capture_output=True)


@pytest.fixture
def written(layout):
    """An image in many layers with all that layers can do; returns its folder. Its tag is 1."""
    system = subprocess.run(["tar", "-c", "-C", "/", "etc", "usr/share/zoneinfo"], capture_output=True)
    names = [f"opt/{index}/{os.fsdecode(bytes([97, 200 + index]))}" for index in range(40)]
    files = [entry(name, os.urandom(3000), mode=0o600 + index) for index, name in enumerate(names)]
    made = layout.image(
        system.stdout,
        tar(folder("opt", mode=0o1777), *files, folder("usr/lib64"), link("lib64", "usr/lib64")),
        tar(hard("opt/hard", names[3]), entry("lib64/through", b"t"), device("dev/zero", 1, 5)),
        tar(entry("opt/.wh.3"), entry("opt/4/.wh..wh..opq"), entry("opt/4/new", b"4"), entry("opt/5", b"a file now")),
        tar(folder("opt/5"), entry("opt/5/below", b"x" * 200_000), entry("etc/.wh.passwd"), folder("etc", mode=0o700)),
        Env=["PATH=/bin"], Labels={"a": "b"})
    (layout.path / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [
        made | {"annotations": {"org.opencontainers.image.ref.name": "1"}}]}))
    return layout.path


def test_umoci_unpacks_the_same_tree(look, written, tmp_path):
    run("umoci", "unpack", "--image", f"{written}:1", tmp_path / "bundle")
    seen = look(f"oci:{written}:1")
    assert seen.digest == tree_digest(Root(tmp_path / "bundle" / "rootfs"))
    assert (seen.config.environment, seen.labels) == ({"PATH": "/bin"}, {"a": "b"})


def test_what_skopeo_copies_is_the_same_tree_in_each_kind(look, written, tmp_path):
    before = look(f"oci:{written}:1")
    for source in (f"oci:{tmp_path}/zstd:x:y", f"docker-archive:{tmp_path}/archive.tar:name/of:it"):
        options = ("--dest-compress-format", "zstd", "--dest-compress") if source.startswith("oci:") else ()
        run("skopeo", "copy", "-q", *options, f"oci:{written}:1", source)
        seen = look(source)
        assert (seen.digest, seen.config.environment, seen.labels) == (before.digest, {"PATH": "/bin"}, {"a": "b"})


def test_what_umoci_adds_is_seen(look, tmp_path):
    run("umoci", "init", "--layout", tmp_path / "made")
    run("umoci", "new", "--image", f"{tmp_path}/made:1")
    run("umoci", "unpack", "--image", f"{tmp_path}/made:1", tmp_path / "bundle")
    tree = tmp_path / "bundle" / "rootfs"
    for number in range(2):
        (tree / "usr").mkdir(exist_ok=True)
        (tree / "usr" / f"file{number}").write_bytes(b"x" * number)
        (tree / "usr" / "file0").rename(tree / "usr" / f"was{number}")
        (tree / "usr" / "file0").write_bytes(b"again")
        run("umoci", "repack", "--image", f"{tmp_path}/made:1", tmp_path / "bundle", "--refresh-bundle")
    assert look(f"oci:{tmp_path}/made:1").digest == tree_digest(Root(tree))
