"""certify diff, as it is called: real squashfs files, an OCI layout, and words that name nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from builder.errors import Error
from certify.cli import program

sys.path.insert(0, str(Path(__file__).parents[1] / "integration"))      # the maker of images lives there

from oci_images import Layout, entry, link, tar

pytestmark = pytest.mark.integration


@pytest.fixture
def image(tmp_path):
    """Pack a squashfs of files, with an image.json and a package database."""
    def make(name, files, version="1", **config):
        tree = tmp_path / name
        packages = f"Package: tool\nStatus: install ok installed\nArchitecture: amd64\nVersion: {version}\nMaintainer: x\n\n"
        plain = {"schema": 1, "name": "t", "version": "1", "revision": 1, "platform": "linux/amd64", "environment": {},
                 "entrypoint": [], "workdir": None} | config
        for path, text in {"var/lib/dpkg/status": packages, ".certify/image.json": json.dumps(plain), **files}.items():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_text(text)
        packed = tmp_path / f"{name}.squashfs"
        subprocess.run(["mksquashfs", tree, packed, "-quiet", "-no-progress", "-all-root"], check=True)
        return str(packed)
    return make


@pytest.fixture
def pair(image):
    environment = {"PATH": "/bin", "LD_LIBRARY_PATH": "/opt/lib"}
    return (image("one", {"etc/a": "1"}, environment={"PATH": "/bin"}, entrypoint=["sh"]),
            image("two", {"etc/a": "22", "opt/x.py": "pass\n"}, version="1.1", environment=environment))


def diff(capsys, *words):
    assert program.run(["diff", *words]) == 0
    return capsys.readouterr().out


def test_everything_is_compared(capsys, pair):
    found = json.loads(diff(capsys, *pair, "--format", "json"))["results"][0]
    assert found["packages"] == [{"kind": "deb", "name": "tool", "how": "up", "before": "1", "after": "1.1"}]
    assert [one["name"] for one in found["environment"]] == ["LD_LIBRARY_PATH"]
    assert found["settings"] == [{"name": "start command", "before": "sh", "after": ""}]
    assert [one["code"] for one in found["findings"]["came"]] == ["ENV101"]
    assert [(one["path"], one["how"]) for one in found["files"]["changes"]] == [
        ("/.certify/image.json", "changed"), ("/etc/a", "changed"), ("/opt", "added"), ("/opt/x.py", "added"),
        ("/var/lib/dpkg/status", "changed")]


def test_text_and_markdown_say_the_same(capsys, pair):
    text, markdown = diff(capsys, *pair), diff(capsys, *pair, "--format", "md")
    assert "  ^ deb:tool 1 -> 1.1\n" in text
    assert "  + ENV101 " in text
    assert "| up | `deb:tool` | `1` | `1.1` |" in markdown
    assert "| came | ENV101 error |" in markdown
    assert "nothing that is compared differs" in diff(capsys, pair[0], pair[0])


def test_an_image_made_elsewhere_is_compared_with_one_of_ours(capsys, pair, tmp_path):
    layout = Layout(tmp_path / "layout")
    made = layout.image(tar(entry("etc/a", b"1"), link("etc/b", "a")), Env=["PATH=/bin"], Cmd=["sh"])
    (layout.path / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [made]}))
    found = json.loads(diff(capsys, pair[0], f"oci:{layout.path}", "--format", "json"))["results"][0]
    assert (found["environment"], found["settings"], found["to"]["digest"], found["to"]["size"]) == ([], [], None, None)
    assert {one["path"]: one["how"] for one in found["files"]["changes"] if one["path"].startswith("/etc")} == {"/etc/b": "added"}


def test_words_that_name_nothing(tmp_path):
    for word in (f"{tmp_path}/none", "none.squashfs", f"oci:{tmp_path}/none", "tool:1"):
        with pytest.raises(Error) as caught:
            program.run(["diff", word, word])
        assert caught.value.hint
