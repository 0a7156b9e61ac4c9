"""The checks on paths: what the runtime and the site hide, drop or replace."""

from __future__ import annotations

import os
import socket
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest

from certify.checks import pth209_special_node, registry
from certify.checks.tree import ImageTree
from certify.finding import Severity
from tests.checks.paths.conftest import paths

MEBIBYTE = 1 << 20


@pytest.fixture
def big(add, tmp_path):
    """A file of a size, which takes no room."""
    def make(path, size):
        os.truncate(tmp_path / "image" / add(path).lstrip("/"), size)
        return path
    return make


def image_of(entries):
    """An image of (path, mode, device) that needs no disk, and no root for its devices."""
    stats = [(path, SimpleNamespace(st_mode=mode, st_size=0, st_rdev=device)) for path, mode, device in entries]
    return ImageTree(SimpleNamespace(walk=lambda: stats), None)


@pytest.mark.parametrize(("code", "folder", "said"), [
    ("PTH201", "/opt/udiImage", "/opt/udiImage belongs to the shifter runtime"),
    ("PTH201", "/var/spool", "/var/spool belongs to the shifter runtime"),
    ("PTH201", "/tmp", "/tmp belongs to the shifter runtime"),
    ("PTH202", "/home", "the site mounts /home"), ("PTH202", "/global", "the site mounts /global"),
])
def test_content_below_a_hidden_folder_is_one_finding(add, found, code, folder, said):
    add(f"{folder}/a")
    add(f"{folder}/deep/b", "/nowhere", kind="link")
    assert found(code) == [(f"{folder}/a", f"{folder}/a would vanish: {said} (and 1 more below {folder})")]
    assert paths(found()) == [f"{folder}/a"]


@pytest.mark.parametrize("path", ["/homestead/x", "/opt/udiImages/x", "/opt/home/x", "/var/spoolx/y", "/usr/tmp/x"])
def test_a_folder_that_only_begins_alike_is_not_hidden(add, found, path):
    add(path)
    assert found() == []


def test_empty_folders_below_a_mount_are_welcome(add, found):
    add("/scratch/mount/point", kind="folder")
    add("/scratch/.gitkeep", "")
    add("/var/spool/mail", "../mail", kind="link")
    assert found() == []


@pytest.mark.parametrize(("code", "path"), [("PTH201", "/opt/udiImage"), ("PTH201", "/tmp"), ("PTH202", "/scratch")])
def test_a_file_in_the_place_of_a_hidden_folder_is_lost_and_a_link_is_not(add, found, tmp_path, code, path):
    add(path)
    assert paths(found()) == [path]
    (tmp_path / "image" / path.lstrip("/")).unlink()
    add("/opt/data", kind="folder")
    add(path, "/opt/data", kind="link")
    assert found(code) == []


@pytest.mark.parametrize("path", ["/etc/ssh/ssh_config", "/var/spool/cron/x"])
def test_what_a_package_brought_is_no_loss(add, package, found, path):
    add(path)
    assert paths(found("PTH201")) == [path]
    package("some:amd64", path)
    assert found("PTH201") == []


@pytest.mark.parametrize("path", ["/etc/ssh/ssh_host_rsa_key", "/etc/ssh/sshd_config", "/tmp/hsperfdata_root/12",
                                  "/tmp/.X11-unix/X0", "/var/spool/cron/crontabs/root", "/home/.keep"])
def test_what_nobody_misses_is_no_loss(add, found, path):
    add(path)
    assert found("PTH201") + found("PTH202") == []


def test_the_dev_of_a_distribution_is_quiet_and_a_file_in_it_is_not(add, found):
    add("/dev/fd", "/proc/self/fd", kind="link")
    add("/dev/console", "")
    add("/dev/initctl", kind="fifo")
    assert found() == []
    add("/dev/data")
    assert found() == [("/dev/data", "/dev/data would vanish: /dev belongs to the shifter runtime")]


def test_the_files_that_every_new_account_gets_are_no_loss(add, found):
    for path in ("/etc/skel/.bashrc", "/home/ubuntu/.bashrc", "/home/ubuntu/.config/tool"):
        add(path, "# the same\n")
    assert paths(found("PTH202")) == ["/home/ubuntu/.config/tool"]
    add("/home/ubuntu/.bashrc", "# other text")
    assert paths(found("PTH202")) == ["/home/ubuntu/.bashrc"]


def test_a_site_of_ones_own_has_its_own_mounts(add, found, site):
    add("/project/x")
    assert found() == []
    assert paths(found("PTH202", site=replace(site, site_mounts=("/project",)))) == ["/project/x"]


@pytest.mark.parametrize(("mount", "folder"), [
    ("/var/opt/cray", "/var/opt"), ("/global/cfs/x", "/global"), ("/opt/a/b", "/opt/a")])
def test_a_mount_hides_the_folders_that_lead_to_it(add, found, site, mount, folder):
    there = replace(site, site_mounts=(mount,))
    add(mount, kind="folder")
    add("/opt/other/x")
    assert found("PTH202", site=there) == []
    add(f"{folder}/mine")
    add(f"{mount}/x")
    assert found("PTH202", site=there) == [
        (f"{folder}/mine", f"{folder}/mine would vanish: the site mounts {mount} and makes {folder} anew for it"),
        (f"{mount}/x", f"{mount}/x would vanish: the site mounts {mount}")]


@pytest.mark.parametrize(("path", "severity"), [
    ("/etc/data", Severity.ERROR), ("/etc/ld.so.cache", Severity.ERROR), ("/data", Severity.WARNING),
    ("/opt/data", Severity.WARNING),
    ("/var/data", Severity.WARNING), ("/etc/ssl/data", None), ("/opt/tool/data", None), ("/usr/data", None)])
def test_big_files_at_the_first_level_are_found(big, severities, path, severity):
    big(path, 5 * MEBIBYTE - 1)
    assert severities("PTH204") == []
    big(path, 5 * MEBIBYTE)
    assert severities("PTH204") == ([(path, severity)] if severity else [])


def test_a_cache_of_the_loader_that_is_dropped_says_what_follows(big, found):
    big("/etc/ld.so.cache", 6 * MEBIBYTE)
    big("/etc/certs.pem", 7 * MEBIBYTE)
    assert [message for _, message in found("PTH204")] == [
        "/etc/ld.so.cache (6.3 MB) would be gone, and no program would find the libraries that only ldconfig knows",
        "/etc/certs.pem (7.3 MB) would be gone: the shifter runtime drops files of 5.2 MB and more there"]


def test_much_below_etc_is_a_warning(big, severities, found):
    big("/etc/data/one", 30 * MEBIBYTE)
    big("/etc/data/deep/two", 30 * MEBIBYTE)
    assert found("PTH204") == []
    big("/etc/data/three", 4 * MEBIBYTE)
    assert severities("PTH204") == [("/etc/data", Severity.WARNING)]
    assert found("PTH204") == [("/etc/data", "/etc/data holds 67 MB, which every start copies into memory")]


@pytest.mark.parametrize("path", ["/my data", "/opt/a,b", "/etc/a~", "/var/\u00e9",
                                  "/opt/a\nb", "/opt/" + os.fsdecode(b"\xff"), "/opt/a@b"])
def test_a_name_that_the_runtime_skips_is_found(add, found, path):
    add(path)
    assert found("PTH205") == [(path, f"{path} would be missing: the shifter runtime skips such a name")]


@pytest.mark.parametrize("path", ["/usr/a b", "/opt/tool/a b", "/opt/A-z_0:.+9", "/etc/.hidden", "/lost+found/x", "/srv/a b"])
def test_a_name_that_it_keeps_or_that_lies_deeper_is_quiet(add, found, path):
    add(path)
    assert found("PTH205") == []


@pytest.mark.parametrize(("name", "hits"), [("a..b", 1), ("..a", 1), ("...", 1), ("a.b.c", 0), (".a", 0)])
def test_two_dots_in_a_row_are_found_where_they_stand(add, severities, name, hits):
    add(f"/opt/tool/{name}/below/x")
    assert severities("PTH206") == [(f"/opt/tool/{name}", Severity.WARNING)] * hits


@pytest.mark.parametrize(("mode", "device", "kind"), [
    (0o20666, 0x103, "a device"), (0o60660, 0x800, "a device"), (0o20000, 0, "the whiteout of a layer"), (0o10644, 0, "a fifo"),
    (0o140755, 0, "a socket")])
def test_what_is_no_file_is_found(site, mode, device, kind):
    image = image_of([("/opt/tool/x", mode, device), ("/opt/tool/y", mode, device), ("/dev/null", mode, device)])
    assert [(hit.path, hit.message) for hit in pth209_special_node.check(image, site)] == [
        ("/opt/tool/x", f"/opt/tool/x is {kind}, which an image cannot have (and 1 more below /opt/tool)")]


def test_real_fifos_and_sockets_are_found_but_for_what_daemons_leave(add, found, tmp_path, monkeypatch):
    add("/opt/tool/fifo", kind="fifo")
    add("/run/initctl", kind="fifo")
    monkeypatch.chdir(tmp_path / "image/opt/tool")      # a socket's path is short
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("socket")
    assert sorted(paths(found())) == ["/opt/tool/fifo", "/opt/tool/socket"]


def test_the_whiteout_files_of_a_layer_are_found(add, found):
    add("/opt/tool/.wh.gone", "")
    add("/opt/tool/.wh..wh..opq", "")
    add("/opt/tool/.whatever", "")
    add("/opt/tool/.wh.text")
    said = "is the whiteout of a layer, which an image cannot have (and 1 more below /opt/tool)"
    assert found("PTH209") == [("/opt/tool/.wh..wh..opq", f"/opt/tool/.wh..wh..opq {said}")]


@pytest.mark.parametrize(("mounts", "missing"), [
    (("/home", "/opt/site", "/etc/cray", "/var/cray"), []), (("/var/opt/cray",), ["/var/opt/cray"]),
    (("/usr/common",), ["/usr/common"]), (("/global", "/global/cfs"), []), (("/tmp/x/y",), []), (("/a/b/c",), ["/a/b/c"])])
def test_a_mount_point_that_the_runtime_cannot_make_is_found(severities, add, site, mounts, missing):
    there = replace(site, site_mounts=mounts)
    add("/usr/bin/x")
    assert severities("PTH210", there) == [(mount, Severity.WARNING) for mount in missing]
    for mount in missing:
        add(mount, kind="folder")
    assert severities("PTH210", there) == []


def test_a_mount_point_over_a_link_counts_and_a_file_does_not(found, add, site):
    there = replace(site, site_mounts=("/usr/a/one", "/usr/a/two"))
    add("/usr/b/one", kind="folder")
    add("/usr/b/two")
    add("/usr/a", "b", kind="link")
    assert found("PTH210", site=there) == [("/usr/a/two", "/usr/a/two is missing, so the site cannot mount its own there")]


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o733, 0o757])
def test_folders_that_everybody_may_write_to_are_found(add, severities, mode):
    add("/opt/tool/cache", kind="folder", mode=mode)
    assert severities("PTH211") == [("/opt/tool/cache", Severity.WARNING)]


@pytest.mark.parametrize("path", ["/tmp", "/var/tmp", "/tmp/x", "/run/lock", "/var/lock", "/home/x",
                                  "/var/lib/php/sessions", "/var/crash"])
def test_folders_that_the_distribution_or_the_site_opens_are_quiet(add, found, path):
    add(path, kind="folder", mode=0o1777)
    assert found("PTH211") == []


def test_a_tree_that_is_open_all_over_is_one_finding(add, package, found):
    for number in range(30):
        add(f"/opt/tool/{number}", kind="folder", mode=0o777)
    add("/opt/tool/file", mode=0o666)
    add("/usr/share/game", kind="folder", mode=0o777)
    package("game", "/usr/share/game")
    said = "is open for everybody to write, and read-only at run time (and 29 more below /opt/tool)"
    assert found("PTH211") == [("/opt/tool/0", f"/opt/tool/0 {said}")]


def test_very_many_of_everything_are_few_findings_at_once(site):
    """Each check looks at every path a fixed number of times: a hundred thousand took five times as long as these."""
    kinds = (0o40777, 0o40700, 0o100600, 0o104755, 0o10600)
    entries = [(f"/{'opt' if index % 2 else f'a..b {index % 7000}'}/{index} \n", kinds[index % 5], 0) for index in range(20_000)]
    image = image_of([*((f"/a..b {index}", 0o40700, 0) for index in range(7000)), *entries])
    image.installed = SimpleNamespace(owner=lambda path: None)
    checks = [one for one in registry.CHECKS if one.CODE[:3] in ("PTH", "PRM") and one.CODE not in ("PRM302", "PRM305", "PRM306")]
    begin = time.process_time()
    found = {one.CODE: len(list(one.check(image, site))) for one in checks}
    assert time.process_time() - begin < 10     # 0.6 s on a quiet machine
    assert {code: number for code, number in found.items() if number} == {
        "PTH205": 1, "PTH206": 1, "PTH209": 1, "PTH211": 1, "PRM301": 1, "PRM304": 1}
