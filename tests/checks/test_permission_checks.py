"""The checks on permissions: what only root can read, enter or do."""

from __future__ import annotations

import os
import struct
from dataclasses import replace
from pathlib import Path

import pytest

from builder.rootfs import Root
from certify.checks import prm305_file_capabilities, registry
from certify.checks.tree import ImageTree
from certify.finding import Severity

# What setcap cap_net_raw+ep writes: struct vfs_cap_data of linux/capability.h, revision 2, effective.
NET_RAW = struct.pack("<IIIII", 0x02000001, 1 << 13, 0, 0, 0)


@pytest.fixture
def starts(tree, tmp_path, site):
    """The findings of PRM306 and PRM302 on an image with a start command."""
    def run(*words, code="PRM306", workdir=None, **env):
        config = replace(tree(**env).config, entrypoint=words, workdir=workdir)
        findings = registry.run(ImageTree(Root(tmp_path / "image"), config), site)
        return [(one.path, one.message) for one in findings if one.code == code]
    return run


@pytest.fixture
def severities(tree, site):
    """Path and severity of the findings of one check."""
    return lambda code: [(one.path, one.severity) for one in registry.run(tree(), site) if one.code == code]


@pytest.fixture
def setcap(tmp_path, monkeypatch):
    """Give a file capabilities; who is not root cannot, so that another attribute stands for them."""
    if os.geteuid() != 0:
        monkeypatch.setattr(prm305_file_capabilities, "_ATTRIBUTE", "user.capability")
    return lambda path: os.setxattr(tmp_path / "image" / path.lstrip("/"), prm305_file_capabilities._ATTRIBUTE, NET_RAW)


@pytest.mark.parametrize(("mode", "said"), [
    (0o600, "read"), (0o640, "read"), (0o700, "read"), (0o711, "read"), (0o754, "executed"), (0o744, "executed"),
    (0o644, None), (0o755, None), (0o444, None), (0o604, None), (0o705, None)])
def test_a_file_that_others_cannot_use_is_found(add, found, mode, said):
    add("/opt/tool/file", mode=mode)
    message = f"/opt/tool/file can be {said} by root only (mode {mode:04o})"
    assert found("PRM301") == ([("/opt/tool/file", message)] if said else [])


def test_files_of_one_tree_are_one_finding(add, found):
    for path in ("/opt/a/1", "/opt/a/2", "/opt/a/deep/1", "/opt/b/1", "/top"):
        add(path, mode=0o600)
    assert [(path, message.partition(")")[2]) for path, message in found("PRM301")] == [
        ("/top", ""), ("/opt/a/1", " (and 2 more below /opt/a)"), ("/opt/b/1", "")]


@pytest.mark.parametrize("path", [
    "/etc/shadow", "/etc/resolv.conf", "/home/user/x", "/tmp/x",
    "/etc/gshadow", "/etc/sudoers", "/etc/sudoers.d/x", "/etc/ssl/private/x", "/root/x", "/var/lib/x/y",
    "/var/cache/x", "/var/log/x",
    "/etc/passwd-", "/etc/crontabs/root", "/etc/cron.d/x", "/boot/vmlinuz", "/etc/pki/x/private/key"])
def test_what_the_distribution_keeps_for_itself_is_quiet(add, found, path):
    add(path, mode=0o600)
    assert found("PRM301") == []


@pytest.mark.parametrize("path", ["/etc/shadow/x", "/etc/rooted", "/rooted/x", "/etc/cron/x", "/var/www/x", "/opt/etc/shadow"])
def test_what_only_looks_like_the_distributions_is_found(add, found, path):
    add(path, mode=0o600)
    assert [one for one, _ in found("PRM301")] == [path]


@pytest.mark.parametrize("path", ["/usr/sbin/unix_update", "/usr/lib/cups/backend/ipp", "/usr/share/polkit-1/rules.d/50.rules"])
def test_what_a_package_brings_closed_is_quiet_and_the_same_of_ones_own_is_not(add, package, found, path):
    add(path, mode=0o700)
    assert [one for one, _ in found("PRM301")] == [path]
    package("some", path)
    assert found("PRM301") == []


def test_links_and_folders_and_fifos_are_no_root_only_files(add, found):
    add("/opt/link", "/nowhere", kind="link")
    add("/opt/fifo", kind="fifo", mode=0o600)
    add("/opt/folder", kind="folder", mode=0o700)
    assert found("PRM301") == []


@pytest.mark.parametrize("mode", [0o700, 0o750, 0o744, 0o1776])
def test_a_folder_that_others_cannot_enter_is_found_if_it_holds_something(add, found, mode):
    add("/opt/closed/file")
    add("/opt/closed", kind="folder", mode=mode)
    add("/opt/empty", kind="folder", mode=mode)
    assert found("PRM302") == [("/opt/closed", f"/opt/closed can be entered by root only (mode {mode:04o})")]


@pytest.mark.parametrize(("path", "mode"), [
    ("/opt/open", 0o711), ("/opt/open", 0o755), ("/root", 0o700), ("/root/x", 0o700), ("/etc/ssl/private", 0o700),
    ("/var/lib/private", 0o700), ("/var/cache/x", 0o700)])
def test_a_folder_that_is_open_or_the_distributions_is_quiet(add, found, path, mode):
    add(f"{path}/file")
    add(path, kind="folder", mode=mode)
    assert found("PRM302") == []


@pytest.mark.parametrize("mode", [0o4755, 0o2755, 0o6755, 0o4644])
def test_a_setuid_program_of_ones_own_is_an_error(add, tree, site, mode):
    add("/opt/tool/run", mode=mode)
    finding, = registry.run(tree(), site)
    assert (finding.code, finding.severity, finding.path) == ("PRM304", Severity.ERROR, "/opt/tool/run")
    assert f"mode {mode:04o}" in finding.message


def test_setuid_programs_of_a_package_are_one_warning(add, package, tree, site):
    for path in ("/usr/bin/su", "/usr/bin/mount", "/usr/bin/umount"):
        add(path, mode=0o4755)
    package("util-linux", "/bin/su", "/bin/mount", "/usr/bin/umount")
    finding, = registry.run(tree(), site)
    assert finding.severity is Severity.WARNING
    assert finding.message == ("/usr/bin/mount has mode 4755: the bit has no effect at the site "
                               "(and 2 more of package util-linux)")


def test_a_setgid_folder_is_no_program(add, found):
    add("/opt/shared", kind="folder", mode=0o2775)
    assert found("PRM304") == []


def test_what_a_step_closes_of_a_package_is_found_where_programs_are(add, package, found):
    """chmod -R o-rwx /usr: the package's name on it is no excuse."""
    package("tool", "/usr/lib/tool/data", "/etc/tool.conf", "/usr/lib/closed", "/usr/lib/closed/file")
    add("/usr/lib/tool/data", mode=0o640)
    add("/etc/tool.conf", mode=0o640)
    add("/usr/lib/closed/file")
    add("/usr/lib/closed", kind="folder", mode=0o750)
    assert [path for path, _ in found("PRM301")] == ["/usr/lib/tool/data"]
    assert [path for path, _ in found("PRM302")] == ["/usr/lib/closed"]


@pytest.mark.parametrize("name", ["PATH", "the start command", "the working directory"])
def test_the_home_of_root_is_no_place_to_start_from(add, starts, name):
    """What uv, cargo and conda do for whoever builds as root."""
    add("/root/.local/bin/tool", mode=0o755)
    add("/root", kind="folder", mode=0o700)
    asked = {"PATH": {"PATH": "/root/.local/bin:/usr/bin"}, "the start command": {"words": ("/root/.local/bin/tool",)},
             "the working directory": {"workdir": "/root/.local/bin"}}[name]
    place = "/root/.local/bin/tool" if name == "the start command" else "/root/.local/bin"
    assert starts(*asked.pop("words", ()), code="PRM302", **asked) == [
        ("/root", f"{name} leads to {place}, and only root can enter /root")]


def test_a_start_over_a_link_into_the_home_of_root_is_found_once(add, starts):
    add("/root/bin/tool", mode=0o755)
    add("/opt/bin", "/root/bin", kind="link")
    add("/root", kind="folder", mode=0o700)
    assert starts("/root/bin/tool", code="PRM302", PATH="/opt/bin:/root/bin:/opt/bin") == [
        ("/root", "PATH leads to /opt/bin, and only root can enter /root")]


@pytest.mark.parametrize("mode", [0o755, 0o711])
def test_an_open_home_of_root_is_fine(add, starts, mode):
    add("/root/bin/tool", mode=0o755)
    add("/root", kind="folder", mode=mode)
    assert starts("/root/bin/tool", code="PRM302", PATH="/root/bin") == []


@pytest.mark.parametrize("path", ["", ":", "bin:./x:~/y", "/missing:/missing/too", "/" * 5000,
                                  "/a/../../..", ":".join(["/root"] * 9000)])
def test_an_odd_path_is_nothing_special(add, starts, path):
    add("/root/x")
    assert starts(code="PRM302", PATH=path) == []


def test_capabilities_of_ones_own_are_an_error_and_of_a_package_a_warning(add, package, setcap, severities):
    for path in ("/usr/bin/ping", "/opt/tool/server", "/opt/tool/other"):
        add(path, mode=0o755)
    add("/opt/tool/data")
    package("iputils-ping", "/bin/ping")
    assert severities("PRM305") == []
    for path in ("/usr/bin/ping", "/opt/tool/server", "/opt/tool/data"):
        setcap(path)
    assert severities("PRM305") == [("/opt/tool/server", Severity.ERROR), ("/usr/bin/ping", Severity.WARNING)]


def test_capabilities_behind_a_link_are_told_of_once(add, setcap, found):
    add("/opt/tool/server", mode=0o755)
    add("/opt/tool/link", "server", kind="link")
    setcap("/opt/tool/server")
    assert found("PRM305") == [("/opt/tool/server", "/opt/tool/server has file capabilities, which have no effect at the site")]


def test_where_there_are_no_such_attributes_the_check_is_quiet(site):
    """/proc has none, and says so."""
    image = ImageTree(Root(Path("/proc")), None)
    image.entries = {"/version": os.stat_result((0o100755, *[0] * 9)), "/gone": os.stat_result((0o100755, *[0] * 9))}
    assert list(prm305_file_capabilities.check(image, site)) == []


CONFIG = "/.certify/image.json"


@pytest.mark.parametrize(("words", "tool"), [
    (("gosu", "app", "/opt/x"), "gosu"), (("/usr/sbin/sshd", "-D"), "sshd"), (("sudo", "-E", "x"), "sudo"),
    (("sh", "-c", "exec gosu app /opt/x"), "gosu"), (("bash", "-lc", "cd /x && su app -c y"), "su"),
    (("/bin/sh", "-ec", "true; /usr/bin/sudo /opt/x"), "sudo"),
])
def test_a_start_with_a_tool_of_roots_is_found(starts, words, tool):
    assert starts(*words) == [(CONFIG, f"the image starts with {tool}, which only root can use")]


@pytest.mark.parametrize("words", [
    (), ("",), ("python3", "-m", "su"), ("sh", "-c", "echo sudo is not here"), ("sh",), ("sh", "-c"), ("sh", "gosu"),
    ("sumo", "x"), ("tool", "--port=8888"), ("tool", "--bind=0.0.0.0:8080"),
    ("sh", "-c", "test $(id -u) = 0 && exec gosu app x; exec x"),
])
def test_an_ordinary_start_is_quiet(starts, words):
    assert starts(*words) == []


@pytest.mark.parametrize(("word", "port"), [
    ("--port=80", 80), ("--bind=0.0.0.0:443", 443), ("--http-port=1", 1), ("--port=1023", 1023)])
def test_a_low_port_is_found(starts, word, port):
    assert starts("/opt/server", word) == [(CONFIG, f"the image opens port {port}, which only root may")]


@pytest.mark.parametrize(("text", "tool"), [
    ("#!/bin/sh\nset -e\nexec gosu app \"$@\"\n", "gosu"), ("#!/usr/bin/env bash\nif true; then sudo x; fi\n", "sudo"),
    ("#! /bin/dash -e\n\tservice ssh start\n", "service"), ("#!/bin/bash\n/usr/sbin/sshd -D\n", "sshd"),
    ("#!/bin/sh\n# exec gosu app x\nexec x\n", None), ("#!/bin/sh\necho 'use sudo x'\n", None),
    ("#!/bin/sh\nif [ \"$(id -u)\" = 0 ]; then\n  exec gosu app \"$0\" \"$@\"\nfi\nexec \"$@\"\n", None),
    ("#!/bin/sh\n[ $EUID = 0 ] && su app\n", None), ("#!/usr/bin/python3\nsudo x\n", None), ("exec gosu app x\n", None),
    ("\x7fELF sh\nsudo x\n", None), ("#!/bin/sh", None), ("#!\nsudo x\n", None), ("", None),
])
@pytest.mark.parametrize("words", [("start", "x"), ("/opt/bin/start",), ("sh", "/opt/bin/start")])
def test_the_script_that_the_image_starts_with_is_read(add, starts, text, tool, words):
    add("/opt/scripts/start.sh", text, mode=0o755)
    add("/opt/bin/start", "../scripts/start.sh", kind="link")
    assert starts(*words, PATH="/missing:/opt/bin") == (
        [("/opt/scripts/start.sh", f"/opt/scripts/start.sh starts {tool}, which only root can use")] if tool else [])


@pytest.mark.parametrize("text", ["exec ", "(", ";", " ", "\n", "a/", "sudo", "#", "then/", "exec a/"])
def test_a_hostile_start_script_is_read_at_once(add, starts, text):
    add("/opt/start", "#!/bin/sh\n" + text * (200_000 // len(text)), mode=0o755)
    assert starts("/opt/start") == []


@pytest.mark.parametrize("kind", ["fifo", "folder"])
def test_a_start_that_is_no_file_is_passed_over(add, starts, kind):
    add("/opt/start", kind=kind)
    assert starts("/opt/start") == []
