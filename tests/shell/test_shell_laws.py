"""Any text at all: no exception, no long run, and places that lie in the text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import settings as settings_of_hypothesis
from hypothesis import strategies as st

from certify.shell.assignments import assignments
from certify.shell.destinations import destinations
from certify.shell.parse import MAX_PIPES, parse
from certify.shell.settings import settings
from certify.shell.writings import writings

PIECES = ["LD_LIBRARY_PATH", "=", "+=", "/home/x", " ", "\n", "'", '"', "$", "${", "}", "$(", ")", "(", "((",
          "`",
          "export ", "declare -n ", "eval ", "bash -c ", "read ", "printf -v ", "for v in ", "; do ", "done",
          "if ",
          "fi", "case x in ", "<<E\n", "E\n", "<<<", ">", "|", "&&", "\\", ":=", ":-", ":+", "[", "]", "x",
          "é", "😀",
          "make ", "--prefix", "PREFIX", "cp ", "tar x -C ", "sudo ", "env ", "find -exec ", "\0", "\r", "{",
          "#", "!",
          "$'", "$\"", "v", "${v}", "<(", "function f ", "2>", "-c", "su ", "trap ", "coproc ",
          "echo ", "printf '%s' ", "cat ", "tee /f ", "sed -i s/a/", "perl -pe ", "python -c ", "awk ", "set -- ", "f A ",
          "a=(", "${a[@]}",
          "source ", "mapfile ", "{a,b}", "/etc/profile.d/x.sh", "f() { ", "shift ", "flock ", "${!a[@]}", "setenv ", "<<'E'\n"]
SHELL = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@given(st.one_of(st.text(), SHELL))
@settings_of_hypothesis(max_examples=500, deadline=None)
def test_any_text_can_be_read(text):
    lines = text.splitlines() or [""]
    known = {"LD_LIBRARY_PATH": "", "v": "LD_LIBRARY_PATH"}
    for found in [*assignments(text, known), *destinations(text, known)]:
        assert 0 <= found.line < len(lines)
        assert found.column >= 0 and found.length >= 1
        assert found.column + found.length <= max(1, len(lines[found.line])) or found.length == 1


@given(SHELL)
@settings_of_hypothesis(max_examples=300, deadline=None)
def test_any_text_can_be_looked_through_for_what_it_writes(text):
    for one in writings(text, {"v": "LD_LIBRARY_PATH"}):
        assert 0 <= one.start <= one.end <= len(text)
    for kind in ("sh", "tcl", "lua", "python", "config", "markup", "fish", "unknown", "csh", "perl"):
        for setting in settings(text, kind):
            assert 0 <= setting.start <= setting.end <= len(text) and setting.name


@given(st.text(alphabet=st.sampled_from("ab_é😀 /.-"), max_size=20))
@settings_of_hypothesis(deadline=None)
def test_an_assignment_in_single_quotes_keeps_its_value(value):
    (found,) = assignments(f"export A='{value}'")
    assert (found.name, found.value) == ("A", value)


@pytest.mark.parametrize("unit", [
    "(", "((", "$(", '"$(', "${a:-", "${", "`", "'", '"', "<<E\n", "<<'E'\n", "a|", "a|&", "a || ", "a && ",
    "a &", ")",
    "a=(", "[[ (", "((a", "{ ", "if ", "case x in ", "a(){ ", "a=", "export a=", "a;", "a\n", "$a ", "$a$a",
    ">a ",
    "\\\n", "[", "<(", "! ", "a b ", "eval ", "eval '", "bash -c \"", "for v in ", "#", "é", "a=$a$a;",
    "b=$a$a a=$b$b;",
    "a=b\n", "a=b ", "x ${a:=b} ", "a\\", "$'\\", "{a,", "declare -n a=b\n", "env ", "sudo ", "time ",
    "a <<<b ",
    "\0", "\r\n", "eval \"a=$a\"\n", "cp a $a$a\n", "for v in a b; do ",
])
def test_a_hundred_thousand_characters_take_less_than_a_few_seconds(unit):
    text = (unit * (100_000 // len(unit) + 1))[:100_000]
    start = time.process_time()
    for _ in assignments(text, {"a": "x" * 500}):
        pass
    for _ in writings(text, {"a": "x" * 500}):
        pass
    for _ in destinations(text, {"a": "x" * 500}):
        pass
    assert time.process_time() - start < 8      # two readings, on a slow and busy machine


def test_long_common_text_is_read_to_its_end():
    lines = "make -C /src/a -j8 && cp /src/a/b /opt/x | tee log\n" * 900
    (found,) = assignments(lines + "export LD_LIBRARY_PATH=/x\n")
    assert (found.line, found.column) == (900, 7)


def test_a_text_that_would_cost_too_much_has_no_tree():
    assert parse("a|" * (MAX_PIPES + 1)) is None
    assert parse("a|" * MAX_PIPES + "a") is not None


def test_nested_text_is_read_to_a_depth_and_not_for_ever():
    assert [found.name for found in assignments("a='eval \"$a\"'; eval \"$a\"; b=1")] == ["a", "b"]
    assert [found.name for found in assignments("eval 'eval \"eval b=1\"'")] == ["b"]
