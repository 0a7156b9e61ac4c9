"""A Shifter configuration becomes a profile: what is taken, and what is named as left."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from builder.errors import Error, Fault
from certify import site as sites
from certify.site_import import conf, mounts, profile
from tests.site.conftest import imported

EXAMPLE = Path(sites.__file__).parent / "sites/cray-example.conf"


HINT = ("the module mpich brings libraries; where they are, have them described in the profile's FILE: "
        "certify site add-library mpich DIR --site FILE --write")


def told(made):
    return [(one.line, one.key, one.value) for one in made.left]


def whys(made):
    return " | ".join(one.why for one in made.left)


# --- the format ---------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("text", "settings"), [
    ("a=1\nb = 2 \n\tc\t=\t3=4\n", [(1, "a", "1"), (2, "b", "2"), (3, "c", "3=4")]),
    ("#a=1\na=2 # no comment\n # b=3\n", [(2, "a", "2 # no comment"), (3, "# b", "3")]),
    ("a=1 \\\n  2\\\n\t3\nb=4", [(1, "a", "1 2 3"), (4, "b", "4")]),
    ("a=1\\\n# between\n2\n", [(1, "a", "1 2")]),
    ("a=1\\\n\nb=2\n", [(1, "a", "1"), (3, "b", "2")]),
    ("a=1\\  \n2\n", [(1, "a", "1 2")]),
    ("a=1\\\nb=2\n", [(1, "a", "1 b=2")]),
    ("a=\r\nb=2\r\n", [(1, "a", ""), (2, "b", "2")]),
    ("a=1\\\r\n2\r\n", [(1, "a", "1 2")]),
    ("a=1\na=2\n", [(1, "a", "1"), (2, "a", "2")]),
], ids=["trimmed", "comments", "goes-on", "comment-between", "empty-line-ends", "spaces-after", "takes-a-key", "crlf",
        "crlf-goes-on", "twice"])
def test_lines_are_read_as_the_runtime_reads_them(text, settings):
    assert [(one.line, one.key, one.value) for one in conf.parse(text.encode(), "f")[0]] == settings


def test_lines_that_are_none_are_named():
    found, left = conf.parse(b"siteFs=/a\nno line\n\n   \nsiteEnv=A=1 \\\n", "f")
    assert [one.key for one in found] == ["siteFs"]
    assert [(one.line, one.key, one.value) for one in left] == [(2, "", "no line"), (5, "siteEnv", "A=1")]
    assert str(left[1]) == "f:5: siteEnv=A=1: the file ends in a value that goes on, which the runtime never takes"


@pytest.mark.parametrize(("data", "said"), [
    (b"", "no line of it is key=value"), (b"#!/bin/sh\necho hello\n", "no line"), (b"\x7fELF\0\0=", "f:1: a NUL byte"),
    (b"a=1\n" * 300_000, "larger than 1 MiB"), (b"<a href='x'>\n", "no line"),
], ids=["empty", "script", "binary", "large", "page"])
def test_what_is_no_configuration_is_refused(data, said):
    with pytest.raises(Fault, match=said):
        conf.parse(data, "f")


def test_a_file_that_cannot_be_read(tmp_path):
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(Error, match=str(path)):
            profile.read(path)


# --- file systems -------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("entry", "expected"), [
    ("/home", ("/home", "/home", ())), ("/srv:/opt/app", ("/srv", "/opt/app", ())),
    ("/a:/b:rec:slave", ("/a", "/b", ("rec", "slave"))),
    ("/a:/b:RO", ("/a", "/b", ("ro",))), ('"/a:/b"', ("/a", "/b", ())), ("/a//x/:/b/", ("/a/x", "/b", ())),
    ("/a:", ("/a", "/a", ())),
    ("/a:/b:perNodeCache=size=1G,bs=4k", ("/a", "/b", ())), ("/a:/b:private", ("/a", "/b", ("private",))),
], ids=range(9))
def test_mounts(entry, expected):
    found = mounts.parse(entry)
    assert (found.source, found.target, found.flags) == expected
    assert bool(found.notes) == ("perNodeCache" in entry)


@pytest.mark.parametrize("entry", ["home", "/a:b", "/a/../b", "/a..b", "/a:/etc", "/a:/opt", "/a:/var/", "/a:/etc/passwd",
                                   "/a::ro",
                                   "/a:/b:rw", "/a:/b:ro:ro", "/a:/b:slave:private", "/a:/b:ro=1", "/", ":", '"'])
def test_mounts_that_the_runtime_refuses(entry):
    with pytest.raises(Fault, match="the runtime"):
        mounts.parse(entry)


def test_site_file_systems():
    made = imported("siteFs=/global:/global:rec:slave;\\\n /pscratch;; /srv/x:/opt/app:ro;\nsiteFs=/home\n")
    assert made.site.site_mounts == ("/global", "/pscratch", "/opt/app", "/home")
    assert made.site.mount_sources == {"/opt/app": "/srv/x"}
    assert made.site.mount_flags == {"/global": ["rec", "slave"], "/opt/app": ["ro"]}
    assert made.left == ()


def test_paths_between_spaces_count_each_and_are_named():
    made = imported("siteFs=/home /global: /g /s:/t;/u\n")
    assert made.site.site_mounts == ("/home", "/g", "/t", "/u")
    assert [value for _, _, value in told(made)] == ["/home", "/global: /g", "/global: /g", "/s:/t"]


def test_what_of_site_file_systems_is_no_mount_is_named_alone():
    made = imported("siteFs=/a;../b;/c:/etc;/d$x;/a\n")
    assert made.site.site_mounts == ("/a", "/dx")
    assert told(made) == [(1, "siteFs", "../b"), (1, "siteFs", "/c:/etc"), (1, "siteFs", "/d$x"), (1, "siteFs", "/a")]


def test_a_mount_stands_where_something_of_the_runtimes_stood():
    made = imported("siteFs=/var/run;/etc/hosts\n")
    assert "/var/run" not in made.site.runtime_owned
    assert "/etc/hosts" not in made.site.replaced_files
    assert made.site.owner_of("/var/spool") == "/var/spool"


def test_files_of_etc(tmp_path):
    for name in ("passwd", "slurm.conf", "bad name"):
        (tmp_path / name).write_text("x")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("passwd")
    (tmp_path / "dangling").symlink_to("none")
    os.mkfifo(tmp_path / "pipe")
    made = imported(f"etcPath={tmp_path}\n")
    usual = sites.load().replaced_files
    assert made.site.replaced_files == (*usual, "/etc/link", "/etc/slurm.conf")
    assert [Path(one.value).name for one in made.left] == ["bad name", "dangling", "folder", "pipe"]


@pytest.mark.parametrize("value", ["/no/such/folder", "relative", "", "/etc/passwd", "/x" * 5000])
def test_a_folder_of_etc_that_is_not_here_is_named(value):
    made = imported(f"etcPath={value}\n")
    assert told(made) == [(1, "etcPath", value)]
    assert made.site.replaced_files == sites.load().replaced_files


# --- the environment ----------------------------------------------------------------------------------------------------

def test_the_environment():
    made = imported("siteEnv=A=1 B=x=y\nsiteEnv=A=2\nsiteEnvAppend=PATH=/a PATH=/b\nsiteEnvAppend=PATH=/c\n"
                    "siteEnvPrepend=PATH=/1 PATH=/2\nsiteEnvUnset=X  Y X\n")
    assert made.site.environment == {"A": "2", "B": "x=y"}
    assert made.site.environment_append == {"PATH": "/a:/b:/c"}
    assert made.site.environment_prepend == {"PATH": "/2:/1"}      # the later one comes before the earlier one
    assert made.site.environment_unset == ("X", "Y")
    assert made.left == ()


@pytest.mark.parametrize(("line", "word"), [
    (b"siteEnv=FOO", "FOO"), (b"siteEnv==x", "=x"), (b"siteEnv=A=", "A="), (b'siteEnv=A="b c"', 'c"'),
    (b"siteEnvUnset=A=1", "A=1"),
    (b"siteEnv=1A=x", "1A=x"), (b"siteEnv=A=\xff", "A=\udcff"), (b"siteEnv=A=x\x1b[31m", "A=x\x1b[31m"),
    (b"siteEnvAppend=A-B=x", "A-B=x"),
], ids=range(9))
def test_words_that_set_nothing_are_named(line, word):
    made = imported(line + b"\nsiteFs=/a\n")
    assert told(made) == [(1, line.decode("utf-8", "replace").partition("=")[0], word)]
    json.dumps(asdict(made.site)).encode()


# --- modules ------------------------------------------------------------------------------------------------------------

def test_modules():
    made = imported("module_mpich_copyPath=/usr/lib/shifter/mpich/\nmodule_mpich_siteFs=/a:/b:rec;/c\n"
                    "module_mpich_siteEnv=M=1 N=2\nmodule_mpich_siteEnv=M=3\n"
                    "module_mpich_siteEnvPrepend=LD_LIBRARY_PATH=/opt/udiImage/modules/mpich/lib64\n"
                    "module_mpich_siteEnvUnset=X\nmodule_mpich_conflict=openmpi other\nmodule_mpich_enabled=1\n"
                    "defaultModules = mpich , mpich\n")
    assert made.site.modules == {"mpich": {
        "copy_path": "/usr/lib/shifter/mpich", "mounts": {"/b": "/a", "/c": "/c"}, "mount_flags": {"/b": ["rec"]},
        "environment": {"M": "3"}, "environment_prepend": {"LD_LIBRARY_PATH": "/opt/udiImage/modules/mpich/lib64"},
        "environment_unset": ["X"], "conflicts": ["openmpi", "other"]}}
    assert made.site.default_modules == ("mpich",)
    assert made.left == ()


def test_a_modules_library_that_is_known_has_the_modules_folder():
    made = imported("module_mpich_siteEnvPrepend=LD_LIBRARY_PATH=/opt/udiImage/modules/mpich/lib64:/x\n"
                    "module_gpu_siteEnvAppend=LD_LIBRARY_PATH=/g\nmodule_gpu_siteFs=/host's/g:/g\nmodule_x_siteEnv=A=1\n")
    way = made.site.libraries["mpich"].runtimes["shifter"]
    assert (way.folder, str(way.how)) == ("/opt/udiImage/modules/mpich/lib64", "prepend")
    assert list(made.site.libraries) == ["mpich"]
    assert sites.load().libraries["mpich"].runtimes["shifter"].folder == "/opt/udiImage/modules/mpich"
    assert [hint.partition("certify ")[2] for hint in made.hints] == [
        "site add-library mpich DIR --site FILE --write", "site add-library gpu /hosts/g --site FILE --write"]


@pytest.mark.parametrize(("line", "said"), [
    ("module_my_mpi_siteEnv=A=1", "holds no underscore"), ("module_x=1", "the runtime skips it"),
    ("module_x_sitefs=/a", "means nothing"),
    ("module_x_siteFs=a", "no absolute path"), ("module_x_copyPath=a", "no absolute path"),
    ("module_x_roothook=/bin/x", "runs as root"),
    ("module_x_userhook=/bin/x", "runs as the user"), ("module_x_siteEnv=A", "no '='"), ("module_x_enabled=no", "is off"),
    ("module_x y_siteEnv=A=1", "other characters"), ("module_x_siteEnv_more=A=1", "reads it as module_x_siteEnv"),
    ("module___siteEnv=1", "skips it"),
], ids=lambda value: value.partition("=")[0].replace(" ", "-"))
def test_what_of_modules_is_left_is_named(line, said):
    made = imported("siteFs=/a\n" + line + "\n")
    assert [one.line for one in made.left] == [2]
    assert said in made.left[0].why


@pytest.mark.parametrize(("text", "defaults", "said"), [
    ("module_a_siteEnv=A=1\ndefaultModules=a,b", ("a",), "no such module"),
    ("module_a_siteEnv=A=1\nmodule_a_enabled=0\ndefaultModules=a", (), "no such module"),
    ("module_a_conflict=b\nmodule_b_siteEnv=A=1\ndefaultModules=b,a", ("b",), "in conflict with b"),
    ("module_a_siteEnv=A=1\ndefaultModules=None", (), ""),
    ("module_a_siteEnv=A=1\ndefaultModules=a\ndefaultModules=", (), ""),
], ids=["unknown", "off", "conflict", "none", "later-empty"])
def test_default_modules(text, defaults, said):
    made = imported(text)
    assert made.site.default_modules == defaults
    assert said in whys(made)


# --- all else -----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("line", "matters", "said"), [
    ("sitefs=/x", True, "did you mean siteFs?"), ("sitePreMountHook=/x", True, "runs as root"),
    ("optUdiImage=/x", True, "/usr/bin/ssh"),
    ("cpPath=/bin/cp", False, "no image sees it"), ("imagePath=/images", False, "--store"),
    ("kmodCacheFile=/x", False, "any more"),
    ("mountPropagationStyle=slave", False, "no image"), ("mountPropagationStyle=shared", True, "refuses the whole file"),
    ("roothook=/x", True, "no such key"), ("=x", True, "no such key"), ("system=a\x1b", False, "a name instead"),
], ids=lambda value: str(value).replace("\x1b", "-esc"))
def test_other_keys_are_named_with_the_reason(line, matters, said):
    made = imported("siteFs=/a\n" + line + "\n")
    assert [(one.line, one.matters) for one in made.left] == [(2, matters)]
    assert said in made.left[0].why


@pytest.mark.parametrize(("line", "name", "expected"), [
    ("system=Perl mutter", None, "perl-mutter"), ("system=__", None, "imported"), ("siteEnv=A=1", None, "imported"),
    ("system=cori", "mine", "mine"), ("system=" + "a" * 300, None, "a" * 100),
], ids=["words", "nothing-left", "none", "given", "long"])
def test_the_name(line, name, expected):
    assert imported(line, name=name).site.name == expected


def test_every_key_of_the_runtimes_own_example_is_known():
    """The keys of udiRoot.conf.example and of the documentation, in Shifter's repository."""
    names = ("udiMount loopMount imagePath udiRootPath sitePreMountHook sitePostMountHook optUdiImage etcPath allowLocalChroot "
             "autoLoadKernelModule mountUdiRootWritable maxGroupCount modprobePath insmodPath cpPath mvPath chmodPath ddPath "
             "mkfsXfsPath rootfsType gatewayTimeout kmodBasePath kmodCacheFile siteFs siteEnv siteEnvAppend siteEnvPrepend "
             "siteEnvUnset imageGateway batchType system nodeContextPrefix defaultModules perNodeCachePath defaultImageType "
             "populateEtcDynamically allowLibcPwdCalls mountPropagationStyle optionalSshdAsRoot")
    made = imported("".join(f"{name}=\n" for name in names.split()))
    assert "knows no such key" not in whys(made)


def test_the_documented_example_is_the_profile_that_is_built_in():
    made = profile.read(EXAMPLE)
    example = sites.load("cray-example")
    assert replace(made.site, summary=example.summary, host_libraries=example.host_libraries) == example
    assert not [one for one in made.left if one.matters]
    assert set(example.host_libraries) == {"mpich", "cuda"}


# --- the command --------------------------------------------------------------------------------------------------------

def test_the_command_prints_the_profile_and_names_the_rest(certify, tmp_path):
    (tmp_path / "u.conf").write_text("system=hill\nsiteFs=/global\ncpPath=/bin/cp\nmvPath=/bin/mv\nsitefs=/x\x1b[31m\n")
    (tmp_path / "m.conf").write_text("module_mpich_siteEnvPrepend=LD_LIBRARY_PATH=/m/lib\n")
    done = certify("import", "u.conf", "--module-file", "m.conf")
    site = sites.from_plain(json.loads(done.stdout))
    assert (site.name, site.site_mounts, list(site.modules)) == ("hill", ("/global",), ["mpich"])
    assert done.stderr.splitlines() == [
        ("note: u.conf:5: sitefs=/x\\x1b[31m: the runtime knows no such key, and refuses the whole file for it; "
         "did you mean siteFs?"),
        "left out: u.conf: cpPath (3), mvPath (4): how the runtime itself works; no image sees it",
        f"next: {HINT}"]


def test_the_command_for_machines(certify, tmp_path):
    (tmp_path / "u.conf").write_bytes(b"siteFs=/global\nsiteEnv=A=\xff\n")
    done = certify("import", "u.conf", "--format", "json", "--name", "mine")
    told = json.loads(done.stdout)
    assert (told["version"], told["results"][0]["profile"]["name"], done.stderr) == (1, "mine", "")
    assert told["results"][0]["left"] == [{"file": "u.conf", "line": 2, "key": "siteEnv", "value": "A=\udcff", "matters": True,
                                           "why": "its value holds characters that cannot be shown"}]


def test_a_file_is_written_once_and_is_a_profile(certify, tmp_path):
    (tmp_path / "u.conf").write_text("siteFs=/global\n")
    assert certify("import", "u.conf", "--write", "site.json").stdout == ""
    assert sites.load(str(tmp_path / "site.json")).site_mounts == ("/global",)
    assert certify("validate", "site.json").stdout == "no faults\n"
    assert "there already" in certify("import", "u.conf", "--write", "site.json", check=2).stderr
    assert "may you write there" in certify("import", "u.conf", "--write", "none/site.json", check=3).stderr


@pytest.mark.parametrize(("words", "code", "said"), [
    (("none.conf",), 3, "No such file"), (("empty.conf",), 1, "no line of it"),
    (("empty.conf", "--name", "A b"), 2, "no name of a profile"),
], ids=["missing", "empty", "name"])
def test_faults_of_the_command(certify, tmp_path, words, code, said):
    (tmp_path / "empty.conf").write_text("\n")
    assert said in certify("import", *words, check=code).stderr
