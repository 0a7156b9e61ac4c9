"""Findings as JSON."""

from __future__ import annotations

import json

from builder.recipe import Span
from certify.report.json_report import render


def test_one_object_with_its_version(finding):
    shown = json.loads(render([finding(span=Span(2, 5, 2, 9)), finding(file=None, span=None, path="/opt/x")]))
    assert shown == {"version": 1, "results": [
        {"code": "ENV102", "name": "ldpath-step", "severity": "error", "message": "it is set",
         "help": "unset it",
         "file": "none.yaml", "line": 2, "column": 5, "end_line": 2, "end_column": 9},
        {"code": "ENV102", "name": "ldpath-step", "severity": "error", "message": "it is set",
         "help": "unset it",
         "path": "/opt/x"}]}


def test_nothing_found_is_an_empty_list():
    assert json.loads(render([])) == {"version": 1, "results": []}


def test_it_is_pure_ascii_and_loses_nothing(finding):
    evil = "a\x1b[2J\x9b\u202e大"
    shown = render([finding(message=evil)])
    assert shown.isascii() and "\x1b" not in shown
    assert json.loads(shown)["results"][0]["message"] == evil


def test_a_second_place_is_told_where_there_is_one(finding):
    from certify.finding import Related

    other = Related(message="from here", file="b.yaml", span=Span(1, 2, 1, 3))
    (shown,) = json.loads(render([finding(related=(other,))]))["results"]
    assert shown["related"] == [{"message": "from here", "file": "b.yaml",
                                 "line": 1, "column": 2, "end_line": 1, "end_column": 3}]


def test_a_runner_finds_no_command_in_it(finding):
    shown = render([finding(message="##[add-mask]x")])
    assert "##[" not in shown and json.loads(shown)["results"][0]["message"] == "##[add-mask]x"
