"""RPM packages upon a base that brings dnf: a Debian with Debian's dnf, and a repository of our own on loopback."""

from __future__ import annotations

import functools
import shutil
import subprocess
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from conftest import CACHE

from builder import pipeline
from builder.bases import rpm
from builder.errors import Error, Fault, StepFailed
from builder.outside import Outside
from builder.progress import Progress
from builder.recipe import load

BASE = CACHE / "rpm-base.tar"
SPEC = """\
Name: {name}
Version: {version}
Release: 1
Summary: a test
License: MIT
BuildArch: noarch
AutoReqProv: no
{more}

%description
a test

%install
mkdir -p %{{buildroot}}/usr/share/{name}
echo {version} > %{{buildroot}}/usr/share/{name}/text

%files
/usr/share/{name}
"""
REPO = "[test]\nname=Test $releasever\nbaseurl={url}\ngpgcheck={check}\n{more}\n"
PROXY = "proxy=http://secret.example:3128\n"


def run(*argv):
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Repository:
    """Packages of our own, served on loopback."""

    def __init__(self, folder):
        self.folder = folder / "repo"
        self.folder.mkdir()
        self.top = folder
        self.add("words", "2")
        self.add("greeter", "1:3", "Requires: words >= 2\nRecommends: extra")
        self.add("extra", "1")
        self.add("broken", "1", "Requires: nothing-has-this")
        self.server = None
        self.start()

    def add(self, name, version, more=""):
        epoch, _, plain = version.rpartition(":")
        spec = self.top / f"{name}.spec"
        spec.write_text(SPEC.format(name=name, version=plain, more=f"{more}\n" + (f"Epoch: {epoch}" if epoch else "")))
        run("rpmbuild", "-bb", "--define", f"_topdir {self.top}/rpmbuild", str(spec))
        for path in (self.top / "rpmbuild/RPMS").rglob("*.rpm"):
            path.rename(self.folder / path.name)
        run("createrepo_c", "--quiet", str(self.folder))

    def start(self):
        port = self.server.server_address[1] if self.server else 0
        self.server = ThreadingHTTPServer(("127.0.0.1", port), functools.partial(Quiet, directory=str(self.folder)))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    made = Repository(tmp_path_factory.mktemp("repository"))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def base(repository, tmp_path_factory):
    """The tar of a tree with dnf, which knows the repository."""
    if not BASE.exists():
        part = BASE.with_suffix(".part.tar")
        subprocess.run(["mmdebstrap", "--mode=root", "--variant=minbase", "--include=dnf,rpm", "bookworm", str(part)], check=True,
                       capture_output=True)
        part.rename(BASE)
    folder = tmp_path_factory.mktemp("base")
    repo = folder / "etc/yum.repos.d/test.repo"
    repo.parent.mkdir(parents=True)
    repo.write_text(REPO.format(url=repository.url, check=0, more=PROXY))
    tar = shutil.copyfile(BASE, folder / "base.tar")
    subprocess.run(["tar", "--append", "--file", str(tar), "--directory", str(folder), "etc/yum.repos.d/test.repo"], check=True)
    return Path(tar)


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def build(tmp_path, base, cache):
    """Build a recipe with the given packages and steps on the base; returns its folder and its record."""
    def build(packages, *steps, cache=cache, out="out"):
        folder = tmp_path / "recipe"
        folder.mkdir(exist_ok=True)
        steps = "".join(f"\n  - run: {step}" for step in steps) or " []"
        (folder / "recipe.yaml").write_text(
            f'schema: 1\nname: rpms\nversion: "1"\nsummary: a test\nlicense: MIT\naccess: public\nbase: {{tree: dnf}}\n'
            f"packages: {{dnf: [{', '.join(packages)}]}}\nsteps:{steps}\n")
        document, recipe = load(folder)
        record = pipeline.build(document, recipe, out=tmp_path / out, cache=cache, progress=Progress(),
                                outside=Outside(trees={"dnf": base}))
        return pipeline.folder_of(recipe, tmp_path / out), record
    return build


def listed(image, tmp_path):
    target = tmp_path / "unpacked"
    shutil.rmtree(target, ignore_errors=True)
    subprocess.run(["unsquashfs", "-q", "-n", "-d", str(target), str(image)], check=True, capture_output=True)
    return target


def test_packages_are_installed_with_what_they_need_and_recorded_and_are_the_same_bytes_twice(build, tmp_path, tmp_path_factory):
    steps = ("grep -q 3 /usr/share/greeter/text", "test ! -e /usr/share/extra", "rpm -V greeter words")
    folder, record = build(["greeter"], *steps)
    other = tmp_path_factory.mktemp("other")
    assert build(["greeter"], *steps, cache=other, out="second")[1].digest == record.digest
    found = [one for one in record.packages if one.get("kind") == "rpm"]
    assert [(one["name"], one["version"], one["architecture"], one["distribution"], one["file"]) for one in found] == [
        ("greeter", "1:3-1", "noarch", "debian", "greeter-3-1.noarch.rpm"),
        ("words", "2-1", "noarch", "debian", "words-2-1.noarch.rpm")]
    assert "packages.dnf: by its own word, repository test of the base is not signed" in record.notes
    tree = listed(folder / "image.squashfs", tmp_path)
    assert (tree / "usr/share/words/text").read_text() == "2\n"
    assert not (tree / "certify").exists()
    for left in ("var/cache/dnf", "var/log", "tmp", "var/lib/dnf"):
        assert not (tree / left).exists() or not [path for path in (tree / left).rglob("*") if path.is_file()], left
    secret = subprocess.run(["grep", "-rl", "secret.example", str(tree)], capture_output=True, text=True).stdout.split()
    assert secret == [str(tree / "etc/yum.repos.d/test.repo")]      # the base's own


def test_an_unknown_package_is_the_recipes_fault(build):
    with pytest.raises(Fault, match="not in the repositories of the base \\(debian 12\\): no-such-thing"):
        build(["greeter", "no-such-thing"])


def test_a_package_that_has_a_failing_script_names_the_place_in_the_recipe(build, repository):
    repository.add("failing", "1", "%pre -p <lua>\nerror('no')\n")
    with pytest.raises(StepFailed, match=r"recipe\.yaml:8: step 'rpm packages' failed"):
        build(["failing"])


class Tree:
    """A tree of a few files that knows the repository, and the machine's dnf for it."""

    def __init__(self, folder, repository):
        self.folder, self.repository, self.count = folder, repository, 0
        for path, text in {"usr/bin/dnf": "", "etc/os-release": "ID=test\nVERSION_ID=7.3\nID_LIKE=rhel\n"}.items():
            self.write(path, text)
        self.repo()

    def write(self, path, text):
        place = self.folder / "layer" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)

    def repo(self, check=0, more="", url=""):
        self.write("etc/yum.repos.d/test.repo", REPO.format(url=url or self.repository.url, check=check, more=more))

    def dnf(self, **outside):
        self.count += 1
        return rpm.Dnf([self.folder / "layer"], self.folder / f"work-{self.count}", self.folder / "store", Outside(**outside))


@pytest.fixture
def tree(tmp_path, repository):
    return Tree(tmp_path, repository)


def test_what_is_fetched_is_shared_and_not_fetched_again(tree):
    dnf = tree.dnf()
    packages = dnf.resolve(["greeter"])
    first = dnf.download(packages)
    again = tree.dnf()
    assert again.resolve(["greeter"]) == packages
    second = again.download(packages)
    files = [sorted(path.name for path in folder.iterdir()) for folder in (first, second)]
    assert files == [["greeter-3-1.noarch.rpm", "words-2-1.noarch.rpm"]] * 2
    assert (first / files[0][0]).stat().st_ino == (second / files[0][0]).stat().st_ino


def test_nothing_of_the_tree_changes(tree):
    before = sorted((str(path), path.stat().st_mtime_ns) for path in (tree.folder / "layer").rglob("*"))
    dnf = tree.dnf()
    dnf.download(dnf.resolve(["greeter"]))
    assert sorted((str(path), path.stat().st_mtime_ns) for path in (tree.folder / "layer").rglob("*")) == before


def test_what_does_not_go_together_is_told(tree):
    with pytest.raises(Fault, match="nothing provides nothing-has-this"):
        tree.dnf().resolve(["broken"])


def test_variables_in_addresses_are_those_of_the_base(tree, repository):
    (repository.folder / "el7").symlink_to(".")
    tree.repo(url=f"{repository.url}el$releasever")
    assert [one.name for one in tree.dnf().resolve(["words"])] == ["words"]


def test_a_site_can_have_a_mirror_for_a_repository(tree, repository):
    tree.repo(url="http://127.0.0.1:9/")
    assert [one.name for one in tree.dnf(mirrors={"test": repository.url}).resolve(["words"])] == ["words"]


def test_without_network_it_is_an_error_that_says_so(tree, repository):
    dnf = tree.dnf()
    repository.stop()
    try:
        with pytest.raises(Error, match=r"packages\.dnf: .*test") as caught:
            dnf.resolve(["words"])
    finally:
        repository.start()
    assert not isinstance(caught.value, Fault)
    assert "is the network there?" in str(caught.value.hint)


def test_a_site_proxy_is_the_way_to_a_repository(tree):
    with pytest.raises(Error, match=r"packages\.dnf: "):
        tree.dnf(proxy="http://127.0.0.1:9").resolve(["words"])


def test_an_unsigned_package_of_a_signed_repository_is_refused(tree):
    tree.repo(check=1)
    dnf = tree.dnf()
    packages = dnf.resolve(["words"])
    assert dnf.notes == []
    with pytest.raises(Fault, match="is not signed") as caught:
        dnf.download(packages)
    assert "gpgcheck" in str(caught.value.hint)


def test_a_signed_package_is_checked_with_the_key_that_the_base_names(tree, repository, tmp_path):
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)
    gpg = ("gpg", "--homedir", str(home), "--batch", "--passphrase", "")
    run(*gpg, "--quick-generate-key", "test@example.org", "rsa3072", "sign", "never")
    key = run(*gpg, "--armor", "--export")
    repository.add("signed", "1")
    run("rpmsign", "--addsign", "--define", f"_gpg_path {home}", "--define", "__gpg /usr/bin/gpg",
        "--define", "_gpg_name test@example.org", str(repository.folder / "signed-1-1.noarch.rpm"))
    run("createrepo_c", "--quiet", str(repository.folder))
    tree.write("etc/pki/rpm-gpg/KEY-1", key)
    (tree.folder / "layer/etc/pki/rpm-gpg/KEY-7").symlink_to("KEY-1")
    for more, right in (("gpgkey=file:///etc/pki/rpm-gpg/KEY-$releasever", True), ("", False)):
        tree.repo(check=1, more=more)
        dnf = tree.dnf()
        packages = dnf.resolve(["signed"])
        if right:
            assert (dnf.download(packages) / "signed-1-1.noarch.rpm").is_file()
        else:       # the cache has the file; that says nothing of this base
            with pytest.raises(Fault, match="Public key"):
                dnf.download(packages)
    run("gpgconf", "--homedir", str(home), "--kill", "all")


def test_a_package_that_is_there_is_not_asked_for(tree, repository):
    database = tree.folder / "layer/usr/lib/sysimage/rpm"
    database.mkdir(parents=True)
    run("rpm", "--dbpath", str(database), "--justdb", "--nodeps", "--force-debian", "--install",
        str(repository.folder / "words-2-1.noarch.rpm"))
    assert [one.name for one in tree.dnf().resolve(["greeter"])] == ["greeter"]
    assert tree.dnf().resolve(["words"]) == []
