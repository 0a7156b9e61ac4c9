"""The files that the runtime writes anew: what of the image's own would be gone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from certify.site import load
from tests.checks.paths.conftest import paths

MASTER = "root:*:0:0:root:/root:/bin/sh\ngames:*:5:60::/usr/games:/bin/sh\nnobody:*:65534:65534::/nonexistent:/bin/sh\n"


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


@pytest.fixture
def zoned(site):
    """A site whose runtime brings its own time zone, as Apptainer does."""
    return replace(site, replaced_files=("/etc/localtime",))


def compiled(rule):
    """A compiled time zone, as far as anybody reads it here (RFC 9636)."""
    return b"TZif2" + b"\0" * 39 + b"TZif2" + b"\0" * 39 + b"\n" + rule + b"\n"


@pytest.mark.parametrize(("text", "kind"), [
    ("/usr/share/zoneinfo/Etc/UTC", "link"), ("../usr/share/zoneinfo/UTC", "link"), ("/usr/share/zoneinfo/Etc/GMT0", "link"),
    (compiled(b"UTC0"), "file"), (compiled(b"GMT0"), "file"), ("", "file"), ("x", "fifo"), ("x", "folder")])
def test_the_time_zone_of_a_base_is_quiet(add, found, zoned, text, kind):
    """Whether the zone's own file is there or not: a small base has none."""
    add("/etc/localtime", text, kind=kind)
    assert found("PTH203", site=zoned) == []


@pytest.mark.parametrize(("text", "kind", "lost"), [
    ("/usr/share/zoneinfo/Europe/Zurich", "link", "the time zone Europe/Zurich"),
    ("../usr/share/zoneinfo/Antarctica/Troll", "link", "the time zone Antarctica/Troll"),
    ("/opt/x/zone", "link", "the time zone /opt/x/zone"), ("text", "file", "what it says"),
    (compiled(b"CET-1CEST,M3.5.0"), "file", "the time zone CET-1CEST,M3.5.0"), (b"TZif", "file", "the time zone TZif"),
    ("/" + "z" * 4000, "link", "the time zone /" + "z" * 59)], ids=lambda one: str(one)[:30])
def test_another_time_zone_would_be_gone(add, found, zoned, site, text, kind, lost):
    add("/etc/localtime", text, kind=kind)
    assert found("PTH203", site=zoned) == [
        ("/etc/localtime", f"/etc/localtime: {lost} would be gone, as the runtime writes the file anew")]
    assert found("PTH203", site=site) == []


@pytest.mark.parametrize("name", ["apptainer", "charliecloud", "podman-hpc"])
def test_a_plain_base_is_quiet_at_every_built_in_site(base, add, found, name):
    add("/etc/localtime", "/usr/share/zoneinfo/Etc/UTC", kind="link")
    assert found("PTH203", site=load(name)) == []
