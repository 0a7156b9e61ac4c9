"""The links of an image: those that leave it, lead nowhere or in circles."""

from __future__ import annotations

import os
import time

import pytest

from certify.checks import pth208_symlink_leaves_image
from certify.finding import Severity
from tests.checks.paths.conftest import paths


@pytest.mark.parametrize("path", ["/opt", "/etc", "/var"])
@pytest.mark.parametrize("target", ["/usr/x", "../../x", "usr/x"])
def test_a_link_that_the_runtime_would_follow_on_the_machine_is_an_error(add, found, path, target):
    add("/usr/x/y")
    add(path, target, kind="link")
    assert found() == [(path, f"{path} is a link to {target}: the runtime would read that folder of the machine, as root")]


@pytest.mark.parametrize(("target", "said"), [
    ("/home/b/x", "/home/b/x: the site mounts /home"), ("../../home", "/home: the site mounts /home"),
    ("/opt/udiImage/modules", "/opt/udiImage/modules: /opt/udiImage belongs to the shifter runtime"),
    ("/build/x/lib", "/build/x/lib: the image has no such file"), ("/root/tool", "/root/tool: only root can enter /root"),
    ("../../root", "/root: only root can enter /root"),
])
def test_a_link_that_leaves_the_image_is_found(add, severities, found, target, said):
    add("/root/tool")
    add("/root", kind="folder", mode=0o700)
    add("/opt/tool/link", target, kind="link")
    assert severities("PTH208") == [("/opt/tool/link", Severity.ERROR)]
    assert found("PTH208") == [("/opt/tool/link", f"/opt/tool/link leads to {said}")]


@pytest.mark.parametrize(("path", "target"), [
    ("/opt/tool/link", "gone"), ("/opt/tool/link", "../gone/x"), ("/opt/tool/link", "/tmp/cache"), ("/usr/lib/link", "/gone"),
    ("/etc/link", "/home/x"), ("/usr/lib/link", "/root/tool")])
def test_a_link_that_may_be_meant_so_is_a_warning(add, severities, path, target):
    add("/root/tool")
    add("/root", kind="folder", mode=0o700)
    add(path, target, kind="link")
    assert severities("PTH208") == [(path, Severity.WARNING)]


@pytest.mark.parametrize(("path", "target"), [
    ("/opt/tool/lib64", "lib"), ("/opt/tool/python", "/usr/bin/python"), ("/opt/tool/up", "../../../../../usr/bin/python"),
    ("/opt/tool/null", "/dev/null"), ("/opt/tool/fd", "/proc/self/fd"), ("/opt/tool/tmp", "/tmp"), ("/opt/tool/root", "/"),
    ("/opt/tool/dot", "."), ("/opt/tool/over", "/opt/tool/lib64/x"),
    ("/etc/mtab", "../proc/self/mounts"), ("/etc/localtime", "/usr/share/zoneinfo/Etc/UTC"), ("/var/run", "/run"),
    ("/var/lock", "/run/lock"), ("/etc/resolv.conf", "../run/systemd/resolve/stub-resolv.conf"), ("/vmlinuz", "boot/vmlinuz"),
    ("/usr/share/man/man1/x.1.gz", "/etc/alternatives/x.1.gz"), ("/opt/tool/share/man/man1/x.1", "gone.1"),
    ("/usr/bin/awk", "/etc/alternatives/awk"), ("/etc/alternatives/awk", "/usr/bin/mawk"), ("/etc/ssl/certs/0.pem", "/gone.crt"),
    ("/etc/systemd/system/x.wants/y", "/lib/systemd/system/y"), ("/usr/lib/modules/6.1/build", "/usr/src/x"),
    ("/usr/lib/.build-id/ab/cd", "../../../gone"), ("/root/x", "/gone"),
    ("/home/x/y", "/gone"), ("/dev/stdin", "/proc/self/fd/0"),
])
def test_a_link_that_is_fine_or_a_distributions_is_quiet(add, found, path, target):
    for there in ("/usr/bin/python", "/opt/tool/lib/x"):
        add(there)
    if path != "/opt/tool/lib64":
        add("/opt/tool/lib64", "lib", kind="link")
    add(path, target, kind="link")
    assert found("PTH208") == []


def test_a_link_of_a_package_is_quiet(add, package, found):
    add("/usr/lib/tool/link", "/gone", kind="link")
    package("tool", "/usr/lib/tool/link")
    assert found("PTH208") == []


def test_links_to_a_link_at_fault_are_not_told_of_again(add, found):
    add("/opt/tool/current", "/home/v1", kind="link")
    add("/opt/tool/one", "current", kind="link")
    add("/opt/tool/two", "one", kind="link")
    add("/opt/old", "/gone", kind="link")
    add("/opt/tool/three", "/opt/old/bin/x", kind="link")
    assert found("PTH208") == [("/opt/old", "/opt/old leads to /gone: the image has no such file"),
                               ("/opt/tool/current", "/opt/tool/current leads to /home/v1: the site mounts /home")]


def test_a_link_below_a_folder_reached_by_a_link_is_judged_where_it_leads(add, found):
    add("/usr/lib/v1/file")
    add("/opt/tool/current", "/usr/lib/v1", kind="link")
    add("/opt/tool/good", "current/file", kind="link")
    add("/opt/tool/bad", "/opt/tool/current/gone", kind="link")
    assert found("PTH208") == [("/opt/tool/bad", "/opt/tool/bad leads to /opt/tool/current/gone: the image has no such file")]


def test_links_in_circles_are_found_once(add, found):
    add("/opt/tool/self", "self", kind="link")
    for one, other in ("ab", "bc", "ca", "da"):
        add(f"/opt/tool/{one}", other, kind="link")
    assert found("PTH208") == [
        ("/opt/tool/a", "/opt/tool/a leads to /opt/tool/a: that is a circle (and 3 more below /opt/tool)")]


def test_circles_over_folders_end(add, tree, found):
    add("/opt/tool/a", "b/x", kind="link")
    add("/opt/tool/b", "a/x", kind="link")
    add("/opt/tool/c", "/opt/tool/a/y", kind="link")
    assert [tree().resolve(f"/opt/tool/{name}") for name in "abc"] == [None] * 3
    assert paths(found("PTH208")) == []     # each is the fault of the other, and nobody can use them


@pytest.mark.parametrize("target", [
    "x/" * 2000, "../" * 1300 + "etc", "/" * 4000, "x/../" * 800 + "x", "a\nb", os.fsdecode(b"/\xff")])
def test_a_hostile_target_is_no_trouble(add, found, target):
    add("/opt/tool/link", target, kind="link")
    assert len(found("PTH208")) <= 1


def test_a_thousand_links_over_one_long_chain_cost_it_once(add, tree, site):
    """Each alone would be followed over 38 links of 75 folders."""
    add("/opt/x/y")
    for number in range(38):
        add(f"/opt/c{number}", "x/../" * 15 + (f"c{number + 1}" if number < 37 else "x"), kind="link")
    for number in range(1000):
        add(f"/opt/tool/{number}", "../c0/y", kind="link")
    image = tree()
    assert image.entries
    begin = time.process_time()
    assert list(pth208_symlink_leaves_image.check(image, site)) == []
    assert time.process_time() - begin < 3      # 0.1 s on a quiet machine, 2 s for each 100 links if followed alone
