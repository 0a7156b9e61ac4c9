"""The checks on paths: what the runtime and the site hide, drop or replace."""

from __future__ import annotations

import os
import socket
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest

from certify.checks import pth208_symlink_leaves_image, pth209_special_node, registry
from certify.checks.tree import ImageTree
from certify.finding import Severity

MEBIBYTE = 1 << 20
MASTER = "root:*:0:0:root:/root:/bin/sh\ngames:*:5:60::/usr/games:/bin/sh\nnobody:*:65534:65534::/nonexistent:/bin/sh\n"


def paths(findings):
    return [path for path, _ in findings]


@pytest.fixture
def severities(tree, site):
    """Path and severity of the findings of one check."""
    return lambda code, site=site: [(one.path, one.severity) for one in registry.run(tree(), site) if one.code == code]


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


@pytest.fixture
def base(add):
    """The files of a plain Debian that the runtime replaces."""
    add("/usr/share/base-passwd/passwd.master", MASTER)
    add("/etc/passwd", MASTER.replace("*", "x") + "_apt:x:42:65534::/nonexistent:/usr/sbin/nologin\n")
    add("/etc/group", "root:x:0:\nstaff:x:50:\n")
    add("/etc/shadow", "root:*:1::::::\n", mode=0o640)
    add("/etc/hosts", "127.0.0.1 localhost\n::1 localhost ip6-localhost\nff02::1 ip6-allnodes\n# 10.0.0.1 remark\n127.0.1.1 me\n")
    add("/etc/host.conf", "multi on\n")
    add("/etc/resolv.conf", "nameserver 10.0.0.1\nsearch example.org\n")
    add("/etc/nsswitch.conf", "passwd:  files systemd\nhosts: files mdns4_minimal [NOTFOUND=return] dns\n# x: y\n")
    add("/etc/mtab", "/proc/mounts", kind="link")
    add("/var/lib/dpkg/info/apt.postinst", "adduser --system _apt\n")


def append(tmp_path, path, text):
    with (tmp_path / "image" / path.lstrip("/")).open("a") as file:
        file.write(text)


def test_the_accounts_and_hosts_of_a_plain_base_are_quiet(base, found):
    assert found() == []


@pytest.mark.parametrize(("path", "text", "lost"), [
    ("/etc/passwd", "tool:x:1000:1000::/opt/tool:/bin/sh\n", "the account tool (1000)"),
    ("/etc/passwd", "tool:x:999:999::/:/bin/false\nubuntu:x:1001:1:::\n", "the account ubuntu (1001), the account tool (999)"),
    ("/etc/hosts", "10.0.0.7 licenses lic\n", "the address of licenses"),
    ("/etc/nsswitch.conf", "group: files ldap [SUCCESS=merge] ldap\n", "ldap as a source of group"),
    ("/etc/host.conf", "trim .example.org\n", "'trim .example.org'"),
])
def test_what_is_added_to_a_replaced_file_is_found(base, found, tmp_path, path, text, lost):
    append(tmp_path, path, text)
    assert found() == [(path, f"{path}: {lost} would be gone, as the runtime writes the file anew")]


@pytest.mark.parametrize(("path", "text"), [
    ("/etc/passwd", "ubuntu:x:1000:1000::/home/ubuntu:/bin/bash\nnfsnobody:x:65534:1:::\n"),
    ("/etc/passwd", "no account\n::::\nx:x:one:1\nx:x:\u0661:1\ny:x:999999999999999:1:\n"),
    ("/etc/hosts", "10.0.0.7 host.containers.internal\n10.0.0.8\n172.17.0.2 0a1b2c\n"),
    ("/etc/host.conf", "order hosts,bind\n"),
])
def test_what_is_no_loss_in_a_replaced_file_is_quiet(base, add, found, tmp_path, path, text):
    add("/etc/hostname", "0a1b2c\n")
    append(tmp_path, path, text)
    assert found() == []


@pytest.mark.parametrize(("path", "text"), [
    ("/var/lib/dpkg/info/tool.postinst", "useradd -r tool\n"), ("/usr/lib/sysusers.d/tool.conf", "u tool - -\n")])
def test_an_account_that_a_package_made_is_quiet(base, add, package, found, tmp_path, path, text):
    append(tmp_path, "/etc/passwd", "tool:x:999:999::/:/bin/false\n")
    assert paths(found("PTH203")) == ["/etc/passwd"]
    add(path, text)
    package("tool", path)
    assert found("PTH203") == []


def test_accounts_of_the_system_are_taken_for_a_packages_where_there_is_no_dpkg(add, found):
    add("/etc/passwd", "root:x:0:0::/:/bin/sh\ntool:x:999:999::/:/bin/sh\nme:x:1000:1::/:/bin/sh\n")
    assert found("PTH203") == [
        ("/etc/passwd", "/etc/passwd: the account me (1000) would be gone, as the runtime writes the file anew")]


def test_many_accounts_are_one_finding(base, found, tmp_path):
    append(tmp_path, "/etc/passwd", "".join(f"user{one}:x:{one}:1::/:/bin/sh\n" for one in range(2000, 22_000)))
    (_, message), = found("PTH203")
    assert "the account user2002 (2002) (and 19997 more) would be gone" in message


def test_a_file_that_only_this_site_replaces_is_found_unless_it_is_a_packages(add, package, found, site):
    there = replace(site, replaced_files=("/etc/krb5.conf", "/var/hostsfile", "/etc/ssh/known"))
    add("/etc/krb5.conf", "[realms]\n")
    add("/var/hostsfile", "")
    add("/etc/ssh/known")
    assert found("PTH203", site=there) == [
        ("/etc/krb5.conf", "/etc/krb5.conf: what it says would be gone, as the runtime writes the file anew")]
    package("krb5-config", "/etc/krb5.conf")
    assert found("PTH203", site=there) == []


@pytest.mark.parametrize("kind", ["fifo", "folder", "link"])
def test_a_replaced_file_that_is_none_is_passed_over(add, found, kind):
    for path in ("/etc/passwd", "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf", "/var/hostsfile"):
        add(path, "/etc/mtab", kind=kind)
    assert found("PTH203") == []


@pytest.mark.parametrize("filling", [b"\n", b":", b"[", b"a:[", b"x ", b"\xff:x:1000:\n", b"\0"])
def test_hostile_replaced_files_are_read_at_once(base, add, found, filling):
    for path in ("/etc/passwd", "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf"):
        add(path, filling * (100_000 // len(filling)))
    assert len(found("PTH203")) <= 4


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
