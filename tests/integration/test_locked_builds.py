"""Locks on the real archive: made by anybody, used to the byte, and clear where something has vanished."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from builder import lock, mirrors
from builder.apt import Apt
from builder.bases import archive
from builder.errors import Fault
from builder.recipe import load
from builder.recipe.model import ArchiveBase

SMALL = "packages: {apt: [make]}\n"


@pytest.fixture
def small(certify):
    return certify.recipe("small", SMALL)


def packages(folder):
    stage, = next(iter(json.loads((folder / "recipe.lock").read_text())["images"].values()))
    return {one["name"]: one["version"] for one in stage["packages"]}


def edit(folder, old, new):
    path = folder / "recipe.lock"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_lock_is_written_kept_added_to_and_upgraded(certify, small):
    assert certify("lock", "--check", small).returncode == 1
    made, = certify.json("lock", small)
    assert (made["status"], made["changes"]) == ("written", [])
    assert made["packages"] == len(packages(small)) > 50
    before = (small / "recipe.lock").read_bytes()
    assert certify.json("lock", small)[0]["status"] == "up to date"
    assert (small / "recipe.lock").read_bytes() == before
    certify("lock", "--check", small, check=0)

    certify.recipe("small", "packages: {apt: [make, patch]}\n")
    said = certify("lock", "--check", small, check=1)
    assert "packages.apt: + patch" in said.stdout
    linted = certify("lint", small).stdout
    assert "PIN506" in linted and "packages.apt: + patch" in linted
    added = certify("lock", small, check=0).stdout
    assert [line.split()[:2] for line in added.splitlines()[1:]] == [["package", "from"], ["patch", "-"]]

    version = packages(small)["make"]
    edit(small, f'"name": "make", "version": "{version}"', '"name": "make", "version": "4.0-1"')
    assert certify.json("lock", small)[0]["status"] == "up to date"
    said = certify("lock", "--upgrade", small, check=0).stdout.splitlines()
    assert [line.split() for line in said[1:]] == [["package", "from", "to"], ["make", "4.0-1", version]]


def test_two_locks_of_one_day_are_the_same_bytes(certify, small):
    texts = []
    for name in ("one", "two"):
        (small / "recipe.lock").unlink(missing_ok=True)
        certify("lock", small, check=0, env={"CERTIFY_CACHE": str(certify.folder / name)})
        texts.append((small / "recipe.lock").read_bytes())
    assert texts[0] == texts[1]


def test_an_ordinary_user_makes_the_same_lock_as_root(certify, small):
    certify("lock", small, check=0)
    text = (small / "recipe.lock").read_bytes()
    (small / "recipe.lock").unlink()
    shutil.chown(small, 12345, 12345)
    with tempfile.TemporaryDirectory() as cache:
        shutil.chown(cache, 12345, 12345)
        certify("lock", small, user=12345, check=0, env={"CERTIFY_CACHE": str(Path(cache) / "c")})
    assert (small / "recipe.lock").read_bytes() == text


def test_a_lock_is_not_written_through_a_link(certify, small):
    (certify.folder / "mine").write_text("mine")
    (small / "recipe.lock").symlink_to(certify.folder / "mine")
    assert "a link is not followed" in certify("lock", small, check=1).stderr
    assert (certify.folder / "mine").read_text() == "mine"


def test_a_package_that_has_vanished_is_named_with_its_version(certify, small, tmp_path):
    certify("lock", small, check=0)
    found = packages(small)
    edit(small, f'"name": "make", "version": "{found["make"]}"', '"name": "make", "version": "4.0-1"')
    edit(small, f'"name": "zlib1g", "version": "{found["zlib1g"]}"', '"name": "zlib1g", "version": "1:1.0-1"')
    recipe = load(small)[1]
    locked = lock.fitting(recipe).packages_for("")
    with pytest.raises(Fault, match=r"^2 of the packages .* Debian bookworm: make 4\.0-1 \(amd64\), zlib1g 1:1\.0-1 \(amd64\)$"):
        Apt(tmp_path / "apt", recipe.base).download(locked, tmp_path)


def test_a_lock_cannot_give_a_package_other_bytes(certify, small, tmp_path):
    certify("lock", small, check=0)
    recipe = load(small)[1]
    (tmp_path / "store").mkdir()
    private = Apt(tmp_path / "apt", recipe.base)
    one = next(one for one in lock.fitting(recipe).packages_for("") if one.name == "make")
    private.download([one], tmp_path / "store")
    edit(small, one.sha256, "0" * 64)
    other = next(one for one in lock.fitting(recipe).packages_for("") if one.name == "make")
    with pytest.raises(Fault, match="it has another sha256"):
        private.download([other], tmp_path / "store")
    edit(small, f'"make", "version": "{one.version}"', '"make", "version": "9"')
    edit(small, "0" * 64, one.sha256)
    other = next(one for one in lock.fitting(recipe).packages_for("") if one.name == "make")
    with pytest.raises(Fault, match="the file with its sha256 is make:amd64=" + one.version):
        private.describe([other], tmp_path / "store")


class Layers:
    """A store of layers that keeps nothing: the tree is looked at where it was made."""

    def has(self, name):
        return False

    def keep(self, name, made):
        self.sources = (made / "etc/apt/sources.list").read_text()
        self.said = subprocess.check_output(["chroot", made, "python3", "-c", "print(6 * 7)"], text=True)


@pytest.fixture
def ubuntus_keys(tmp_path, monkeypatch):
    """The keyring of Ubuntu, where it is not installed: from the signed archive of Debian 13."""
    if mirrors.keyring("ubuntu").exists():
        return
    (tmp_path / "keys").mkdir()
    debian = Apt(tmp_path / "debian", ArchiveBase(suite="trixie"))
    found = [one for one in debian.resolve(["ubuntu-keyring"], essential=False) if one.name == "ubuntu-keyring"]
    debian.download(found, tmp_path / "keys")
    subprocess.run(["dpkg-deb", "-x", tmp_path / "keys" / found[0].sha256, tmp_path / "keys/tree"], check=True)
    monkeypatch.setattr(mirrors, "_KEYRINGS", tmp_path / "keys/tree/usr/share/keyrings")


def test_a_base_of_ubuntu_is_made_from_its_signed_archive(ubuntus_keys, tmp_path):
    for name in ("store", "work"):
        (tmp_path / name).mkdir()
    base, layers = ArchiveBase(suite="noble", distribution="ubuntu"), Layers()
    private = Apt(tmp_path / "apt", base)
    found = private.resolve(["python3-minimal"])
    archive.provide(private, found, layers, tmp_path / "store", tmp_path / "work", lambda line: None)
    assert layers.said == "42\n"
    assert layers.sources.splitlines() == mirrors.image_sources(base)


def test_a_build_from_the_lock_with_emptied_caches_gives_the_same_bytes_and_other_locks_are_refused(certify, small, tmp_path):
    certify("lock", small, check=0)
    first = certify.json("build", small)[0]["digest"]
    empty = tmp_path / "empty"
    again = certify("build", small, "--out", tmp_path / "out", "--format", "json", env={"CERTIFY_CACHE": str(empty)}, check=0)
    assert json.loads(again.stdout)["results"][0]["digest"] == first
    assert len(list((empty / "debs").iterdir())) == len(packages(small))

    certify.recipe("small", "packages: {apt: [make, patch]}\n")
    refused = certify("build", small, check=1)
    assert "the lock does not fit the recipe any more" in refused.stderr
    assert "packages.apt: + patch" in refused.stderr

    certify.recipe("small", SMALL)
    digest = next(one.sha256 for one in lock.fitting(load(small)[1]).packages_for("") if one.name == "make")
    edit(small, packages(small)["make"], "4.0-1")
    edit(small, digest, "0" * 64)
    vanished = certify("build", small, check=1)
    assert "make 4.0-1" in vanished.stderr
    assert "certify lock --upgrade" in vanished.stderr
