"""Every command line is a pure function, compared as a whole: what is not in it cannot be done by it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from builder import apt, mirrors, process, squashfs, wheels
from builder.bases import archive
from builder.buildah import FIXED, Buildah
from builder.outside import Outside
from builder.recipe.model import ArchiveBase
from builder.wheels import Target

FOLDER = Path("/build/id")
BUILDAH = Buildah(FOLDER, "/certify/id")
BEGIN = ("buildah", "--root", "/build/id/storage", "--runroot", "/build/id/runroot", "--storage-driver", "vfs")
ISOLATED = ("--isolation", "oci", "--runtime", "runc", "--network", "none", "--hostname", "certify", "--no-hosts")


def package(name, version="1.0", architecture="amd64"):
    file = f"{name}_{version}_{architecture}.deb"
    return apt.Package(name=name, version=version, architecture=architecture, sha256="0" * 64, file=file)


def test_a_container_begins_empty_and_gets_no_proxy_of_the_machine():
    assert BUILDAH.from_scratch() == (
        *BEGIN, "from", "--name", "build", "--http-proxy=false", "--isolation", "oci",
        "--cgroup-parent", "/certify/id", "scratch")


def test_mount_names_the_container():
    assert BUILDAH.mount() == (*BEGIN, "mount", "build")


def test_a_command_runs_by_runc_without_network_and_with_sorted_variables():
    assert BUILDAH.run(("make", "-j"), {"B": "2", "A": "1 0"}) == (
        *BEGIN, "run", *ISOLATED, "--env", "A=1 0", "--env", "B=2", "build", "--", "make", "-j")


def test_what_is_bound_for_a_command_is_read_only():
    assert BUILDAH.run(("true",), {}, Path("/tools")) == (
        *BEGIN, "run", *ISOLATED, "--volume", "/tools:/certify:ro", "build", "--", "true")


@pytest.mark.parametrize(("mode", "words"), [(None, ()), ("0755", ("--chmod", "0755"))])
def test_copied_files_are_roots(mode, words):
    assert BUILDAH.copy(Path("/from"), "/to", mode) == (
        *BEGIN, "copy", "--quiet", "--chown", "0:0", *words, "build", "/from", "/to")


def test_a_shell_has_no_more_than_a_command():
    assert BUILDAH.shell({"B": "2", "A": "1"}) == (
        *BEGIN, "run", "--terminal", *ISOLATED, "--env", "A=1", "--env", "B=2", "build", "--", "/bin/sh")


def test_the_environment_of_every_step_is_fixed():
    assert dict(FIXED) == {
        "DEBIAN_FRONTEND": "noninteractive", "HOME": "/root", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0",
        "SOURCE_DATE_EPOCH": "1577836800", "TZ": "UTC"}


def test_a_tied_program_is_killed_with_its_starter_and_both_tools_are_looked_up(program):
    setpriv, tool = str(program("setpriv", "")), str(program("tool", ""))
    assert process.tied(("tool", "-x")) == (setpriv, "--pdeathsig", "KILL", "--", tool, "-x")


@pytest.mark.parametrize(("network", "words"), [(False, ("--net",)), (True, ())])
def test_an_enclosed_program_has_namespaces_of_its_own(network, words):
    assert process.enclosed(("tool",), network=network) == (
        "unshare", "--mount", "--pid", "--ipc", *words, "--fork", "--kill-child", "--mount-proc", "--", "tool")


def test_packing_is_reproducible_and_never_appends():
    assert squashfs.pack_argv(Path("/tree"), Path("/out"), 3) == (
        "mksquashfs", "/tree", "/out", "-noappend", "-no-progress", "-quiet", "-exit-on-error",
        "-comp", "zstd", "-Xcompression-level", "3", "-b", "131072", "-all-time", "1577836800",
        "-mkfs-time", "1577836800", "-all-root", "-no-xattrs", "-exports", "-reproducible", "-processors", "3")


BOOKWORM = ArchiveBase(suite="bookworm")


def test_a_base_is_made_of_exactly_the_packages_given():
    argv = archive.mmdebstrap(BOOKWORM, [package("a"), package("b", "2:1")], Path("/debs"), Path("/base"))
    hooks = [word for word in argv if word.startswith("--customize-hook=")]
    assert [word for word in argv if word not in hooks] == [
        "mmdebstrap", "--mode=root", "--variant=custom", "--format=directory", "--include=a:amd64=1.0,b:amd64=2:1",
        "bookworm", "/base", "deb [trusted=yes] copy:/debs ./"]
    assert len(hooks) == 1


@pytest.mark.parametrize("base", [BOOKWORM, ArchiveBase(suite="noble", distribution="ubuntu"),
                                  ArchiveBase(suite="bookworm", snapshot="20260101T000000Z")], ids=lambda base: base.suite)
def test_a_base_forgets_the_machines_names_and_names_the_public_archive(tmp_path, base):
    (tmp_path / "etc/apt").mkdir(parents=True)
    for name in ("hostname", "resolv.conf", "apt/sources.list", "hosts"):
        (tmp_path / "etc" / name).write_text("of this machine")
    hook = next(word for word in archive.mmdebstrap(base, [], Path("/debs"), tmp_path) if word.startswith("--customize-hook="))
    subprocess.run(["/bin/sh", "-c", hook.partition("=")[2], "hook", str(tmp_path)], check=True)
    assert (tmp_path / "etc/apt/sources.list").read_text().splitlines() == mirrors.image_sources(base)
    assert sorted(path.name for path in (tmp_path / "etc").iterdir()) == ["apt", "hosts"]


@pytest.mark.usefixtures("tools")
def test_a_base_is_known_by_its_packages_its_sources_and_the_tools_that_make_it(tools):
    one = [package("a"), package("b")]
    before = archive.key(BOOKWORM, one)
    assert archive.key(BOOKWORM, list(one)) == before
    others = [(BOOKWORM, one[:1]), (BOOKWORM, [one[0], replace(one[1], sha256="1" * 64)]),
              (BOOKWORM, [one[0], package("b", "2")]),
              (ArchiveBase(suite="trixie"), one), (ArchiveBase(suite="bookworm", snapshot="20260101T000000Z"), one)]
    assert len({before, *(archive.key(*other) for other in others)}) == 1 + len(others)
    assert archive.key(ArchiveBase(suite="bookworm", mirror="http://mirror.example.org/debian"), one) == before
    tools("buildah", "2.0")
    assert archive.key(BOOKWORM, one) == before
    tools("mmdebstrap", "2.0")
    assert archive.key(BOOKWORM, one) != before


def test_wheels_are_fetched_by_hash_for_the_images_python():
    argv = wheels.download(Path("/w"), Target(python="3.11", platforms=("manylinux_2_36_x86_64", "linux_x86_64")))
    assert argv == (
        sys.executable, "-I", "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check",
        "--no-cache-dir", "--require-hashes", "--no-deps", "--only-binary", ":all:", "--implementation", "cp",
        "--python-version", "3.11", "--platform", "manylinux_2_36_x86_64", "--platform", "linux_x86_64",
        "--dest", "/w", "--requirement", "/w/requirements.txt")


def test_wheels_are_installed_offline_by_a_pip_that_stays_outside():
    make, fill = wheels.install("/opt/v", "/certify")
    assert make == ("/usr/bin/python3", "-sE", "-m", "venv", "--without-pip", "/opt/v")
    assert fill == (
        "/opt/v/bin/python", "-sE", "/certify/pip-26.3-py3-none-any.whl/pip", "install", "--isolated", "--quiet",
        "--no-input", "--no-cache-dir", "--disable-pip-version-check", "--root-user-action=ignore",
        "--require-hashes", "--no-index", "--find-links", "/certify", "--only-binary", ":all:", "--no-deps",
        "--no-compile", "--requirement", "/certify/requirements.txt")


def test_the_tags_of_a_debian_tree_run_from_its_glibc_down_to_the_oldest():
    found = wheels.target([package("python3", "3.11.2-1+b1"), package("libc6", "2.17-9")])
    assert found.python == "3.11"
    assert found.platforms[:3] == ("manylinux_2_17_x86_64", "manylinux2014_x86_64", "manylinux_2_16_x86_64")
    assert found.platforms[-3:] == ("manylinux_2_5_x86_64", "manylinux1_x86_64", "linux_x86_64")


def test_the_machine_of_a_tag_is_the_trees():
    found = wheels.target([package("python3", "3.13.1"), package("libc6", "2.41-1", "arm64")])
    assert {tag.rpartition("_2_")[2].partition("_")[2] or tag for tag in found.platforms[:2]} == {"aarch64"}


def test_pip_is_given_its_own_settings_and_the_proxies_but_nothing_else():
    caller = {"PIP_CERT": "c", "https_proxy": "p", "HTTP_PROXY": "q", "HOME": "/h", "LD_PRELOAD": "x", "HOMER": "y",
              "PYTHONPATH": "z"}
    assert wheels._environment(caller, Outside()) == {
        **process.CLEAN, "PIP_CERT": "c", "https_proxy": "p", "HTTP_PROXY": "q", "HOME": "/h"}


def test_an_image_of_unknown_origin_is_read_by_nobody(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with (tmp_path / "image").open("w") as file:
        group = str(os.fstat(file.fileno()).st_gid)
        assert squashfs.unprivileged(file.fileno()) == (
            "setpriv", "--reuid", "65534", "--regid", group, "--clear-groups", "--no-new-privs",
            "--inh-caps=-all", "--bounding-set=-all", "--")


def test_who_is_not_root_has_nothing_to_drop(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert squashfs.unprivileged(0) == ()
