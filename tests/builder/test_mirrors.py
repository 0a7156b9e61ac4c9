"""From which addresses packages come, and which ones an image keeps."""

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest

from builder import mirrors
from builder.errors import Fault
from builder.outside import Outside
from builder.recipe.model import ArchiveBase

MOMENT = "20260101T000000Z"
BOOKWORM = ArchiveBase(suite="bookworm")
NOBLE = ArchiveBase(suite="noble", distribution="ubuntu")
SIGNED = "[signed-by=/usr/share/keyrings/{}-archive-keyring.gpg]"

OWN = """\
Sources main bookworm http://src.example.org/debian/
Packages contrib bookworm http://contrib.example.org/debian/
Packages main stable https://download.example.com/linux/tool/
Packages main bookworm http://mirror.example.org/debian/
Packages main bookworm-security http://mirror.example.org/debian-security/
"""
UBUNTU = "Packages main noble http://mirror.example.org/ubuntu/\nPackages main noble-security http://s.example.org/ubuntu\n"


@pytest.fixture(autouse=True)
def a_pc(monkeypatch):
    monkeypatch.setattr(os, "uname", lambda: SimpleNamespace(machine="x86_64"))


@pytest.fixture
def machine(program):
    """What this machine's own apt is set up with."""
    return lambda text="": program("apt-get", f"cat <<'END'\n{text}\nEND")


@pytest.mark.parametrize(("answer", "found"), [
    (OWN, {"debian": "http://mirror.example.org/debian", "debian-security": "http://mirror.example.org/debian-security"}),
    (OWN.splitlines()[3], {"debian": "http://mirror.example.org/debian"}),
    (UBUNTU, {"ubuntu": "http://mirror.example.org/ubuntu", "ubuntu-security": "http://s.example.org/ubuntu"}),
    ("\nPackages\n\n", {}),
])
def test_the_mirrors_are_the_machines_own(machine, answer, found):
    machine(answer)
    assert mirrors.machine_mirrors() == found


def test_a_machine_without_an_answer_has_no_mirrors(program):
    program("apt-get", "exit 100")
    assert mirrors.machine_mirrors() == {}


def test_debian_comes_with_updates_and_security_from_the_machines_mirrors(machine):
    machine(OWN)
    signed = SIGNED.format("debian")
    assert mirrors.sources(BOOKWORM, Outside()) == [
        f"deb {signed} http://mirror.example.org/debian bookworm main",
        f"deb {signed} http://mirror.example.org/debian bookworm-updates main",
        f"deb {signed} http://mirror.example.org/debian-security bookworm-security main"]


def test_ubuntu_comes_with_universe(machine):
    machine(OWN)
    signed = SIGNED.format("ubuntu")
    assert mirrors.sources(NOBLE, Outside()) == [
        f"deb {signed} http://archive.ubuntu.com/ubuntu noble main universe",
        f"deb {signed} http://archive.ubuntu.com/ubuntu noble-updates main universe",
        f"deb {signed} http://security.ubuntu.com/ubuntu noble-security main universe"]


def addresses(lines):
    return [next(word for word in line.split() if "://" in word) for line in lines]


@pytest.mark.parametrize(("archive", "site", "found"), [
    (BOOKWORM, {"debian": "http://site/debian/"}, ["http://site/debian", "http://mirror.example.org/debian-security"]),
    (BOOKWORM, {"debian-security": "http://site/s"}, ["http://mirror.example.org/debian", "http://site/s"]),
    (ArchiveBase(suite="bookworm", mirror="https://recipe/debian"), {"debian": "http://site/d", "debian-security": "http://site/s"},
     ["https://recipe/debian", "http://site/s"]),
    (NOBLE, {"ubuntu": "http://site/ubuntu"}, ["http://site/ubuntu", "http://site/ubuntu"]),
    (ArchiveBase(suite="noble", distribution="ubuntu", mirror="https://recipe/u"), {"ubuntu": "http://site/ubuntu"},
     ["https://recipe/u", "https://recipe/u"]),
])
def test_the_recipe_comes_before_the_site_and_the_site_before_the_machine(machine, archive, site, found):
    machine(OWN)
    lines = addresses(mirrors.sources(archive, Outside(mirrors=site)))
    assert [lines[0], lines[2]] == found
    assert lines[0] == lines[1]


@pytest.mark.parametrize(("distribution", "site", "found"), [
    ("debian", {}, ["http://snapshot.debian.org/archive/debian", "http://snapshot.debian.org/archive/debian-security"]),
    ("ubuntu", {}, ["https://snapshot.ubuntu.com/ubuntu", "https://snapshot.ubuntu.com/ubuntu"]),
    ("debian", {"debian": "http://site/d", "debian-snapshot": "http://site/s"}, ["http://site/s/debian", "http://site/s/debian-security"]),
])
def test_a_snapshot_comes_from_the_archive_of_snapshots_and_never_expires(machine, distribution, site, found):
    machine(OWN)
    archive = ArchiveBase(suite="suite", distribution=distribution, snapshot=MOMENT)
    lines = mirrors.sources(archive, Outside(mirrors=site))
    assert [addresses(lines)[0], addresses(lines)[2]] == [f"{address}/{MOMENT}" for address in found]
    assert all(line.startswith("deb [check-valid-until=no signed-by=/") for line in lines)


def test_an_image_keeps_the_public_addresses_whatever_the_machine_has(machine):
    machine(OWN)
    assert mirrors.image_sources(ArchiveBase(suite="bookworm", mirror="http://recipe/debian")) == [
        "deb http://deb.debian.org/debian bookworm main",
        "deb http://deb.debian.org/debian bookworm-updates main",
        "deb http://deb.debian.org/debian-security bookworm-security main"]
    assert mirrors.image_sources(NOBLE)[2] == "deb http://security.ubuntu.com/ubuntu noble-security main universe"


def test_an_image_of_a_snapshot_keeps_it():
    assert mirrors.image_sources(ArchiveBase(suite="bookworm", snapshot=MOMENT))[0] == (
        f"deb [check-valid-until=no] http://snapshot.debian.org/archive/debian/{MOMENT} bookworm main")


def test_ubuntu_for_other_machines_has_an_archive_of_its_own(monkeypatch):
    monkeypatch.setattr(os, "uname", lambda: SimpleNamespace(machine="aarch64"))
    assert set(addresses(mirrors.image_sources(NOBLE))) == {"http://ports.ubuntu.com/ubuntu-ports"}
    assert addresses(mirrors.image_sources(BOOKWORM))[0] == mirrors.MIRROR


@pytest.mark.parametrize("odd", [
    {"suite": "bookworm main\ndeb [trusted=yes] http://evil/ x"}, {"suite": "-x"}, {"suite": "$(id)"}, {"distribution": "evil"},
    {"snapshot": "20260101"}, {"snapshot": "x 20260101T000000Z"}, {"snapshot": MOMENT, "mirror": "http://m/debian"},
    {"mirror": "file:///etc"}, {"mirror": "http://m/ [trusted=yes]"}, {"mirror": "http://m/\ndeb x"}, {"mirror": "http://u:p@m/"},
])
def test_no_word_of_a_recipe_can_begin_another_word_of_aptsources(odd):
    archive = ArchiveBase(**{"suite": "bookworm", **odd})
    with pytest.raises(Fault):
        mirrors.image_sources(archive)
    with pytest.raises(Fault):
        mirrors.sources(archive, Outside())
