"""Findings as text for people."""

from __future__ import annotations

import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.recipe import Span
from certify.finding import Severity
from certify.report.safe import escaped, width
from certify.report.text import counts, render


def test_a_finding_in_a_file(finding, tmp_path):
    path = tmp_path / "recipe.yaml"
    path.write_text("one\ntwo LD=/x three\n")
    shown = render([finding(file=str(path), span=Span(2, 5, 2, 10))], colour=False)
    assert shown == (f"{path}:2:5: ENV102 it is set [error: ldpath-step]\n"
                     "  2 | two LD=/x three\n"
                     "    |     ^^^^^\n"
                     "  = help: unset it\n"
                     "\n"
                     "1 error\n")


def test_a_finding_in_an_image(finding):
    shown = render([finding(file=None, span=None, path="/opt/x", severity=Severity.WARNING)], colour=False)
    assert shown == "image /opt/x: ENV102 it is set [warning: ldpath-step]\n  = help: unset it\n\n1 warning\n"


def test_no_findings():
    assert render([], colour=True) == "no findings\n"


def test_counts_by_severity(finding):
    kinds = [Severity.WARNING, Severity.ERROR, Severity.ERROR, Severity.INFO, Severity.INFO]
    assert counts([finding(severity=kind) for kind in kinds]) == "2 errors, 1 warning, 2 info"


def test_colour_only_on_demand(finding):
    plain, coloured = (render([finding()], colour=on) for on in (False, True))
    assert "\x1b" not in plain and "\x1b[1;31mENV102\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


@pytest.mark.parametrize(("line", "start", "end", "carets"), [
    ("\tx LD=1", 4, 8, " " * 6 + "^^^^"),
    ("大大 LD=1", 4, 8, " " * 5 + "^^^^"),
    ("e\u0301 LD=1", 4, 8, "  ^^^^"),
    ("ไทยก็ดี LD=1", 9, 13, " " * 6 + "^^^^"),         # two of its letters stand above others
    ("\u26a0\ufe0f LD=1", 4, 8, "  ^^^^"),
    ("LD=大", 1, 5, "^^^^^"),
    ("short", 40, 50, " " * 5 + "^"),
    ("x\x1b[31m LD=1", 8, 12, " " * 10 + "^^^^"),
])
def test_carets_stand_under_their_text(finding, tmp_path, line, start, end, carets):
    path = tmp_path / "recipe.yaml"
    path.write_text(line + "\n")
    shown = render([finding(file=str(path), span=Span(1, start, 1, end))], colour=False)
    assert shown.splitlines()[2] == "    | " + carets


def test_a_span_of_several_lines_is_marked_to_the_end_of_the_first(finding, tmp_path):
    path = tmp_path / "recipe.yaml"
    path.write_text("run: >\n  a\n")
    assert "    |      ^\n" in render([finding(file=str(path), span=Span(1, 6, 2, 4))], colour=False)


def test_of_a_long_line_only_the_place_is_shown(finding, tmp_path):
    path = tmp_path / "recipe.yaml"
    path.write_text("x" * 50_000 + "LD=1" + "y" * 50_000)
    source, carets = render([finding(file=str(path), span=Span(1, 50_001, 1, 50_005))],
                            colour=False).splitlines()[1:3]
    assert len(source) < 200 and source[carets.index("^"):carets.rindex("^") + 1] == "LD=1"


def test_nothing_quoted_can_steer_a_terminal(finding, tmp_path):
    path = tmp_path / "re\x1b[2Jcipe.yaml"
    path.write_text("\x1b]0;title\x07 \u202e evil \x9b31m\n")
    evil = "a\x1b[2Jb\nc\rd\x07\u2028\u202e\x9b"
    found = [finding(message=evil, help=evil, file=str(path)),
             finding(file=None, span=None, path=evil, message=evil)]
    shown = render(found, colour=False)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]", shown)
    assert "a\\x1b[2Jb\\nc\\rd\\x07\\u2028\\u202e\\x9b" in shown
    assert len(shown.splitlines()) == 9


def test_a_file_that_cannot_be_read_gives_no_source(finding, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for file in ("none.yaml", str(tmp_path), str(tmp_path / "pipe"), "a\0b"):
        assert " | " not in render([finding(file=file)], colour=False)


def test_a_line_that_is_no_more_there(finding, tmp_path):
    (tmp_path / "recipe.yaml").write_bytes(b"\xff\n")
    shown = render([finding(file=str(tmp_path / "recipe.yaml"), span=Span(9, 1, 9, 2))], colour=False)
    assert "^" not in shown


@given(st.text())
def test_escaped_text_is_one_harmless_line(text):
    shown = escaped(text)
    assert shown.isprintable() and len(shown.splitlines()) <= 1
    assert 0 <= width(shown) <= 2 * len(shown)
