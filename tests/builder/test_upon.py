"""Packages upon a tree that is there already: what it says of itself is read, and believed only as far as it is known."""

from __future__ import annotations

import os
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder import script
from builder.apt import Package
from builder.bases import upon
from builder.errors import Fault
from builder.recipe.model import ArchiveBase, RecipeBase, Stage

STAGE = Stage(name="", route=(), base=RecipeBase(recipe="base"), apt=("gcc",))
SHA = "a" * 64
PLACES = {"release": "usr/lib/os-release", "old": "etc/os-release", "status": "var/lib/dpkg/status"}


@pytest.fixture
def layer(tmp_path):
    """One layer with some files."""
    def make(**files):
        for path, text in files.items():
            place = tmp_path / "layer" / PLACES[path]
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(text if isinstance(text, bytes) else text.encode())
        (tmp_path / "layer").mkdir(exist_ok=True)
        return [tmp_path / "layer"]
    return make


@pytest.mark.parametrize(("text", "base"), [
    ('ID=debian\nVERSION_CODENAME=bookworm\n', ArchiveBase(suite="bookworm")),
    ('PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nID="debian"\nVERSION_CODENAME=\'trixie\'\n', ArchiveBase(suite="trixie")),
    ('ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\n', ArchiveBase(suite="noble", distribution="ubuntu")),
    ('# a comment = here\n\nID=ubuntu\nVERSION="22.04 (Jammy)"\nVERSION_CODENAME=jammy',
     ArchiveBase(suite="jammy", distribution="ubuntu")),
    ("NAME='unclosed\nID=debian\nVERSION_CODENAME=bookworm\n", ArchiveBase(suite="bookworm")),
    ("ID=fedora\nID=debian\nVERSION_CODENAME=bookworm\n", ArchiveBase(suite="bookworm")),
], ids=range(6))
def test_a_known_system_has_its_archive(layer, text, base):
    assert upon._archive(layer(release=text)) == base


def test_the_older_place_counts_where_the_newer_is_missing(layer):
    assert upon._archive(layer(old="ID=debian\nVERSION_CODENAME=bookworm\n")).suite == "bookworm"


def test_the_newer_place_counts_where_both_are(layer):
    found = upon._archive(layer(release="ID=debian\nVERSION_CODENAME=trixie\n", old="ID=debian\nVERSION_CODENAME=bookworm\n"))
    assert found.suite == "trixie"


@pytest.mark.parametrize(("text", "said"), [
    ("", "of unknown kind"), ("ID=fedora\nVERSION_ID=40\n", "fedora"), ("ID=debian\n", "debian"),
    ("ID=debian\nVERSION_CODENAME=sid\n", "debian sid"),
    ("ID=ubuntu\nVERSION_CODENAME=bookworm\n", "ubuntu bookworm"), ("ID=debian\nVERSION_CODENAME=noble\n", "debian noble"),
    ("ID_LIKE=debian\nVERSION_CODENAME=bookworm\n", "of unknown kind bookworm"),
    (" ID=debian\nVERSION_CODENAME=bookworm\n", "of unknown kind bookworm"),
    ('ID="debian\nVERSION_CODENAME=bookworm\n', "of unknown kind bookworm"),
    ("ID=debian\nVERSION_CODENAME=bookworm-backports\n", "debian bookworm-backports"),
    ("ID=debian\nVERSION_CODENAME=bookworm main\n", "debian bookworm main"),
    ("ID=debian\nVERSION_CODENAME=../bookworm\n", r"debian \.\./bookworm"),
    ("ID=Debian\nVERSION_CODENAME=bookworm\n", "Debian bookworm"), ("ID=debian\nVERSION_CODENAME=$(id)\n", r"debian \$\(id\)")],
    ids=range(14))
def test_another_system_is_refused_and_told_what_is_known(layer, text, said):
    with pytest.raises(Fault, match=rf"packages\.apt: the base is {said}, which is not known here$") as caught:
        upon._archive(layer(release=text))
    assert "debian bookworm trixie, ubuntu jammy noble" in caught.value.hint


PIECES = st.lists(st.sampled_from(["ID", "VERSION_CODENAME", "=", "debian", "bookworm", "\n", '"', "'", "\\", " ", "\0",
                                   "\x1b[2J", "é", "#", "$(x)", "\udcff"]))


@given(st.text() | PIECES.map("".join))
def test_any_os_release_is_known_or_refused(tmp_path_factory, text):
    folder = tmp_path_factory.mktemp("layer")
    (folder / "etc").mkdir()
    (folder / "etc/os-release").write_bytes(text.encode("utf-8", "surrogateescape" if "\udcff" in text else "surrogatepass"))
    try:
        found = upon._archive([folder])
    except Fault:
        return
    assert found in (ArchiveBase(suite="bookworm"), ArchiveBase(suite="trixie"))


def test_an_os_release_that_is_a_link_to_the_machines_own_is_not_followed(layer):
    layers = layer()
    (layers[0] / "etc").mkdir()
    (layers[0] / "etc/os-release").symlink_to("/etc/os-release")
    with pytest.raises(Fault, match="of unknown kind"):
        upon._archive(layers)


STATUS = """\
Package: libc6
Status: install ok installed
Priority: optional
Architecture: amd64
Multi-Arch: same
Version: 2.36-9+deb12u10
Description: GNU C Library
 Package: nothing
 Version: 0

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1

Package: half
Status: install ok half-configured
Architecture: amd64
Version: 1

Package: held
Status: hold ok installed
Version: 1:2-3
Architecture: all

Package: nameless
Status: install ok installed
Architecture: amd64
"""


def test_what_is_installed_is_read_from_the_status(layer):
    found = [(one.exact, one.sha256, one.file) for one in upon.installed(layer(status=STATUS))]
    assert found == [("libc6:amd64=2.36-9+deb12u10", "", ""), ("held:all=1:2-3", "", "")]


@pytest.mark.parametrize("text", ["", "\n\n\n", "Package\n", "Status: install ok installed\n\n", b"\xff\xfe\0",
                                  "Package: \nStatus: installed\n"], ids=range(6))
def test_a_status_that_is_none_has_no_packages(layer, text):
    assert list(upon.installed(layer(status=text))) == []
    assert list(upon.installed([])) == []


@given(st.text(st.sampled_from("Package:StusArchiteVon \n\r\x0b\u2028=-1\udcff")))
def test_any_status_is_read(tmp_path_factory, text):
    folder = tmp_path_factory.mktemp("layer")
    (folder / "var/lib/dpkg").mkdir(parents=True)
    (folder / "var/lib/dpkg/status").write_bytes(text.encode("utf-8", "surrogateescape"))
    for one in upon.installed([folder]):
        assert "\n" not in one.exact


def package(name, version="1"):
    return Package(name=name, architecture="amd64", version=version, sha256=SHA, file=f"{name}.deb")


def test_without_packages_there_is_no_layer(tmp_path):
    assert list(upon.link(STAGE, None, [], tmp_path, tmp_path)) == []


def test_the_layer_is_known_by_its_packages_and_made_only_where_it_is_missing(tmp_path):
    found = [next(upon.link(STAGE, None, packages, tmp_path, tmp_path)).inputs for packages in (
        [package("gcc")], [package("gcc")], [package("gcc", "2")], [package("gcc"), package("make")])]
    assert found[0] == found[1]
    assert len({repr(inputs) for inputs in found}) == 3
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("stage", [STAGE, Stage(name="build", route=("stages", "build"), base=STAGE.base, apt=("gcc",))])
def test_the_bases_own_apt_gets_exactly_these_packages_from_a_folder(tmp_path, program, stage):
    class Fetched:
        def download(self, packages, store):
            store.mkdir()
            (store / SHA).write_text("deb")

        def describe(self, packages, store):
            return "Packages"

    (tmp_path / "work").mkdir()
    made = next(upon.link(stage, Fetched(), [package("gcc", "1:2~3+b")], tmp_path / "debs", tmp_path / "work"))
    (action,) = made.ready()
    assert (action.kind, action.route) == ("run", (*stage.route, "packages", "apt"))
    files = {path.name: path.read_text() for path in (tmp_path / "work/packages").iterdir()}
    assert action.bind == str(tmp_path / "work/packages")
    assert files["gcc.deb"] == "deb"
    assert files["Packages"] == "Packages"
    assert files["sources.list"] == "deb [trusted=yes] copy:/certify ./\n"
    assert files["wanted"] == "gcc:amd64=1:2~3+b\n"
    assert {'Dir::Etc::SourceParts "/dev/null";', 'APT::Install-Recommends "false";'} <= set(files["apt.conf"].splitlines())
    assert action.command[:5] == script.shell("")[:5]


def test_apt_is_called_offline_in_a_folder_that_is_gone_afterwards(tmp_path, program):
    """The script itself, with a program in the place of apt-get."""
    (tmp_path / "wanted").write_text("gcc:amd64=1\nmake:amd64=2\n")
    program("apt-get", f'echo "$APT_CONFIG $*" >> {tmp_path}/asked; test -d /tmp/certify-apt/lists/partial')
    command = [word.replace("/certify/", f"{tmp_path}/") for word in upon.install(STAGE, tmp_path).command]
    command = [word.replace("/tmp/certify-apt", f"{tmp_path}/private") for word in command]
    program("apt-get", f'echo "$APT_CONFIG $*" >> {tmp_path}/asked; test -d {tmp_path}/private/lists/partial')
    subprocess.run(command, check=True, env={"PATH": os.environ["PATH"]})
    update, install = (tmp_path / "asked").read_text().splitlines()
    assert update.endswith(" -q update")
    assert install.endswith(" install gcc:amd64=1 make:amd64=2")
    assert "--no-remove" in install
    assert not (tmp_path / "private").exists()
