"""What building leaves behind, and images beyond the site's limits."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certify import site as sites
from certify.checks import registry
from certify.checks.leftovers import KINDS, TRACE, is_object, kind_of, may_be_core
from certify.finding import Severity
from tests.tools import need

MEGA = 2_000_000


@pytest.fixture
def sized(add, tmp_path):
    """Put a file of a size into the tree, without its bytes."""
    def make(path, size=MEGA):
        add(path)
        os.truncate(tmp_path / "image" / path.lstrip("/"), size)
        return path
    return make


CACHES = [
    ("/var/lib/apt/lists/deb_main_Packages", "/var/lib/apt/lists", "lists of apt"),
    ("/var/cache/apt/archives/x_1_amd64.deb", "/var/cache/apt", "packages that apt fetched"),
    ("/var/cache/apt/pkgcache.bin", "/var/cache/apt", "packages that apt fetched"),
    ("/var/cache/dnf/base-x/packages/x.rpm", "/var/cache/dnf", "the cache of dnf"),
    ("/var/cache/yum/x", "/var/cache/yum", "the cache of dnf"), ("/var/cache/zypp/x", "/var/cache/zypp", "the cache of zypper"),
    ("/root/.cache/pip/http/a/b", "/root/.cache/pip", "the cache of pip"), ("/home/u/.cache/pip/x", "/home/u/.cache/pip",
    "the cache of pip"),
    ("/root/.cache/uv/x", "/root/.cache/uv", "a cache"), ("/root/.npm/_cacache/x/y", "/root/.npm/_cacache", "a cache"),
    ("/opt/x/.cargo/registry/x", "/opt/x/.cargo/registry", "a cache"), ("/root/go/pkg/mod/cache/x", "/root/go/pkg/mod/cache",
    "the cache of Go"),
    ("/opt/spack/var/spack/cache/x.tar.gz", "/opt/spack/var/spack/cache", "sources that Spack fetched"),
    ("/opt/conda/pkgs/x-1.0.conda", "/opt/conda/pkgs", "packages that conda fetched"),
    ("/src/x/deep/a.o", "/src/x", "object files"), ("/opt/x/a.lo", "/opt/x", "object files"), ("/a.o", "/a.o", "object files"),
]


@pytest.mark.parametrize(("path", "folder", "what"), CACHES, ids=[path for path, _, _ in CACHES])
def test_a_cache_is_one_warning(add, sized, tree, site, path, folder, what):
    add("/opt/conda/conda-meta", kind="folder")
    sized(path)
    finding, = (one for one in registry.run(tree(), site) if one.code == "SIZ701")
    assert (finding.severity, finding.path) == (Severity.WARNING, folder)
    assert finding.message.startswith(f"{folder}: {what}, 2.0 MB in 1 file (")


def test_files_of_a_cache_are_counted_together(sized, found):
    for number in range(3):
        sized(f"/var/lib/apt/lists/{number}", 700_000)
    (path, message), = found("SIZ701")
    assert path == "/var/lib/apt/lists"
    assert message == f"{path}: lists of apt, 2.1 MB in 3 files (rm -rf {path}/* in the same step)"


@pytest.mark.parametrize("path", [path for path, _, _ in CACHES])
def test_less_than_a_megabyte_is_quiet(add, sized, found, path):
    add("/opt/conda/conda-meta", kind="folder")
    sized(path, 999_999)
    assert found("SIZ701") == []


@pytest.mark.parametrize("path", [
    "/var/lib/dpkg/status", "/opt/x/pkgs/a.conda", "/usr/lib/x86_64-linux-gnu/crt1.o", "/usr/lib/x86_64-linux-gnu/Scrt1.o",
    "/opt/gcc/lib/gcc/x86_64-linux-gnu/13/crtbegin.o", "/opt/x/lib/rustlib/x/self-contained/a.o", "/opt/x/.gitignore",
    "/opt/x/.github/x", "/opt/x/lists/a", "/opt/x/core.py", "/opt/x/libx.a", "/opt/cache/x"])
def test_what_is_used_is_no_left_over(sized, found, path):
    sized(path)
    assert found("SIZ701") == []


def test_objects_of_a_package_are_the_packages(sized, add, package, found):
    sized("/usr/lib/x/a.o")
    package("x-dev", "/usr/lib/x/a.o")
    add("/var/lib/dpkg/status", "Package: x-dev\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n")
    assert found("SIZ701") == []


@pytest.mark.parametrize("name", [".git", ".hg", ".svn"])
def test_the_history_of_a_repository_is_always_told(add, found, name):
    add(f"/opt/x/{name}/HEAD")
    add(f"/opt/x/{name}/objects/ab/cd")
    (path, message), = found("SIZ701")
    assert path == f"/opt/x/{name}"
    assert "the history of a repository, 2 B in 2 files" in message


def test_a_repository_that_git_makes_is_found(add, found, tmp_path):
    need("git")
    add("/opt/x/file")
    subprocess.run(["git", "init", "-q", tmp_path / "image/opt/x"], check=True)
    assert [path for path, _ in found("SIZ701")] == ["/opt/x/.git"]


def test_a_thousand_repositories_are_no_thousand_findings(add, found):
    for number in range(30):
        add(f"/opt/x/{number:02}/.git/HEAD")
    findings = found("SIZ701")
    assert len(findings) == 21
    assert findings[-1][1].endswith(" (and 9 more)")


@pytest.mark.parametrize("name", ["CMakeCache.txt", "config.status", ".ninja_log"])
def test_a_build_tree_is_told_by_what_configured_it(add, found, name):
    add(f"/opt/x/build/{name}")
    add("/opt/x/build.ninja")
    assert [path for path, _ in found("SIZ701")] == ["/opt/x/build"]


@pytest.mark.parametrize(("name", "head", "told"), [
    ("core", b"\x7fELF\2\1\1" + b"\0" * 9 + b"\4\0", True), ("core.1234", b"\x7fELF\2\2\1" + b"\0" * 9 + b"\0\4", True),
    ("vgcore.7", b"\x7fELF\1\1\1" + b"\0" * 9 + b"\4\0", True), ("core", b"\x7fELF\2\1\1" + b"\0" * 9 + b"\2\0", False),
    ("core", b"\x7fELF", False), ("core", b"", False), ("core", b"text", False),
    ("core.txt", b"\x7fELF\2\1\1" + b"\0" * 9 + b"\4\0", False)],
    ids=["little", "big", "valgrind", "program", "short", "empty", "text", "name"])
def test_a_dump_is_told_by_its_header(add, found, name, head, told):
    add(f"/opt/x/{name}", head)
    assert [path for path, _ in found("SIZ701")] == ([f"/opt/x/{name}"] if told else [])


def test_objects_that_a_real_compiler_makes_are_told(add, found, tmp_path):
    need("gcc")
    (tmp_path / "x.c").write_text("char big[1500000] = {1};\n")
    subprocess.run(["gcc", "-c", "-o", tmp_path / "x.o", tmp_path / "x.c"], check=True)
    add("/src/tool/x.o", (tmp_path / "x.o").read_bytes())
    assert [path for path, _ in found("SIZ701")] == ["/src/tool"]


@pytest.mark.parametrize("name", ["a\nb", os.fsdecode(b"\xff\xfe"), " "])
def test_a_hostile_name_is_told_like_any_other(add, found, name):
    add(f"/opt/{name}/.git/{name}")
    assert [path for path, _ in found("SIZ701")] == [f"/opt/{name}/.git"]


@given(st.lists(st.sampled_from(["var", "lib", "apt", "lists", "cache", ".git", ".cache", "pip", "root", "pkg", "mod", "a\nb",
    "pkgs",
                                 "spack", ".npm", "_cacache", "dnf"]), min_size=1, max_size=7))
def test_the_quick_look_never_hides_what_the_patterns_know(parts):
    path = "/" + "/".join(parts)
    matches = any(kind.pattern.fullmatch(path) for kind in KINDS)
    assert not matches or TRACE.search(path)
    assert (kind_of(path) is not None) == matches


@pytest.mark.parametrize(("name", "told"), [("core", True), ("core.12", True), ("core.", False), ("core.x", False),
    ("score", False)])
def test_names_of_dumps(name, told):
    assert may_be_core(name) == told


def test_an_object_file_is_told_by_its_ending():
    assert is_object("/x/a.o")
    assert not is_object("/x/a.oo")


# SIZ702

def test_an_image_within_the_limits_is_quiet(sized, found):
    sized("/opt/x/data", 4_999_999_999)
    assert found("SIZ702") == []


def test_what_is_biggest_is_named(sized, found, site):
    for name, size in (("a/one", 500), ("a/two", 300), ("b/three", 400), ("top", 10)):
        sized(f"/opt/{name}", size)
    assert found("SIZ702", site=replace(site, max_bytes=1000)) == [
        ("/", "the image has 1.2 kB, more than 1.0 kB; most is in /opt/a (800 B), /opt/b (400 B), /opt (10 B)")]
    assert found("SIZ702", site=replace(site, max_bytes=1210)) == []


def test_too_many_files_are_told_with_their_folders(add, found, site):
    for number in range(5):
        add(f"/opt/x/lib/python/site/{number}")
    assert found("SIZ702", site=replace(site, max_files=9)) == [
        ("/", "the image has 10 files and folders, more than 9; most are in /opt/x/lib (7), / (1), /opt (1)")]
    assert found("SIZ702", site=replace(site, max_files=10)) == []


def test_the_biggest_files_are_one_finding(sized, found, site):
    for size in range(1, 7):
        sized(f"/opt/{size}", size * 1000)
    assert found("SIZ702", site=replace(site, max_file_bytes=1000)) == [
        ("/opt/6", "bigger than 1.0 kB: /opt/6 (6.0 kB), /opt/5 (5.0 kB), /opt/4 (4.0 kB) and 2 more")]


def test_a_file_with_two_names_counts_once(sized, found, site, tmp_path):
    sized("/opt/a", 600)
    os.link(tmp_path / "image/opt/a", tmp_path / "image/opt/b")
    assert found("SIZ702", site=replace(site, max_bytes=1000)) == []
    assert len(found("SIZ702", site=replace(site, max_bytes=500, max_file_bytes=500))) == 2


def test_links_folders_and_fifos_have_no_size(add, found, site):
    for kind in ("link", "folder", "fifo"):
        add(f"/opt/{kind}", "x" * 200, kind=kind)
    assert found("SIZ702", site=replace(site, max_bytes=0, max_file_bytes=0)) == []


def test_a_sites_profile_may_set_the_limits(tmp_path):
    from dataclasses import asdict

    usual = sites.load("shifter")
    assert (usual.max_bytes, usual.max_files, usual.max_file_bytes) == (20_000_000_000, 500_000, 5_000_000_000)
    assert sites.from_plain({**asdict(usual), "max_files": 7}).max_files == 7
