"""Faults of profiles, each with its place and what to do."""

from __future__ import annotations

import json
import re
import time
from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certify import site as sites
from certify.site_import import validate
from certify.site_import.safety import unsafe


def judged(values):
    return validate.text(json.dumps(values, indent=2).encode(), "site.json")


def at(values, route):
    for part in route[:-1]:
        values = values[part]
    return values, route[-1]


FAULTS = [
    (("site_mount",), [], "unknown key 'site_mount'", "did you mean 'site_mounts'?"),
    (("zzz",), 1, "unknown key 'zzz'", "certify site show prints"),
    (("modules", "gpu", "environment_preprend"), {}, "unknown key", "did you mean 'environment_prepend'?"),
    (("modules", "gpu", "qqqqq"), {}, "unknown key", "known here: copy_path"),
    (("name",), "My Site", "'name' is not valid: 'My Site'", "expected lower-case letters"),
    (("runtime_owned",), "/proc", "'runtime_owned' must be a list, not text", None),
    (("site_mounts", 1), 5, "'site_mounts[1]' must be text, not a whole number", "an absolute path"),
    (("site_mounts", 1), "home", "'site_mounts[1]' is not valid: 'home'", "expected an absolute path"),
    (("site_mounts", 1), "/home/", "not in its plain form", "write /home"),
    (("site_mounts", 1), "/a/../b", "not in its plain form", "write /b"),
    (("site_mounts", 1), "//a/./b", "not in its plain form", "write /a/b"),
    (("site_mounts", 1), "/", "would hide all", None),
    (("site_mounts", 1), "/global", "/global is in 'site_mounts[0]' already", "take one of the two out"),
    (("site_mounts", 1), "/proc", "/proc is in 'runtime_owned[0]' already", "take one of the two out"),
    (("modules", "gpu", "mounts", "/x/"), "/a", "not in its plain form", "write /x"),
    (("modules", "gpu", "mounts", "/x"), "a", "is not valid: 'a'", "expected an absolute path"),
    (("etc_file_limit",), -1, "'etc_file_limit' is too small", None),
    (("etc_file_limit",), 1.5, "must be a whole number, not a number", None),
    (("validity_days",), 0, "'validity_days' is too small", None),
    (("max_bytes",), 0, "'max_bytes' is too small", None),
    (("environment", "1X"), "a", "'1X' is not a name here", "a variable"),
    (("environment", "X"), "a\nb", "'environment.X' is not valid", "text of one line"),
    (("environment", "X"), 1, "must be text, not a whole number", None),
    (("environment_unset", 0), "A=1", "is not valid: 'A=1'", "a variable"),
    (("mount_flags", "/global"), ["rex"], "must be one of ro, rec, slave, private, not 'rex'", "did you mean 'rec'?"),
    (("mount_flags", "/global"), ["ro", "ro"], "holds an item twice", None),
    (("mount_flags", "/none"), ["ro"], "/none is not in site_mounts", "add it there"),
    (("mount_sources", "/none"), "/x", "/none is not in site_mounts", "add it there"),
    (("modules", "gpu", "mount_flags", "/none"), ["ro"], "/none is not in mounts", "add it there"),
    (("default_modules", 0), "mpihc", "there is no module 'mpihc'", "did you mean 'mpich'?"),
    (("default_modules", 1), "openmpi", "openmpi and mpich are in conflict", "take one of the two out"),
    (("modules", "a_b"), {}, "'a_b' is not a name here", "letters"),
    (("proxy",), "ftp://x", "'proxy' is not valid: 'ftp://x'", "expected an http"),
    (("proxy",), 5, "'proxy' cannot be a whole number", None),
    (("mirrors", "debian"), "x", "'mirrors.debian' is not valid: 'x'", "expected an http"),
    (("first_level_names",), "[a", "no regular expression", "Shifter keeps"),
    (("first_level_names",), "(a+)+", "a group is repeated", "Shifter keeps"),
    (("first_level_names",), "[A-Z]+", "bin, etc, usr, lib64 would be missing", "Shifter keeps"),
    (("host_libraries", "mpich", "replaces"), [], "'host_libraries.mpich.replaces': it names no library", "add-library"),
    (("host_libraries", "mpich"), 5, "host_libraries.mpich", None),
    (("host_libraries", "cuda", "runtimes"), {}, "nothing says how shifter", None),
    (("root",), "writeable", "'root' must be one of rebuilt, shown, completed, writable", "did you mean 'writable'?"),
    (("owner",), "me", "'owner' must be one of root, caller, not 'me'", None),
    (("user",), 0, "'user' must be one of caller, root", None),
    (("accounts",), "all", "must be one of caller, few, added", None),
    (("start",), "there", "must be one of here, top, image", "did you mean 'here'?"),
    (("entrypoint",), "yes", "'entrypoint' must be true or false, not text", "whether the image's entrypoint"),
    (("capabilities",), ["CHOWN"], "'capabilities[0]' is not valid: 'CHOWN'", "CAP_CHOWN"),
    (("capabilities",), ["CAP_CHOWN"], "only root in a user namespace has capabilities", "take them out"),
    (("environment_dropped",), ["A B"], "'environment_dropped[0]' is not valid: 'A B'", "'*' and '?'"),
    (("tmp_variable",), "1X", "'tmp_variable' is not valid: '1X'", "a variable"),
    (("path_completed",), ["bin"], "'path_completed[0]' is not valid: 'bin'", "an absolute path"),
]


@pytest.mark.parametrize(("route", "value", "message", "help"), FAULTS, ids=range(len(FAULTS)))
def test_faults(plain, route, value, message, help):  # noqa: A002
    holder, key = at(plain, route)
    holder[key] = value
    found = judged(plain)
    assert [str(one.weight) for one in found] == ["error"], found
    assert message in found[0].message
    assert help is None or help in (found[0].help or "")
    line = json.dumps(plain, indent=2).splitlines()[found[0].line - 1]
    last = route[-1] if isinstance(route[-1], str) and not message.startswith("must be one of") else value
    assert found[0].line > 1
    items = [str(one) for one in (last if isinstance(last, list) else [last, *value] if isinstance(value, list) else [last])]
    assert any(item in line for item in items) or "host_libraries" in route


WARNINGS = [
    (("site_mounts", 1), "/usr", "would hide all that images have in /usr"),
    (("site_mounts", 1), "/global/more", "/global/more lies below /global"),
    (("replaced_files", 0), "/global/file", "/global/file lies below /global"),
    (("runtime",), "sarus", "the runtime 'sarus' is not known here"),
    (("user",), "root", "owns what the caller owns"),
    (("etc_file_limit",), 0, "every file of /etc would be missing"),
    (("certificates",), "/no/such/file.pem", "/no/such/file.pem is not on this machine"),
    (("certificates",), "file.pem", "depends on where certify is called"),
    (("certificates",), "/etc", "/etc is not on this machine"),
    (("layouts", "x"), "/no/such/layout", "is not on this machine"),
    (("trees", "x"), "/no/\ud83d\ude00/" + "x" * 5000, "is not on this machine"),
    (("environment_unset", 0), "SHIFTER_RUNTIME", "SHIFTER_RUNTIME is in 'environment' as well"),
    (("modules", "gpu", "environment_unset"), ["PATH"], "PATH is in 'modules.gpu.environment_prepend' as well"),
]


@pytest.mark.parametrize(("route", "value", "message"), WARNINGS, ids=range(len(WARNINGS)))
def test_warnings(plain, route, value, message):
    if route == ("runtime",):
        plain["host_libraries"] = {}
    holder, key = at(plain, route)
    holder[key] = value
    found = judged(plain)
    assert [str(one.weight) for one in found] == ["warning"], found
    assert message in found[0].message


def test_certificates_that_are_here_are_no_matter(plain, tmp_path):
    (tmp_path / "ca.pem").write_text("x")
    plain["certificates"] = str(tmp_path / "ca.pem")
    assert judged(plain) == []


def test_every_fault_is_told_at_once_in_the_order_of_the_file(plain):
    del plain["summary"]
    plain.update(name="A", site_mounts=["x", "/y"], validity_days="1")
    assert [one.message.split(" ")[0] for one in judged(plain)] == ["the", "'name'", "'site_mounts[0]'", "'validity_days'"]


@pytest.mark.parametrize(("text", "place", "message"), [
    (b"", (1, 1), "not valid JSON"), (b"{\n  'a': 1}", (2, 3), "not valid JSON"), (b'{"a": 1, "a": 2}', (1, 1), "twice"),
    (b"\xff", (1, 1), "not valid JSON"), (b"[" * 100, (1, 1), "deeper"), (b'{"a": NaN}', (1, 1), "NaN"),
    (b"5", (1, 1), "must be an object"),
    (b"null", (1, 1), "must be an object"), (b"[]", (1, 1), "must be an object"),
    (b'{"name": "\\ud800"}', (1, 1), "not valid JSON"),
], ids=["empty", "quotes", "twice", "utf8", "deep", "nan", "number", "null", "list", "surrogate"])
def test_what_is_no_profile_at_all(text, place, message):
    found = validate.text(text, "f")
    assert len(found) == 1
    assert ((found[0].line, found[0].column), str(found[0].weight)) == (place, "error")
    assert message in found[0].message


PLAIN = json.loads(json.dumps(asdict(sites.load("cray-example"))))
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
JSONS = st.recursive(st.none() | st.booleans() | NUMBERS | st.text(max_size=5),
                     lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
                     max_leaves=6)


@settings(deadline=None)        # the first one waits for jsonschema
@given(st.sampled_from(sorted(PLAIN)), JSONS)
def test_no_value_makes_it_crash_and_what_passes_can_be_read(key, value):
    values = {**PLAIN, key: value}
    found = judged(values)
    if not [one for one in found if one.weight == "error"]:
        site = sites.from_plain(values)
        assert site.libraries is not None


# --- expressions --------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("expression", ["[A-Za-z0-9_:.+-]+", "[\\s\\S]+", "(?s).+", "a", "[^/]{1,255}", "\\w+\\.?\\w*",
                                        "(?:lib|bin)", "[]a]+",
                                        "[^]]+", "a{2}{", "x{,3}", "a+?", "[*+]+[(]?"])
def test_expressions_that_are_fine(expression):
    assert unsafe(expression) is None


@pytest.mark.parametrize("expression", ["(a+)+", "(a*)*b", "(a|a)*", "(?:a|b)+", "((a+))*", "(a+){2,}", "(?:x?)*", "(a)\\1",
                                        "(?P<n>a)(?P=n)", "(?=a)",
                                        "(?<!a)b", "a*a*a*b", "a?a?a?a?a?a?a?b", "[", "(", "a**", "(?>a)", "((a|b)c)+", "[[a]",
                                        "(?i:a+)+", "a{99999999999}"])
def test_expressions_that_are_refused(expression):
    assert unsafe(expression)


@given(st.text(st.sampled_from("ab+*?|()[]{},2\\.^-"), max_size=12), st.sampled_from("ab"))
def test_what_is_let_through_answers_at_once(expression, letter):
    if unsafe(expression) is None:
        started = time.perf_counter()
        re.fullmatch(expression, letter * 255 + "\n")
        assert time.perf_counter() - started < 0.2


# --- the command --------------------------------------------------------------------------------------------------------

def test_the_command(certify, tmp_path, plain):
    (tmp_path / "good.json").write_text(json.dumps(plain))
    plain["name\x1b"] = plain.pop("banned_libraries")
    plain["certificates"] = "/no/such"
    (tmp_path / "bad.json").write_text(json.dumps(plain, indent=1))
    assert certify("validate", "good.json").stdout == "no faults\n"
    lines = certify("validate", "good.json", "bad.json", check=1).stdout.splitlines()
    assert re.fullmatch(r"bad\.json:\d+:2: error: unknown key 'name\\x1b'", lines[0])
    assert lines[-1] == "1 error, 0 warnings"
    told = json.loads(certify("validate", "bad.json", "--format", "json", check=1).stdout)
    assert [(one["file"], one["severity"], one["message"]) for one in told["results"]] == [("bad.json", "error",
                                                                                            "unknown key 'name\x1b'")]
    assert "No such file" in certify("validate", "none.json", check=3).stderr


def test_warnings_alone_are_no_failure(certify, tmp_path, plain):
    plain["certificates"] = "/no/such"
    (tmp_path / "site.json").write_text(json.dumps(plain))
    assert certify("validate", "site.json").stdout.endswith("0 errors, 1 warning\n")
