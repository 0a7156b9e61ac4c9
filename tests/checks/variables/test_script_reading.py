"""How the scripts of an image are read: once, in time, and whatever is in them."""

from __future__ import annotations

import gc
import os
import time
import weakref

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certify.checks import env112_env_in_rc_only, registry, scripts
from certify.checks.folders import Role, folder_of, role_of
from certify.checks.scripts import texts_of
from certify.checks.tree import ImageTree
from tests.checks.variables.conftest import SHEBANGS, WRAPPERS


def test_an_image_is_read_once_and_let_go(add, tree):
    add("/opt/x/bin/x", SHEBANGS["sh"] + "x\n", mode=0o755)
    image = tree()
    assert texts_of(image) is texts_of(image)
    seen = weakref.ref(image)
    del image
    gc.collect()
    assert seen() is None


def test_only_what_its_place_promises_is_opened(add, tree, monkeypatch):
    for path, mode in (("/opt/x/lib/libx.so", 0o755), ("/opt/x/share/data.json", 0o644), ("/opt/x/lib/python3/mod.py", 0o755)):
        add(path, "x", mode=mode)
    add("/opt/x/bin/x", SHEBANGS["sh"], mode=0o755)
    opened = []
    monkeypatch.setattr(ImageTree, "head", lambda self, path, size: opened.append(path) or b"")
    assert texts_of(tree()).all == ()
    assert opened == ["/opt/x/bin/x"]


def test_too_much_text_is_counted_and_an_error(add, found, monkeypatch):
    monkeypatch.setattr(scripts, "MAX_READ", 1000)
    for number in range(3):
        add(f"/opt/x/bin/{number}", SHEBANGS["sh"] + "x" * 500, mode=0o755)
    assert found("ENV106") == [("/", "2 scripts or links were not read: there are too many, or they are too big")]


def test_too_many_links_are_counted(add, found, monkeypatch):
    monkeypatch.setattr(scripts, "MAX_LINKS", 2)
    for number in range(5):
        add(f"/opt/x/bin/{number}", f"{number}", kind="link")
    assert found("ENV106") == [("/", "3 scripts or links were not read: there are too many, or they are too big")]


@pytest.mark.parametrize("code", ["ENV105", "ENV110", "ENV112"])
def test_a_thousand_startup_files_are_no_thousand_findings(add, found, code):
    for number in range(30):
        add(f"/etc/profile.d/{number:02}.sh", "export LD_LIBRARY_PATH=/x LD_PRELOAD=x MINE=1\n")
    findings = found(code)
    assert len(findings) == 21
    assert findings[-1][1].endswith(" (and 9 more)")


@pytest.mark.parametrize(("kind", "text"), [one for one in WRAPPERS if "${v}" not in one[1] and one[0] in ("sh", "bash")])
def test_beyond_what_is_parsed_a_plain_look_still_finds(add, found, monkeypatch, kind, text):
    monkeypatch.setattr(scripts, "MAX_PARSED", 0)
    add("/opt/x/bin/x", SHEBANGS[kind] + text, mode=0o755)
    assert len(found("ENV106")) == 1


@pytest.mark.parametrize(("text", "told"), [
    ("#!/bin/sh\n# LD_LIBRARY_PATH=/x\n", 0), ("#!/usr/bin/python3\nos.environ['LD_LIBRARY_PATH'] = x\n", 1),
    ("#!/usr/bin/python3\nos.environ['LD_LIBRARY_PATH'] == x\n", 0)])
def test_beyond_what_is_parsed_remarks_and_other_languages_are_read_as_ever(add, found, monkeypatch, text, told):
    monkeypatch.setattr(scripts, "MAX_PARSED", 0)
    add("/opt/x/bin/first", "#!/bin/sh\nLD_LIBRARY_PATH= y\n", mode=0o755)
    add("/opt/x/bin/x", text, mode=0o755)
    assert len(found("ENV106")) == told


@pytest.mark.parametrize(("path", "data"), [
    ("/opt/modulefiles/x/1.0", b"prepend-path LD_LIBRARY_PATH /x\n"), ("/opt/x/x", b"\x7fELF\nexport LD_LIBRARY_PATH=/x\n"),
    ("/opt/x/x.sh", b"export LD_LIBRARY_PATH=/x\n\0"), ("/opt/x/bin/x", b"export LD_LIBRARY_PATH=/x\n")])
def test_a_file_that_is_not_what_its_place_promises_is_no_text(add, tree, path, data):
    add(path, data, mode=0o755)
    assert texts_of(tree()).all == ()


@pytest.mark.parametrize("filling", [
    "exec ", "LD_LIBRARY_PATH ", "LD_LIBRARY_PATH\t=", "dict(", "LD_", "$(", "((", "\n<<E", "export ", "'", "os.environ[", "\\",
    "a|", "if "])
@pytest.mark.parametrize("path", ["/opt/x/bin/x", "/etc/profile", "/opt/modulefiles/x", "/etc/environment"])
def test_a_text_made_to_hurt_is_read_in_time(add, tree, site, path, filling):
    head = {"/opt/x/bin/x": "#!/bin/sh\n#LD_LIBRARY_PATH\n", "/opt/modulefiles/x": "#%Module\n#LD_LIBRARY_PATH\n"}
    add(path, head.get(path, "#LD_LIBRARY_PATH\n") + filling * (200_000 // len(filling)), mode=0o755)
    image, begin = tree(), time.process_time()
    for module in registry.CHECKS:
        if module.CODE.startswith("ENV"):
            list(module.check(image, site))
    assert time.process_time() - begin < 3


@pytest.mark.parametrize("kind", ["fifo", "link", "folder"])
def test_a_program_that_is_no_file_never_hangs(add, found, kind):
    add("/opt/x/bin/x", "x", kind=kind, mode=0o755)
    add("/etc/ld.so.preload", "ld.so.preload", kind=kind)
    add("/opt/modulefiles/x", "/dev/zero", kind=kind)
    assert [one for code in ("ENV106", "ENV107", "ENV110") for one in found(code)] == []


NAMES = st.binary(min_size=1, max_size=20).filter(lambda name: not {b"/", b"\0"} & {name[n:n + 1] for n in range(len(name))})
STARTS = {"/etc/profile.d/x.sh": b"", "/opt/x/bin/x": b"#!/bin/sh\n", "/opt/modulefiles/x": b"#%Module\n",
          "/etc/security/pam_env.conf": b"", "/opt/conda/conda-meta/state": b""}


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(NAMES.map(os.fsdecode), st.booleans())
def test_every_executable_script_in_a_bin_folder_is_a_program(name, executable):
    role = role_of(folder_of("/opt/x/bin"), name, executable=executable)
    assert (role is Role.PROGRAM) == executable


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.sampled_from(sorted(STARTS)))
def test_no_bytes_break_the_reading(tree, site, tmp_path, data, path):
    place = tmp_path / "image" / path.lstrip("/")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(STARTS[path] + data + b"\nLD_LIBRARY_PATH")
    place.chmod(0o755)
    for one in registry.run(tree(), site):
        assert one.message


def test_the_rule_and_the_check_of_a_code_have_one_name():
    from certify.rules.registry import pages

    rules = pages()
    shared = [module for module in registry.CHECKS if module.CODE in rules]
    assert {env112_env_in_rc_only}.issubset(shared)
    assert [(module.CODE, module.NAME) for module in shared] == [(module.CODE, rules[module.CODE].NAME) for module in shared]
