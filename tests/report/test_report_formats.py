"""Findings for other programs: SARIF, GitHub, GitLab, JUnit, editors."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from builder.recipe import Span
from certify.finding import Finding, Related, Severity
from certify.lint.judge import Silenced
from certify.lint.outcome import Failure, Outcome, Sources
from certify.report.formats import Form, render, statistics

SCHEMA = json.loads((Path(__file__).parents[1] / "data" / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
VALIDATOR = Draft7Validator(SCHEMA)
EVIL = "a%\r\n::error::x,y:z\x1b[2J\x00\u2028##[set-env]\ud800"
MACHINES = [Form.CONCISE, Form.JSON, Form.SARIF, Form.GITHUB, Form.GITLAB, Form.JUNIT]


def outcome_of(*findings: Finding, root: Path, silenced=(), failures=(), files=(), text="one\ntwo 😀 LD=/x three\n") -> Outcome:
    names = {finding.file for finding in findings if finding.file}
    return Outcome(findings=list(findings), marks=[f"mark{number}" for number, _ in enumerate(findings)],
                   silenced=list(silenced), silenced_marks=[f"hid{number}" for number, _ in enumerate(silenced)],
                   files=[*files, *sorted(names)], failures=list(failures), root=root, failed=bool(findings),
                   sources=Sources(dict.fromkeys(names, text)))


@pytest.fixture
def full(finding, tmp_path, monkeypatch) -> Outcome:
    """One of everything."""
    monkeypatch.chdir(tmp_path)
    span = Span(2, 7, 2, 12)
    found = [finding(file="a dir/ü%.yaml", span=span, related=(Related(message="from here", file="a dir/ü%.yaml", span=span),)),
             finding(file="/else/where.yaml", span=Span(1, 1, 2, 1), severity=Severity.WARNING),
             finding(file=None, span=None, path="/opt/x", severity=Severity.INFO, help=None),
             finding(file="b.yaml", span=Span(1, 1, 1, 1), message=EVIL, help=EVIL)]
    return outcome_of(*found, root=tmp_path, files=["clean.yaml"], failures=[Failure("no.yaml", "no.yaml: gone", None, 3)],
                      silenced=[Silenced(finding(file="b.yaml"), "why " + EVIL),
                                Silenced(finding(file="b.yaml"), "old", in_source=False)])


def test_sarif_is_what_the_official_schema_wants(full, tmp_path):
    assert list(VALIDATOR.iter_errors(json.loads(render(Form.SARIF, full)))) == []
    assert list(VALIDATOR.iter_errors(json.loads(render(Form.SARIF, Outcome(root=tmp_path))))) == []
    assert list(VALIDATOR.iter_errors({"version": "2.1.0"})), "the schema refuses what is wrong"


def test_sarif_holds_rules_places_fingerprints_and_what_is_silenced(full):
    (run,) = json.loads(render(Form.SARIF, full))["runs"]
    rules = run["tool"]["driver"]["rules"]
    first, second, image, evil, hidden, known = run["results"]
    assert rules[first["ruleIndex"]]["id"] == first["ruleId"] == "ENV102"
    assert "LD_LIBRARY_PATH" in rules[first["ruleIndex"]]["help"]["text"]
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "a%20dir/%C3%BC%25.yaml", "uriBaseId": "%SRCROOT%"}
    assert run["columnKind"] == "utf16CodeUnits"
    assert place["region"] == {"startLine": 2, "startColumn": 8, "endLine": 2, "endColumn": 13}    # an emoji takes two units
    assert first["relatedLocations"][0]["message"]["text"] == "from here"
    assert first["partialFingerprints"] == {"certify/v1": "mark0"} and first["suppressions"] == []
    assert second["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "file:///else/where.yaml"}
    assert [one["level"] for one in (first, second, image)] == ["error", "warning", "note"]
    assert [one["suppressions"][0]["kind"] for one in (hidden, known)] == ["inSource", "external"]
    assert hidden["suppressions"][0]["justification"].startswith("why a%")
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False and invocation["exitCode"] == 3
    assert evil["message"]["text"].count("\n") == 0


def test_every_rule_has_its_page_in_sarif(tmp_path):
    rules = json.loads(render(Form.SARIF, Outcome(root=tmp_path)))["runs"][0]["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules) > 8
    assert all(rule["shortDescription"]["text"] and rule["help"]["markdown"] for rule in rules)


def test_github_escapes_what_would_end_a_command(full):
    lines = render(Form.GITHUB, full).splitlines()
    assert len(lines) == len(full.findings)
    assert lines[0] == ("::error title=ENV102 ldpath-step,file=a dir/ü%25.yaml,line=2,endLine=2,col=7,endColumn=12"
                        "::it is set%0Aunset it")
    assert lines[1].startswith("::warning ") and ",col=" not in lines[1]
    assert lines[2].startswith("::notice ")
    assert re.fullmatch(r"::error [^:]*::a%25\\r\\n::error::x,y:z\\x1b\[2J\\x00\\u2028##\[set-env\]\\ud800%0A.*", lines[3])


def test_a_hostile_path_ends_no_property_of_github(finding, tmp_path):
    shown = render(Form.GITHUB, outcome_of(finding(file="a,line=9::b\n::error::.yaml"), root=tmp_path))
    assert shown.count("\n") == 1
    assert "a%2Cline=9%3A%3Ab\\n%3A%3Aerror%3A%3A.yaml" in shown


def test_gitlab(full):
    entries = json.loads(render(Form.GITLAB, full))
    assert [entry["fingerprint"] for entry in entries] == full.marks
    assert entries[0] == {"description": "ENV102 it is set", "check_name": "ENV102", "fingerprint": "mark0", "severity": "major",
                          "location": {"path": "a dir/ü%.yaml", "lines": {"begin": 2, "end": 2}}}
    assert {entry["severity"] for entry in entries} <= {"info", "minor", "major", "critical", "blocker"}


def test_junit(full):
    root = ET.fromstring(render(Form.JUNIT, full))
    assert {suite.get("name") for suite in root} >= {"clean.yaml", "no.yaml", "b.yaml"}
    assert (root.get("failures"), root.get("errors")) == ("4", "1")
    assert int(root.get("tests")) == len(root.findall("testsuite/testcase")) == 6
    assert root.find("testsuite[@name='clean.yaml']/testcase/failure") is None
    assert "\\x1b[2J" in root.find("testsuite[@name='b.yaml']/testcase/failure").get("message")
    assert "ENV102 it is set\nunset it" in root.find("testsuite[@name='a dir/ü%.yaml']/testcase/failure").text


def test_concise(full):
    lines = render(Form.CONCISE, full).splitlines()
    assert lines[:3] == ["a dir/ü%.yaml:2:7: ENV102 it is set", "/else/where.yaml:1:1: ENV102 it is set",
                         "/opt/x: ENV102 it is set"]


def test_statistics(full):
    assert statistics(Form.FULL, full) == "     4  ENV102  ldpath-step\n"
    assert json.loads(statistics(Form.JSON, full))["results"] == [{"code": "ENV102", "name": "ldpath-step", "count": 4}]


@pytest.mark.parametrize("form", [*MACHINES, Form.FULL])
def test_no_format_lets_quoted_text_steer_a_terminal_or_a_runner(full, form):
    shown = render(form, full)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u202e\ud800-\udfff]", shown)
    if form is not Form.GITHUB:
        assert "##[" not in shown
        assert not re.search(r"^\s*::", shown, re.MULTILINE)


@settings(max_examples=150, deadline=None)
@given(st.text(), st.text(max_size=20), st.sampled_from([*MACHINES, Form.FULL]), st.sampled_from([None, 40, 80]))
def test_any_text_in_any_format(text, name, form, columns):
    found = Finding(code="ENV102", name="ldpath-step", severity=Severity.ERROR, message=text, help=text, file=name or "x",
                    span=Span(1, 1 + len(text) // 2, 1, 2 + len(text)))
    outcome = outcome_of(found, root=Path("/nowhere"), text=text)
    shown = render(form, outcome, columns=columns)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", shown)
    if form is Form.SARIF:
        assert list(VALIDATOR.iter_errors(json.loads(shown))) == []
    if form is Form.JUNIT:
        ET.fromstring(shown)
    if form is Form.GITHUB:
        assert len(shown.splitlines()) == 1


def test_a_second_place_is_shown_with_its_own_line(finding, tmp_path):
    other = Related(message="written to /etc/profile.d here", file="b.yaml", span=Span(1, 1, 1, 4))
    shown = render(Form.FULL, outcome_of(finding(file="b.yaml", span=Span(2, 7, 2, 9), related=(other,)), root=tmp_path))
    assert ("  = see: b.yaml:1:1: written to /etc/profile.d here\n  1 | one\n    | ^^^\n  = help") in shown


@pytest.mark.parametrize("columns", [40, 80, 100])
@pytest.mark.parametrize("text", ["word " * 60 + "LD=/x " + "more " * 60, "x" * 300 + "LD=/x " + "y" * 300,
                                  "大" * 60 + "LD=/x " + "大" * 60, "short LD=/x here",
                                  "\t\t\t\t\t\t\tLD=/x" + "z" * 80])
def test_no_line_is_longer_than_the_terminal_and_the_place_is_in_sight(finding, tmp_path, columns, text):
    start = text.index("LD=/x") + 1
    found = finding(file="some/long/folder/name/recipe.yaml", span=Span(1, start, 1, start + 5), message="many words " * 12,
                    help="some advice /with/" + "long" * 30 + " words " * 20)
    lines = render(Form.FULL, outcome_of(found, root=tmp_path, text=text), columns=columns).splitlines()
    from certify.report.safe import width

    assert max(map(width, lines)) <= columns
    source, carets = next(pair for pair in itertools.pairwise(lines) if set(pair[1].partition("| ")[2]) == {" ", "^"})
    before = width(carets[:carets.index("^")])
    assert carets.count("^") == 5
    shown = "".join(letter * (width(letter) or 1) for letter in source)
    assert shown[before:before + 5] == "LD=/x"


def test_only_the_module_of_the_format_is_loaded():
    probe = ("import sys\nfrom certify.report.formats import Form, render\nfrom certify.lint.outcome import Outcome\n"
             "render(Form.FULL, Outcome())\nprint(sorted(sys.modules))")
    loaded = subprocess.run([sys.executable, "-c", probe], check=True, capture_output=True, text=True).stdout
    for name in ("'xml.etree", "sarif", "'rich", "'difflib'", "'tomllib'"):
        assert name not in loaded, name
