"""Debian's packages, from databases that dpkg itself wrote, and from those that lie."""

from __future__ import annotations

import pytest

from certify.packages import inventory
from certify.packages.dpkg import _LISTS, _MOST
from tests.tools import need

CONTROL = """\
Package: {name}
Version: 1:2.0~rc1-3+b1
Architecture: {architecture}
Maintainer: A <a@example.org>
{more}Description: A tool
 More of it
"""
COPYRIGHT = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
License: GPL-2+

Files: x
License: Expat or Apache-2.0
 The text
"""
STANZA = "Package: {}\nStatus: {}\nVersion: {}\nArchitecture: amd64\n\n"


@pytest.fixture
def deb(tool, tmp_path, image):
    """Build packages and have dpkg install them into the image."""
    def install(name, files, *, architecture="all", more="", remove=False):
        need("dpkg-deb", "dpkg")
        source = tmp_path / f"source-{name}"
        for path, text in {"DEBIAN/control": CONTROL.format(name=name, architecture=architecture, more=more), **files}.items():
            (source / path).parent.mkdir(parents=True, exist_ok=True)
            (source / path).write_text(text)
        if remove:
            (source / "DEBIAN/conffiles").write_text("/etc/tool\n")
        tool("dpkg-deb", "--build", "--root-owner-group", str(source), str(tmp_path / f"{name}.deb"))
        root = image.folder
        (root / "var/lib/dpkg/info").mkdir(parents=True, exist_ok=True)
        (root / "var/lib/dpkg/status").touch()
        options = ("--root", str(root), "--force-not-root", "--force-depends", "--log", "/dev/null")
        tool("dpkg", *options, "--install", str(tmp_path / f"{name}.deb"))
        if remove:
            tool("dpkg", *options, "--remove", name)
    return install


def test_what_dpkg_installed(deb, image):
    deb("libtool5", {"usr/lib/libtool.so.5": "x", "usr/share/doc/libtool5/copyright": COPYRIGHT}, more="Source: tool (2.0)\n")
    deb("gone", {"etc/tool": "x", "usr/bin/gone": "x"}, remove=True)
    tree = image({"/usr/lib/os-release": 'ID=debian\nVERSION_ID="12"\n'})
    found = inventory(tree)
    assert [(one.kind, one.name, one.version, one.architecture, one.source, one.licences) for one in found.packages] == [
        ("deb", "libtool5", "1:2.0~rc1-3+b1", "all", "tool", ("Expat or Apache-2.0", "GPL-2+"))]
    assert (found.distribution, found.release, found.notes) == ("debian", "12", ())
    assert found.owner("/usr/lib/libtool.so.5") == tree.owner("/usr/lib/libtool.so.5") == "libtool5"
    assert found.owner("/usr/bin/gone") is None


def test_a_merged_usr_and_one_that_is_not(image):
    merged = image({"/usr/bin/su": "x", "/var/lib/dpkg/info/login.list": "/.\n/bin\n/bin/su\n"})
    assert merged.owner("/usr/bin/su") == "login"
    apart = image({"/sbin/ldconfig": "x", "/var/lib/dpkg/info/libc-bin:amd64.list": "/sbin/ldconfig\n"})
    assert apart.owner("/sbin/ldconfig") == "libc-bin"


def test_packages_of_a_distribution_own_nothing_in_the_folders_of_others(image):
    places = ["/opt/x", "/usr/local/bin/x", "/home/u/x", "/srv/x"]
    tree = image({**dict.fromkeys(places, "x"), "/var/lib/dpkg/info/liar.list": "\n".join(places)})
    assert [tree.owner(place) for place in places] == [None] * 4


def test_only_what_is_in_the_image_is_owned(image):
    tree = image({"/usr/bin/a": "x", "/var/lib/dpkg/info/p.list": "/usr/bin/a\n/usr/bin/b\n" + "/x\n" * 1000})
    assert dict(tree.installed.owners) == {"/usr/bin/a": "p"}


def test_a_distroless_image_has_a_file_for_each_package(image):
    tree = image({"/var/lib/dpkg/status.d/base": "Package: base-files\nVersion: 12.4\nArchitecture: amd64\n",
                  "/var/lib/dpkg/status.d/libc6": "Package: libc6\nVersion: 2.36-9\nArchitecture: amd64\nSource: glibc\n",
                  "/var/lib/dpkg/status.d/libc6.md5sums": "d41d8cd98f00b204e9800998ecf8427e  lib/libc.so.6\n",
                  "/usr/lib/libc.so.6": "x"})
    assert [(one.name, one.version, one.source) for one in inventory(tree).packages] == [
        ("base-files", "12.4", "base-files"), ("libc6", "2.36-9", "glibc")]
    assert tree.owner("/usr/lib/libc.so.6") == "libc6"


@pytest.mark.parametrize(("status", "counts"), [
    ("install ok installed", True), ("hold ok installed", True), ("deinstall ok config-files", False),
    ("install ok half-installed", False), ("install reinstreq unpacked", False), ("", False)])
def test_which_states_count_as_installed(image, status, counts):
    found = inventory(image({"/var/lib/dpkg/status": STANZA.format("tool", status, "1")}))
    assert bool(found.packages) is counts


@pytest.mark.parametrize(("name", "version"), [
    ("", "1"), ("tool", ""), ("to ol", "1"), ("../tool", "1"), ("tool", "1;rm"), ("tool", "\x1b[2J"), ("x" * 300, "1"),
    ("tööl", "1")])
def test_what_can_be_no_name_or_version_is_told_and_left_out(image, name, version):
    text = STANZA.format(name, "install ok installed", version) + STANZA.format("good", "install ok installed", "1")
    found = inventory(image({"/var/lib/dpkg/status": text}))
    assert [one.name for one in found.packages] == ["good"]
    assert found.notes == ("/var/lib/dpkg/status has an entry without a name or a version that could be one",)


def test_the_same_trouble_is_told_once(image):
    text = STANZA.format("", "install ok installed", "1") * 500
    assert inventory(image({"/var/lib/dpkg/status": text})).notes == (
        "/var/lib/dpkg/status has an entry without a name or a version that could be one (500 times)",)


@pytest.mark.parametrize("data", [
    b"\0" * 100_000, b"\n" * 100_000, b"Package" * 1000, b":\n" * 1000, b" x\n" * 1000, bytes(range(256)) * 100,
    b"Package: a\n" + b" more\n" * 10_000, b"Status: install ok installed\n"], ids=range(8))
def test_bytes_that_are_no_status_harm_nobody(image, data):
    tree = image({"/var/lib/dpkg/status": data, "/var/lib/dpkg/info/a.list": data, "/var/lib/dpkg/status.d/x.md5sums": data,
                  "/var/lib/dpkg/status.d/y": data})
    found = inventory(tree)
    assert found.packages == () and dict(found.owners) == {}


def test_a_status_of_too_many_lines_is_told_and_not_read(image):
    data = STANZA.format("tool", "install ok installed", "1").encode() + b"\n" * 1_000_000
    found = inventory(image({"/var/lib/dpkg/status": data}))
    assert (found.packages, found.notes) == ((), ("/var/lib/dpkg/status is longer than any that is known, and was not read",))


def test_a_status_that_is_larger_than_any_is_told_and_not_read(image):
    tree = image({"/var/lib/dpkg/status": "", "/usr/bin/a": "x", "/var/lib/dpkg/info/a.list": "/usr/bin/a\n"})
    with (image.folder / "var/lib/dpkg/status").open("r+b") as file:
        file.truncate(_MOST + 1)
    with (image.folder / "var/lib/dpkg/info/a.list").open("r+b") as file:
        file.truncate(_LISTS + 1)       # sparse: takes no room
    found = inventory(tree)
    assert found.notes == ("/var/lib/dpkg/status is longer than any that is known, and was not read",)
    assert found.owner("/usr/bin/a") is None


@pytest.mark.parametrize("link", ["->/etc/shadow", "->../../../../../../etc/passwd", "->status", "->/dev/zero"])
def test_a_database_that_is_a_link_is_followed_in_the_image_alone(image, link):
    assert inventory(image({"/var/lib/dpkg/status": link, "/usr/share/doc/x/copyright": link})).packages == ()


def test_a_copyright_file_that_is_a_link(image):
    tree = image({"/var/lib/dpkg/status": STANZA.format("tool", "install ok installed", "1"),
                  "/usr/share/doc/tool": "->tool-common", "/usr/share/doc/tool-common/copyright": COPYRIGHT})
    assert inventory(tree).packages[0].licences == ("Expat or Apache-2.0", "GPL-2+")


def test_file_names_that_are_no_text_have_an_owner(image):
    tree = image({"/var/lib/dpkg/info/a.list": b"/usr/bin/\xff\xfe\n"})
    (image.folder / "usr/bin").mkdir(parents=True)
    (image.folder / "usr/bin/\udcff\udcfe").touch()
    assert tree.owner("/usr/bin/\udcff\udcfe") == "a"
