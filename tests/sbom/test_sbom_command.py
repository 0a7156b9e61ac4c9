"""certify sbom and certify store find, as processes of their own."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys

import pytest

from builder import key
from builder.record import Record
from certify.sbom import text

KEPT = {name: value for name, value in os.environ.items() if not name.startswith("CERTIFY_")}


@pytest.fixture
def certify(world, keys, tmp_path):
    """Run the program with the store and the trust of the small site; ``check`` is the exit code that is expected."""
    def call(*words, check=0, store=True):
        env = {**KEPT, **({"CERTIFY_STORE": str(world.store.root), "CERTIFY_TRUST": str(keys / "site.pub")} if store else {})}
        done = subprocess.run([sys.executable, "-c", "from certify.cli.main import entry; entry()", *map(str, words)],
                              cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == check, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done
    return call


def test_find_as_text(certify, put):
    digest = put("old", [("deb", "openssl", "3.0.9-1")])
    put("env", [("python", "NumPy", "1.26.4")], path="/opt/x")
    put("rocky", [("rpm", "openssl", "1:3.0.7-24.el9")])
    put("bare", None)
    done = certify("store", "find", "openssl<3.0.11")
    assert done.stdout == f"old:1.0-1  deb:openssl 3.0.9-1  sha256:{digest[:12]}\n"
    assert done.stderr.splitlines() == [
        "note: bare:1.0-1 was not looked into: certified without a bill of materials: what it holds is not known",
        "note: rocky:1.0-1 has rpm:openssl 1:3.0.7-24.el9: any epoch is later than none, so name one to compare with it"]
    assert "env:1.0-1  python:NumPy 1.26.4  /opt/x  sha256:" in certify("store", "find", "numpy").stdout


def test_find_as_json(certify, put):
    digest = put("old", [("deb", "openssl", "3.0.9-1")])
    put("other", [("deb", "zlib1g", "1")])
    done = certify("store", "find", "openssl", "--format", "json")
    assert json.loads(done.stdout) == {"version": 1, "results": [{
        "name": "old", "tag": "1.0-1", "platform": key.platform(), "digest": f"sha256:{digest}", "packages": [
            {"kind": "deb", "name": "openssl", "version": "3.0.9-1", "path": "",
             "purl": "pkg:deb/debian/openssl@3.0.9-1?distro=debian-12"}]}]}


def test_nothing_found_is_no_fault(certify, put):
    put("old", [("deb", "openssl", "3.0.9-1")])
    assert certify("store", "find", "zlib").stdout == ""
    assert json.loads(certify("store", "find", "zlib", "--format", "json").stdout) == {"version": 1, "results": []}


@pytest.mark.parametrize("words", [("store", "find", "a!=1"), ("store", "find", ""), ("store", "find"), ("sbom",)], ids=str)
def test_a_wrong_use_is_told(certify, words):
    assert certify(*words, check=2).stderr


def test_without_a_store_or_a_trust_there_is_nothing_to_say(certify):
    assert "no store is named" in certify("store", "find", "a", check=2, store=False).stderr
    assert "no store is named" in certify("sbom", "tool", check=2, store=False).stderr


def test_the_bill_of_a_published_image(certify, put, validate):
    put("old", [("deb", "openssl", "3.0.9-1")])
    said = certify("sbom", "old").stdout
    validate(said.encode())
    assert [one["name"] for one in json.loads(said)["components"]] == ["debian", "openssl"]
    assert text.dumped(json.loads(said)).decode() == said
    assert certify("sbom", "old:1.0-1").stdout == said


def test_an_image_that_is_not_there(certify):
    assert "no such image" in certify("sbom", "nothing", check=1).stderr


def test_a_file_that_is_not_there(certify):
    assert "is it there" in certify("sbom", "nothing.squashfs", check=3).stderr


@pytest.fixture
def squashfs(tmp_path):
    """A small image with two packages and the record of its build, as a build leaves them."""
    for path, said in {"var/lib/dpkg/status": "Package: bash\nStatus: install ok installed\nVersion: 5.2\nArchitecture: amd64\n",
                       "opt/a.dist-info/METADATA": "Name: a\nVersion: 1\n", "usr/lib/os-release": "ID=debian\nVERSION_ID=12\n",
                       "lib/apk/db/installed": ""}.items():
        (tmp_path / "tree" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tree" / path).write_text(said)
    (tmp_path / "out").mkdir()
    subprocess.run(["mksquashfs", "tree", "out/image.squashfs", "-quiet", "-no-progress"], cwd=tmp_path, check=True,
                   capture_output=True)
    return tmp_path / "out/image.squashfs"


def recorded(squashfs, digest):
    Record(name="unknown", tag="0-1", platform="linux/amd64", key="a" * 64, recipe="a" * 64, digest=digest, size=4096,
           tree="a" * 64, isolation="runc", tools={}, started="", seconds={}, notes=[], resolved={}, environment={}, inputs={},
           packages=[], wheels=[], files=[], bases=[],
           sources=[{"url": "https://example.org/x.tar", "sha256": "3" * 64}]).write(squashfs.parent)


@pytest.mark.integration
def test_the_bill_of_a_file(certify, squashfs, validate):
    done = certify("sbom", squashfs, store=False)
    validate(done.stdout.encode())
    assert [one["bom-ref"] for one in json.loads(done.stdout)["components"]] == [
        "system", "deb:bash:5.2:amd64", "python:a:1:/opt/a.dist-info"]
    assert [line.split()[1] for line in done.stderr.splitlines() if line.startswith("image.squashfs ")] == ["hash"]   # no check
    assert "note: /lib/apk/db/installed: the packages of apk (Alpine) are not read" in done.stderr
    recorded(squashfs, hashlib.sha256(squashfs.read_bytes()).hexdigest())
    assert "source:https://example.org/x.tar" in certify("sbom", squashfs.parent, store=False).stdout
    recorded(squashfs, "b" * 64)        # of another image
    assert certify("sbom", squashfs.parent, store=False).stdout == done.stdout
