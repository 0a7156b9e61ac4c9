"""What a base says of its repositories is taken over as data, and only what it may ask for; dnf runs in tests/integration."""

from __future__ import annotations

import os
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.bases import rpm, rpmtree
from builder.errors import Error, Fault
from builder.plan import Action
from builder.recipe.model import Stage, TreeBase
from builder.script import shell

STAGE = Stage(name="tools", route=("stages", "tools"), base=TreeBase(tree="x"), dnf=("gcc",))
PLAIN = {"gpgcheck": True, "repo_gpgcheck": False, "module_hotfixes": False, "skip_if_unavailable": False}
FEDORA = "ID=fedora\nVERSION_ID=41\nPLATFORM_ID=platform:f41\n"


@pytest.fixture
def copied(tmp_path):
    """The copy of a tree in layers, each given as path to text; one that begins with -> is a link."""
    def make(*layers):
        made = []
        for number, files in enumerate(layers):
            for path, text in files.items():
                place = tmp_path / f"layer-{number}" / path
                place.parent.mkdir(parents=True, exist_ok=True)
                if text.startswith("->"):
                    place.symlink_to(text[2:])
                else:
                    place.write_text(text)
            made.append(tmp_path / f"layer-{number}")
        return rpmtree.copied(made, tmp_path / "copy")
    return make


def files(repo, **more):
    return {"usr/bin/dnf": "->dnf-3", "usr/lib/os-release": FEDORA, "etc/yum.repos.d/a.repo": repo, **more}


def test_repositories_are_taken_over_with_the_bases_variables(copied):
    repo = """\
[main]
proxy=http://p
[a]
name=A
baseurl=https://x/$releasever/$basearch/$stream/${kind}/$unknown
 https://y/
enabled=1
priority=7
excludepkgs=one, two
[b]
metalink=https://m/?repo=f$releasever&arch=$arch
gpgcheck=no
[off]
baseurl=file:///etc
enabled=0
"""
    tree = copied(files(repo, **{"etc/dnf/vars/stream": "9-stream\nmore\n", "etc/yum/vars/kind": "os"}))
    arch = os.uname().machine
    basearch = {"i686": "i386", "armv7l": "armhfp"}.get(arch, arch)
    assert tree.repositories == {
        "a": {**PLAIN, "baseurl": [f"https://x/41/{basearch}/9-stream/os/$unknown", "https://y/"], "excludepkgs": ["one", "two"],
              "priority": 7},
        "b": {**PLAIN, "gpgcheck": False, "metalink": f"https://m/?repo=f41&arch={arch}"}}


def test_what_would_send_something_of_the_machine_or_weaken_tls_is_left_out(copied):
    repo = ("[a]\nbaseurl=https://x/\nproxy=http://p\nproxy_password=s\nsslclientkey=/etc/ssl/private/key\nsslclientcert=/c\n"
            "sslverify=0\nsslcacert=/x\nusername=u\npassword=p\ninclude=/etc/passwd\n")
    assert copied(files(repo)).repositories == {"a": {**PLAIN, "baseurl": ["https://x/"]}}


@pytest.mark.parametrize("line", ["baseurl=file:///srv", "baseurl=/srv", "baseurl=ftp://x/", "mirrorlist=file:///etc/shadow",
                                  "baseurl=https://x/ file:///srv", "gpgkey=http://x/key", "gpgkey=file:///etc/shadow",
                                  "gpgkey=file:///etc/pki/rpm-gpg/missing", "gpgkey=file:///etc/pki/rpm-gpg/../../shadow",
                                  "gpgkey=/etc/pki/rpm-gpg/KEY"])
def test_an_address_that_is_none_of_the_network_is_a_fault(copied, line):
    with pytest.raises(Fault, match=r"repository a: (baseurl|mirrorlist|gpgkey) of the base is "):
        copied(files(f"[a]\n{line}\n", **{"etc/pki/rpm-gpg/KEY": "key"}))


def test_keys_are_copied_and_so_is_what_a_link_beside_them_means(copied, tmp_path):
    repo = "[a]\nbaseurl=https://x/\ngpgkey=file:///etc/pki/rpm-gpg/KEY-$releasever https://x/key\n"
    tree = copied(files(repo, **{"etc/pki/rpm-gpg/KEY-main": "the key"}), {"etc/pki/rpm-gpg/KEY-41": "->KEY-main",
                                                                            "etc/pki/rpm-gpg/stolen": "->/etc/shadow"})
    copy = tmp_path / "copy/etc/pki/rpm-gpg/KEY-41"
    assert tree.repositories["a"]["gpgkey"] == [copy.as_uri(), "https://x/key"]
    assert copy.read_text() == "the key"
    assert not (copy.parent / "stolen").exists()


@pytest.mark.parametrize("place", ["usr/lib/sysimage/rpm", "var/lib/rpm", "root/.rpmdb"])
def test_the_package_database_is_copied_from_where_the_distribution_has_it(copied, tmp_path, place):
    copied(files("[a]\nbaseurl=https://x/\n", **{f"{place}/rpmdb.sqlite": "db", f"{place}/rpmdb.sqlite-wal": "wal"}))
    copy = tmp_path / "copy" / rpmtree.DATABASE.strip("/")
    assert {path.name: path.read_text() for path in copy.iterdir()} == {"rpmdb.sqlite": "db", "rpmdb.sqlite-wal": "wal"}


@pytest.mark.parametrize(("text", "release"), [
    (FEDORA, "41"), ("ID=rocky\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=9.3\n", "9"), ("ID=rhel\nVERSION_ID='8.10'\n", "8"),
    ("ID=openEuler\nVERSION_ID=22.03\n", "22.03"), ("ID=amzn\nID_LIKE=fedora\nVERSION_ID=2023\n", "2023"), ("", ""),
])
def test_the_release_is_what_repositories_call_it(copied, text, release):
    tree = copied({**files("[a]\nbaseurl=https://x/\n"), "usr/lib/os-release": text})
    assert tree.release == release


@pytest.mark.parametrize(("tree", "said"), [
    ({"etc/yum.repos.d/a.repo": "[a]\nbaseurl=https://x/\n"}, "no /usr/bin/dnf"),
    ({"usr/bin/dnf": ""}, "no repository"), ({"usr/bin/dnf": "", "etc/yum.repos.d/a.repo": "[a]\nenabled=0\n"}, "no repository"),
    (files("baseurl=x\n"), "cannot be read"), (files("[a]\ngpgcheck=perhaps\n"), "cannot be read"),
])
def test_a_tree_that_dnf_cannot_work_on_is_a_fault(copied, tree, said):
    with pytest.raises(Fault, match=rf"packages\.dnf: .*{said}"):
        copied(tree)


@given(st.text(alphabet="[a]=b\n $%{}:/#; \t", max_size=80))
def test_no_text_of_a_repository_file_breaks_the_reader(text):
    with suppress(Fault):
        rpmtree._parsed(text, {"a": "b"}, "x")


def test_the_action_installs_all_that_was_fetched_offline(tmp_path):
    assert rpm.install(STAGE, tmp_path) == Action(kind="run", route=("stages", "tools", "packages", "dnf"), bind=str(tmp_path),
                                                  command=shell(rpm._INSTALL))
    assert "--disablerepo='*'" in rpm._INSTALL
    assert "plugins=0" in rpm._INSTALL


def test_a_package_is_named_exactly_and_sorted_by_name():
    one, two = (rpm.Rpm(name=name, version="1:2-3", architecture="noarch", sha256="", file="") for name in ("b", "a"))
    assert one.exact == "b-1:2-3.noarch"
    assert sorted([one, two]) == [two, one]


def test_a_layers_inputs_are_names_and_hashes_and_nothing_is_fetched_for_them():
    package = rpm.Rpm(name="a", version="2-3", architecture="noarch", sha256="f" * 64, file="a-2-3.noarch.rpm")
    link, = rpm.link(STAGE, None, [package])
    assert link.inputs == ["dnf", rpm._INSTALL, ["a-2-3.noarch" + "f" * 64]]
    assert list(rpm.link(STAGE, None, [])) == []


def test_a_mirror_stands_for_all_addresses_of_a_repository():
    options = {**PLAIN, "metalink": "https://m/", "baseurl": ["https://x/"], "gpgkey": ["https://k/"]}
    assert rpm._mirrored(options, "http://mirror/") == {**PLAIN, "baseurl": ["http://mirror/"], "gpgkey": ["https://k/"]}
    assert rpm._mirrored(options, None) == options


@pytest.mark.parametrize("name", ["../x", "a/b", "-x", "", "a b", "a\n"])
def test_an_index_cannot_name_a_file_elsewhere(name):
    with pytest.raises(Fault, match="no name of a package"):
        rpm._file({"name": name, "version": "1-1", "architecture": "noarch"})


@pytest.mark.parametrize(("kind", "error"), [("unknown", Fault), ("conflict", Fault), ("unsigned", Fault), ("vanished", Fault),
                                             ("network", Error), ("failed", Error)])
def test_every_answer_has_an_error_with_a_hint(tmp_path, kind, error):
    tree = rpmtree.RpmTree(folder=tmp_path, system={"ID": "fedora", "VERSION_ID": "41"}, repositories={"a": {}})
    with pytest.raises(Error, match=r"packages\.dnf: .*what it said") as caught:
        rpm._refuse(kind, "what it said", tree)
    assert type(caught.value) is error
    assert caught.value.hint
