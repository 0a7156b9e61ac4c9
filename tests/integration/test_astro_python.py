"""The real stack: locked wheels, and tests that use them in earnest."""

import json
import struct
import subprocess

import pytest

LOADED = "import numpy, scipy, astropy, matplotlib, pandas; print('five')"


@pytest.fixture(scope="module")
def astro(make_certify, request):
    certify = make_certify()
    certify("ship", request.config.rootpath / "recipes" / "astro-python", check=0)
    return certify


@pytest.fixture(scope="module")
def tree(astro, tmp_path_factory):
    folder = tmp_path_factory.mktemp("astro") / "tree"
    [image] = (astro.folder / "out" / "astro-python").glob("*/image.squashfs")
    subprocess.run(["unsquashfs", "-q", "-n", "-d", folder, image], check=True, capture_output=True)
    return folder


def test_it_runs_for_an_ordinary_user(astro):
    assert astro("run", "astro-python", "--", "python", "-c", LOADED, user=61001, check=0).stdout == "five\n"


def test_no_bytecode_is_ever_stale(tree):
    """Bytes 4-8 of a .pyc: 1 is hash-based and unchecked. Everything else is compiled again at every import, for ever."""
    kinds = {}
    for path in tree.rglob("*.pyc"):
        with path.open("rb") as file:
            kinds.setdefault(struct.unpack("<4xI", file.read(8))[0], []).append(path)
    assert kinds.keys() == {1}
    assert len(kinds[1]) > 2000
    sources = set((tree / "opt/astro/lib/python3.11/site-packages").glob("*/*.py"))
    missing = [path for path in sources if not list((path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"))]
    assert len(missing) < len(sources) / 100, missing[:5]


def test_nothing_of_the_machine_and_no_secret_is_inside(tree, astro):
    assert not list((tree / "etc" / "ssh").glob("ssh_host_*"))
    assert not list((tree / "etc" / "ssl").glob("private/*.key"))
    machine_id = tree / "etc" / "machine-id"
    assert not machine_id.exists() or machine_id.read_text() == ""
    assert (tree / "etc" / "hostname").read_text() == "localhost\n"
    assert (tree / "etc" / "resolv.conf").read_text() == ""
    assert not list((tree / "var" / "log").iterdir())
    assert not (tree / "certify").exists()
    marks = [str(astro.folder), "test-cache", "certify/work"]
    files = [path for folder in ("etc", "opt") for path in (tree / folder).rglob("*")
             if path.is_file() and not path.is_symlink() and path.stat().st_size < 1 << 20]
    assert not [(path, mark) for path in files for mark in marks if mark.encode() in path.read_bytes()]


def test_every_time_is_the_same(tree):
    times = {int(path.lstat().st_mtime) for path in tree.rglob("*")}
    assert times == {1577836800}


def test_the_provenance_names_every_package_and_wheel(astro):
    import base64
    [path] = (astro.folder / "out" / "astro-python").glob("*/certs/provenance-*.dsse.json")
    statement = json.loads(base64.b64decode(json.loads(path.read_text())["payload"]))
    uris = [one["uri"] for one in statement["predicate"]["buildDefinition"]["resolvedDependencies"]]
    assert any(uri.startswith("pkg:pypi/numpy@2.4.6") for uri in uris)
    assert any(uri.startswith("pkg:deb/debian/libc6@") for uri in uris)
    assert all(len(one["digest"]["sha256"]) == 64 for one in statement["predicate"]["buildDefinition"]["resolvedDependencies"])
