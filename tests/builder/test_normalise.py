"""What is taken out of a tree, and that nothing outside of it is ever touched."""

from __future__ import annotations

import os
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from builder import normalise
from builder.errors import Fault
from builder.plan import Chain, Finish
from builder.rootfs import Root, tree_digest
from builder.works import Works

GONE = [
    "etc/ssh/ssh_host_rsa_key", "etc/ssh/ssh_host_ed25519_key.pub", "etc/ssl/private/ssl-cert-snakeoil.key",
    "etc/ssl/certs/ssl-cert-snakeoil.pem", "etc/passwd-", "etc/shadow-", "etc/.pwd.lock", "etc/apt/apt.conf.d/99mmdebstrap",
    "var/lib/dbus/machine-id", "var/lib/dpkg/status-old", "var/lib/dpkg/lock", "var/lib/dpkg/updates/0001",
    "var/cache/apt/pkgcache.bin", "var/cache/apt/archives/a.deb", "var/cache/debconf/config.dat-old",
    "var/cache/ldconfig/aux-cache", "var/cache/fontconfig/x-le64.cache-8", "var/lib/apt/lists/deb_InRelease",
    "var/log/dpkg.log", "var/log/apt/history.log", "tmp/x/y", "var/tmp/x", "run/x", "dev/null", "proc/x", "sys/x",
    "certify/compile_bytecode.py", ".dockerenv", "root/.cache/pip/x", "root/.bash_history", "home/one/.python_history",
    "home/.hidden/.cache/x", "var/lib/rpm/.rpm.lock", "usr/lib/sysimage/rpm/.rpm.lock", "var/lib/rpm/__db.001",
    "var/lib/dnf/history.sqlite-wal", "var/cache/dnf/x/y", "var/cache/yum/x", "var/lib/systemd/random-seed",
]
KEPT = ["etc/passwd", "etc/ssh/sshd_config", "etc/ssl/certs/ca.pem", "var/lib/dpkg/status", "run/lock/x", "root/.profile",
        "home/one/file", "var/cache/apt/other", "usr/bin/tool", "opt/tmp/x"]
PLACES = sorted({*GONE, "etc/machine-id", "etc/hostname", "etc/hosts", "etc/resolv.conf", ".certify/image.json", "run/lock/x",
                 "etc/ssl/certs/link"})
PLANTS = sorted({"/".join(path.split("/")[:count]) for path in PLACES for count in range(1, path.count("/") + 2)})


def fill(folder, paths):
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("secret")


def everything(root):
    normalise.normalise(root)
    normalise.names(root)
    normalise.place(root, "/.certify/image.json", "{}")


@pytest.fixture(scope="module")
def outside(tmp_path_factory):
    """A folder of the machine with all those files in it: what follows a link would find work there."""
    folder = tmp_path_factory.mktemp("outside")
    fill(folder, PLACES)
    return folder


@pytest.mark.parametrize("path", GONE)
def test_secrets_and_leavings_are_removed(root, path):
    fill(root.folder, [path])
    normalise.normalise(root)
    assert not os.path.lexists(root.folder / path)


def test_all_else_stays(root):
    fill(root.folder, [*GONE, *KEPT])
    normalise.normalise(root)
    assert [path for path in KEPT if not (root.folder / path).exists()] == []
    assert [path for path in ("tmp", "var/tmp", "var/log", "dev", "run") if not (root.folder / path).is_dir()] == []


def test_the_machines_names_are_replaced_by_fixed_ones(root):
    fill(root.folder, ["etc/hostname", "etc/hosts", "etc/resolv.conf", "etc/machine-id"])
    (root.folder / "etc/hosts").chmod(0o600)
    normalise.normalise(root)
    found = {path.name: (path.read_text(), path.stat().st_mode & 0o777) for path in (root.folder / "etc").iterdir()}
    assert found == {"hostname": ("localhost\n", 0o644), "hosts": ("127.0.0.1 localhost\n::1 localhost\n", 0o644),
                     "resolv.conf": ("", 0o644), "machine-id": ("", 0o644)}


def test_a_machine_id_is_not_made_where_there_was_none(root):
    (root.folder / "etc").mkdir()
    normalise.normalise(root)
    assert not (root.folder / "etc/machine-id").exists()


def test_the_hash_link_of_the_removed_certificate_goes_with_it(root):
    fill(root.folder, ["etc/ssl/certs/ssl-cert-snakeoil.pem", "etc/ssl/certs/ca.pem"])
    (root.folder / "etc/ssl/certs/11111111.0").symlink_to("ssl-cert-snakeoil.pem")
    (root.folder / "etc/ssl/certs/22222222.0").symlink_to("ca.pem")
    normalise.normalise(root)
    assert {path.name for path in (root.folder / "etc/ssl/certs").iterdir()} == {"22222222.0", "ca.pem"}


def test_twice_is_as_once(root):
    fill(root.folder, [*GONE, *KEPT])
    everything(root)
    once = tree_digest(root)
    everything(root)
    assert tree_digest(root) == once


def test_an_empty_tree_is_fine_and_the_top_is_open(root):
    root.folder.chmod(0o700)
    normalise.normalise(root)
    assert root.folder.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("planted", PLANTS)
def test_a_planted_link_never_leads_outside(root, outside, planted):
    before = tree_digest(Root(outside))
    link = root.folder / planted
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(outside / planted)
    everything(root)
    assert tree_digest(Root(outside)) == before


def test_links_inside_cleared_folders_are_removed_and_not_followed(root, outside):
    before = tree_digest(Root(outside))
    for path in ("tmp", "var/log", "root/.cache", "etc/ssh"):
        (root.folder / path).mkdir(parents=True)
        (root.folder / path / "ssh_host_link").symlink_to(outside)
    normalise.normalise(root)
    assert tree_digest(Root(outside)) == before
    assert not [path for path, _ in root.walk() if path.endswith("ssh_host_link")]


@pytest.mark.parametrize("path", ["etc/ssh/backup_key", "etc/ssl/private/server.key"])
def test_a_private_key_that_remains_is_refused(root, path):
    fill(root.folder, [path])
    with pytest.raises(Fault, match=f"/{path}: a private key"):
        normalise.normalise(root)


def test_folders_nested_deeper_than_python_recurses_are_removed(root, nest):
    (root.folder / "tmp").mkdir()
    nest(root.folder / "tmp", 1500)
    normalise.normalise(root)
    assert list((root.folder / "tmp").iterdir()) == []


@pytest.mark.parametrize("name", ["-rf", "a\nb", os.fsdecode(b"\xff"), " ", "$(touch x)"])
def test_folders_of_any_name_are_removed(root, name):
    (root.folder / "tmp" / name / "inner").mkdir(parents=True)
    normalise.normalise(root)
    assert list((root.folder / "tmp").iterdir()) == []


@pytest.mark.parametrize("plant", [
    lambda folder: (folder / ".certify").mkdir(),
    lambda folder: fill(folder, [".certify/image.json", ".certify/other"]),
    lambda folder: (folder / ".certify/image.json").mkdir(parents=True),
    lambda folder: (folder / ".certify").write_text("a file"),
    lambda folder: (folder / ".certify").symlink_to("/etc"),
    lambda folder: [(folder / ".certify").mkdir(), (folder / ".certify/image.json").symlink_to("../other")],
    lambda folder: os.mkfifo(folder / ".certify"),
], ids=["folder", "files", "folder for the file", "file", "link", "link for the file", "fifo"])
def test_the_builders_own_file_replaces_whatever_is_in_its_way(root, plant):
    plant(root.folder)
    normalise.place(root, "/.certify/image.json", "{}")
    assert [path for path, _ in root.walk()] == ["/.certify", "/.certify/image.json"]
    assert (root.folder / ".certify/image.json").read_text() == "{}"
    assert (root.folder / ".certify/image.json").lstat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("planted", [
    "etc/ssh/ssh_host_rsa_key", "var/log/secret", "etc/hostname", "root/.cache/secret", "run/secret"])
def test_an_images_own_python_runs_before_the_last_word_is_said(root, tmp_path, planted):
    """A step may have replaced it: what it leaves is taken out as what a step left."""
    finish(root, tmp_path, lambda: fill(root.folder, [planted]))
    assert "secret" not in [path.read_text() for path in root.folder.rglob("*") if path.is_file()]


def test_a_key_that_an_images_own_python_makes_is_refused(root, tmp_path):
    with pytest.raises(Fault, match="a private key"):
        finish(root, tmp_path, lambda: fill(root.folder, ["etc/ssh/backup_key"]))


def finish(root, work, run):
    """Finish a tree in which the python does what it likes."""
    fill(root.folder, ["usr/bin/python3", "etc/passwd"])
    made = Works.__new__(Works)
    made.container = SimpleNamespace(tree=root.folder, run=lambda *words, **given: run() or 0)
    made.folder, made.tell, made._tree = work, lambda **event: None, lambda below, key: nullcontext()
    (root.folder / "usr/bin/python3").write_text("")
    (root.folder / "etc/passwd").write_text("")
    made._finish(Chain(name="", below=(), layers=(), env={}), Finish(key="", image_json="{}"), [])
