"""Every check on small real trees, good ones and bad ones."""

from __future__ import annotations

import inspect
import os
from pathlib import Path

import pytest

from certify.checks import registry
from certify.finding import Severity

HOSTILE = ["a\nb", os.fsdecode(b"\xff\xfe"), " ", "-rf", "\x1b[31m"]


def paths(findings):
    return [path for path, _ in findings]


def test_an_ordinary_image_has_no_findings(add, found):
    add("/opt/tool/bin/tool", mode=0o755)
    add("/opt/tool/data")
    add("/etc/profile", "PATH=/usr/bin\nexport PATH\n")
    for folder in ("/home", "/scratch", "/tmp", "/var/spool/mqueue", "/root"):
        add(folder, kind="folder")
    add("/root", kind="folder", mode=0o700)
    add("/var/run", "/run", kind="link")
    assert found(PATH="/opt/tool/bin", LD_LIBRARY_PATH="") == []


@pytest.mark.parametrize("module", registry.CHECKS, ids=lambda module: module.CODE)
def test_a_check_is_named_as_its_file_and_documented(module):
    assert module.__name__.rpartition(".")[2].partition("_")[0] == module.CODE.lower()
    assert inspect.getdoc(module).splitlines()[0].endswith(".")
    assert isinstance(module.SEVERITY, Severity)
    assert module.HELP


def test_every_file_of_a_check_is_registered_once():
    files = {path.stem for path in Path(registry.__file__).parent.glob("[a-z][a-z][a-z][0-9][0-9][0-9]_*.py")}
    named = [module.__name__.rpartition(".")[2] for module in registry.CHECKS]
    assert sorted(named) == sorted(files)
    assert len({module.CODE for module in registry.CHECKS}) == len(named)


def test_a_finding_carries_what_its_check_says(tree, site):
    finding, = registry.run(tree(LD_LIBRARY_PATH="/opt/lib"), site)
    assert (finding.code, finding.name, finding.severity) == ("ENV101", "ldpath-env", Severity.ERROR)
    assert finding.message == "the image sets LD_LIBRARY_PATH=/opt/lib"
    assert finding.path == "/.certify/image.json"
    assert "ld.so.conf.d" in finding.help


@pytest.mark.parametrize("path", [
    "/etc/profile", "/etc/profile.d/tool.sh", "/etc/bash.bashrc", "/etc/bashrc", "/etc/zshenv", "/etc/zsh/zshrc",
    "/etc/skel/.bashrc", "/root/.profile", "/root/.bash_profile", "/opt/conda/etc/conda/activate.d/env.sh",
    *(f"/etc/profile.d/{name}.sh" for name in HOSTILE)])
@pytest.mark.parametrize("text", [
    "export LD_LIBRARY_PATH=/opt/lib\n", "\nif true; then\n  LD_LIBRARY_PATH=/x:$LD_LIBRARY_PATH\nfi\n"])
def test_ldpath_in_a_file_that_shells_read_is_found(add, found, path, text):
    add(path, text)
    line = text[:text.index("LD_LIBRARY_PATH=")].count("\n") + 1
    assert found("ENV105") == [(path, f"{path} sets LD_LIBRARY_PATH in line {line}")]


@pytest.mark.parametrize(("path", "text", "line"), [
    ("/etc/csh.cshrc", "setenv LD_LIBRARY_PATH /opt/lib\n", 1),
    ("/etc/profile.d/tool.csh", "#\nif ($?X) setenv LD_LIBRARY_PATH \"/x:${LD_LIBRARY_PATH}\"\n", 2),
    ("/root/.tcshrc", "\tsetenv\tLD_LIBRARY_PATH '/x'\n", 1),
    ("/etc/environment", "A=1\nLD_LIBRARY_PATH=/opt/lib\n", 2),
    ("/etc/environment", 'LD_LIBRARY_PATH="/opt/lib"\n', 1),
    ("/etc/environment", "export LD_LIBRARY_PATH = /opt/lib\n", 1),
    ("/etc/security/pam_env.conf", "# x\n\nLD_LIBRARY_PATH DEFAULT=/opt/lib\n", 3),
])
def test_ldpath_in_other_startup_files_is_found_in_its_line(add, found, path, text, line):
    add(path, text)
    assert found("ENV105") == [(path, f"{path} sets LD_LIBRARY_PATH in line {line}")]


@pytest.mark.parametrize(("path", "text"), [
    ("/etc/profile", "unset LD_LIBRARY_PATH\n"), ("/etc/profile", "# export LD_LIBRARY_PATH=/opt/lib\n"),
    ("/etc/profile", "LD_LIBRARY_PATH=\n"), ("/etc/profile", "echo LD_LIBRARY_PATH=/x\n"),
    ("/etc/profile.d/README", "LD_LIBRARY_PATH=/x\n"), ("/opt/tool/env.sh", "LD_LIBRARY_PATH=/x\n"),
    ("/etc/csh.cshrc", "unsetenv LD_LIBRARY_PATH\n"), ("/etc/csh.cshrc", "# setenv LD_LIBRARY_PATH /x\n"),
    ("/etc/csh.cshrc", 'setenv LD_LIBRARY_PATH ""\n'), ("/etc/csh.cshrc", "setenv LD_LIBRARY_PATH # nothing\n"),
    ("/etc/csh.cshrc", "setenv LD_LIBRARY_PATH\nsetenv PATH /bin\n"),
    ("/etc/environment", "# LD_LIBRARY_PATH=/x\n"), ("/etc/environment", "MY_LD_LIBRARY_PATH=/x\n"),
    ("/etc/environment", 'LD_LIBRARY_PATH=""\n'), ("/etc/environment", "LD_LIBRARY_PATH=\nPATH=/bin\n"),
])
def test_what_does_not_set_it_is_quiet(add, found, path, text):
    add(path, text)
    assert found("ENV105") == []


@pytest.mark.parametrize("path", ["/etc/environment", "/etc/csh.cshrc", "/etc/profile"])
@pytest.mark.parametrize("filling", ["\n", " ", "\t\n", "setenv ", "LD_LIBRARY_PATH "])
def test_a_hostile_startup_file_is_read_at_once(add, found, path, filling):
    add(path, "#LD_LIBRARY_PATH" + filling * (100_000 // len(filling)))
    assert found("ENV105") == []


@pytest.mark.parametrize("kind", ["fifo", "folder"])
def test_a_startup_file_that_is_no_file_is_passed_over(add, found, kind):
    add("/opt/evil", "LD_LIBRARY_PATH=/x\n")
    add("/etc/profile", "/opt/evil", kind=kind)
    assert found("ENV105") == []


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_found_like_any_other(add, found, name):
    bad = {"PRM301": add(f"/opt/f/{name}", mode=0o600), "PRM304": add(f"/opt/s/{name}", mode=0o4755),
           "PTH202": add(f"/home/{name}"), "PTH206": add(f"/opt/n/..{name}")}
    add(f"/opt/d/{name}/x")
    bad["PRM302"] = add(f"/opt/d/{name}", kind="folder", mode=0o700)
    assert {code: paths(found(code)) for code in bad} == {code: [path] for code, path in bad.items()}


def test_a_finding_on_a_hostile_name_can_be_told_as_json(add, tree, site):
    import json

    add(f"/opt/tool/{os.fsdecode(bytes([0xff]))}", mode=0o600)
    finding, = registry.run(tree(), site)
    assert json.loads(json.dumps(finding.as_json())) == finding.as_json()


def test_a_file_is_read_up_to_a_mebibyte(add, tree):
    add("/big", b"x" * (1 << 20) + b"rest")
    add("/latin", b"a\xffb")
    assert tree().text("/big") == "x" * (1 << 20)
    assert tree().text("/latin") == "a\ufffdb"


@pytest.mark.parametrize(("path", "kind"), [("/fifo", "fifo"), ("/link", "link"), ("/folder", "folder")])
def test_what_is_no_file_has_no_text_and_never_hangs(add, tree, path, kind):
    add(path, "/etc/passwd", kind=kind)
    assert tree().text(path) is None
    assert tree().text("/missing") is None


def test_a_fifo_that_takes_a_files_place_later_does_not_hang(add, tree, tmp_path):
    add("/file")
    looked_at = tree()
    assert "/file" in looked_at.entries
    (tmp_path / "image/file").unlink()
    os.mkfifo(tmp_path / "image/file")
    assert looked_at.text("/file") == ""


@pytest.mark.parametrize(("listed", "path", "owner"), [
    ("/bin/su", "/usr/bin/su", "login"), ("/usr/bin/su", "/usr/bin/su", "login"), ("/lib64/ld.so", "/usr/lib64/ld.so", "login"),
    ("/binary", "/binary", "login"), ("/bin/su", "/opt/bin/su", None), ("/opt", "/opt", "login"),
    ("/optional/x", "/optional/x", "login"), ("/usr/localized/x", "/usr/localized/x", "login"),
    ("/usr/local", "/usr/local", "login")])
def test_the_owner_of_a_path_is_its_package(add, package, tree, listed, path, owner):
    add(path)
    package("login:amd64", listed)
    assert tree().owner(path) == owner


@pytest.mark.parametrize("path", ["/opt/bin/su", "/opt/x/y/z", "/usr/local/bin/su", "/home/user/su", "/srv/su"])
def test_no_package_owns_what_lies_in_the_folders_of_others(add, package, tree, path):
    add(path)
    add("/usr/bin/login")
    package("login:amd64", path, "/usr/bin/login")
    assert tree().owner("/usr/bin/login") == "login"
    assert tree().owner(path) is None


def test_a_package_list_that_is_a_fifo_or_a_link_is_passed_over(add, tree, tmp_path):
    (tmp_path / "outside").write_text("/opt/x\n")
    add("/var/lib/dpkg/info/a.list", kind="fifo")
    add("/var/lib/dpkg/info/b.list", str(tmp_path / "outside"), kind="link")
    assert tree().owner("/opt/x") is None
