"""What counts as setting a variable in a file, and what a program may write: values, not descriptions and searches."""

from __future__ import annotations

import pytest

from certify.shell.kinds import kind_of
from certify.shell.programs import said
from certify.shell.settings import settings


@pytest.mark.parametrize(("kind", "text"), [
    ("markup", '{"A": "", "B": "1"}'), ("markup", "A: ''  # none"), ("csh", "setenv A ''; setenv B 1"), ("config", 'X="A=" "B=1"'),
    ("config", "ExecStart=/usr/bin/env A= /x"), ("python", 'x(dict(env, A=""), check=True)'), ("python", 'd = {"A": None, "B": 1}'),
    ("markup", '{"A": {"type": "string"}}'),
    ("config", "Description=x, without A=1"), ("config", "Comment[de]=no A=1"), ("config", "UnsetEnvironment=A=1"),
    ("markup", 'about:\n  summary: "no A=1"'), ("markup", "description: |\n\n  Some words.\n  A: 1"), ("markup", '{"note": "A=1"}'),
    ("markup", "remove_path:\n  A: /x"), ("markup", "remove_path: {A: /x}"), ("markup", "- reason: it sets A=1"),
    ("lua", 'help([[\nsetenv("A", "1")\n]])'), ("lua", '--[[ setenv("A", "1") ]]'),
])
def test_what_is_no_value(kind, text):
    assert [one.name for one in settings(text, kind, "A") if one.name == "A"] == []


@pytest.mark.parametrize(("kind", "text"), [
    ("markup", '{"A": "1", "B": ""}'), ("csh", "setenv B ''; setenv A 1"), ("config", 'X="B=" "A=1"'), ("config", "A= 1"),
    ("python", 'd = {"A": "" + x}'), ("markup", "description: x\nenv:\n  A: 1"), ("markup", "- name: x\n  env:\n    A: 1"),
    ("markup", "unset: [B]\nset:\n  A: /x"), ("config", "Description=x\nEnvironment=A=1"), ("markup", '{"note": "x", "A": "1"}'),
    ("markup", "- name: A\n  value: 1"), ("markup", '{"name": "A", "value": "1"}'),
    ("perl", "%ENV = (%ENV, A => '1')"), ("r", 'withr::with_envvar(c(A = "1"), x())'), ("r", 'local_envvar(A = "1")'),
    ("lua", 'help([[x]])\nsetenv("A", "1")'), ("lua", 'setenv("A", [[1]])'), ("python", "#!/usr/bin/env -S A=1 python3\n"),
    ("sh", "#! /usr/bin/env -S B=2 A=1 bash\n"), ("config", "build --action_env=A=1"), ("python", "modextrapaths = {'A': 'lib'}"),
])
def test_what_is_a_value(kind, text):
    assert [one.name for one in settings(text, kind, "A") if one.name == "A"] == ["A"]


def test_a_first_line_that_gives_no_value():
    assert not [*settings("#!/usr/bin/env -S A= python3\n", "python"), *settings("#!/bin/sh A=1\n", "sh"), *settings("#!", "sh")]


@pytest.mark.parametrize(("path", "text", "kind"), [
    ("/x", "#!/usr/bin/env -S A=1 B=2 python3\n", "python"), ("foo-1.0.eb", "", "python"), (".bazelrc", "", "config"),
    ("docs/x.sh", "", ""), ("page.dox", "", ""), ("mydocs/x.sh", "", "sh"),
])
def test_what_reads_more_files(path, text, kind):
    assert kind_of(path, text) == kind


@pytest.mark.parametrize("code", [
    're.sub("T", "", x)', 'x.replace("T", "")', 'if line.startswith("T"): pass', 'assert "T" not in text', 'if x == "T": y',
    'sys.exit("T")', 'raise ValueError("T")', 'sys.stderr.write("T")', 'print("T", file=sys.stderr)', 'print("T")', 'die "T" if $x;',
    'puts "T"', 'puts stderr "T"', 'message("T")', 'logging.info("T")', '"T" in x',
])
def test_literals_that_a_program_does_not_write(code):
    assert "T" not in said(code, printed=False)


@pytest.mark.parametrize("code", [
    'f.write("T")', 'print("T", file=f)', 'x.replace("a", "T")', 're.sub("a", "T", x)', 'print FH "T";', 'puts $fh "T"', 'x = "T"',
    'cat("T", file = "x")', 'die "x" if $y; print $out "T";', 'fileinput.input(f, inplace=True); print("T")', 'println(io, "T")',
])
def test_literals_that_a_program_may_write(code):
    assert "T" in said(code, printed=False)


def test_what_is_printed_is_written_if_the_output_is():
    assert "T" in said('print "T"', printed=True) and "T" not in said('die "T"', printed=True)


@pytest.mark.parametrize(("shell", "found"), [
    ("buildah config --comment='no LD_LIBRARY_PATH=/x' c", 0), ("zenity --text='set LD_LIBRARY_PATH=/x'", 0),
    ("zgrep LD_LIBRARY_PATH=/x f", 0), ("ctest -E 'LD_LIBRARY_PATH=|rpath'", 0), ("x --wrap='env LD_LIBRARY_PATH=/x'", 1),
    ("gdb -ex 'set environment LD_LIBRARY_PATH /x' y", 1), ("gdb -ex 'show environment LD_LIBRARY_PATH' y", 0),
    ("runuser -u x -- env LD_LIBRARY_PATH=/x y", 0),
])
def test_arguments(shell, found, lint_step):
    assert [one.code for one in lint_step(shell)].count("ENV108") == found


def test_runuser_runs_a_command_with_it(lint_step):
    assert "ENV103" in [one.code for one in lint_step("runuser -u x -- env LD_LIBRARY_PATH=/x y")]
