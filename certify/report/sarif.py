"""Findings as SARIF 2.1.0, for code scanning: https://docs.oasis-open.org/sarif/sarif/v2.1.0/."""

from __future__ import annotations

import inspect
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from certify import __version__
from certify.codes import table
from certify.finding import Severity
from certify.report.json_report import dumped
from certify.report.safe import escaped

if TYPE_CHECKING:
    from builder.recipe import Span
    from certify.finding import Finding
    from certify.lint.outcome import Failure, Outcome

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
BASE: Final = "%SRCROOT%"
MARK: Final = "certify/v1"      # the kind of fingerprint; the baseline holds the same

_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def render(outcome: Outcome) -> str:
    """The log, with one run in it."""
    rules = [_rule(code, modules) for code, modules in table().items()]
    places = {rule["id"]: number for number, rule in enumerate(rules)}
    shown = [_result(finding, mark, places, outcome, [])
             for finding, mark in zip(outcome.findings, outcome.marks, strict=True)]
    hidden = [_result(one.finding, mark, places, outcome, [{
                  "kind": "inSource" if one.in_source else "external", "justification": escaped(one.reason)}])
              for one, mark in zip(outcome.silenced, outcome.silenced_marks, strict=True)]
    return dumped({"$schema": SCHEMA, "version": "2.1.0", "runs": [{
        "tool": {"driver": {"name": "certify", "version": __version__, "semanticVersion": __version__, "rules": rules}},
        "originalUriBaseIds": {BASE: {"description": {"text": "The folder that holds the repository."}}},
        "columnKind": "utf16CodeUnits",
        "invocations": [{"executionSuccessful": not outcome.failures, "exitCode": outcome.exit_code,
                         "toolExecutionNotifications": [_notification(one, outcome) for one in outcome.failures]}],
        "artifacts": [{"location": _location(file, outcome)} for file in outcome.files],
        "results": [*shown, *hidden],
    }]})


def _rule(code: str, modules: list[Any]) -> dict[str, Any]:
    page = "\n\n".join(inspect.getdoc(module) or "" for module in modules)
    return {"id": code, "name": _pascal(modules[0].NAME), "shortDescription": {"text": page.partition("\n")[0]},
            "fullDescription": {"text": page.partition("\n\nBad::")[0]},
            "help": {"text": page, "markdown": page.replace("::\n", ":\n")},
            "defaultConfiguration": {"level": _LEVELS[modules[0].SEVERITY]},
            "properties": {"tags": [code.rstrip("0123456789"), "container"]}}


def _result(finding: Finding, mark: str, places: dict[str, int], outcome: Outcome,
            suppressions: list[dict[str, str]]) -> dict[str, Any]:
    text = escaped(finding.message) + (f". Help: {escaped(finding.help)}" if finding.help else "")
    result = {"ruleId": finding.code, "ruleIndex": places.get(finding.code, -1), "level": _LEVELS[finding.severity],
              "message": {"text": text}, "locations": _locations(finding, outcome),
              "partialFingerprints": {MARK: mark}, "suppressions": suppressions}
    if finding.related:
        result["relatedLocations"] = [{"id": number, "message": {"text": escaped(one.message)},
                                       "physicalLocation": _physical(one.file, one.span, outcome)}
                                      for number, one in enumerate(finding.related, 1)]
    return result


def _locations(finding: Finding, outcome: Outcome) -> list[dict[str, Any]]:
    if finding.file is not None and finding.span is not None:
        return [{"physicalLocation": _physical(finding.file, finding.span, outcome)}]
    return [{"logicalLocations": [{"fullyQualifiedName": escaped(finding.path or "/")}]}]


def _physical(file: str, span: Span, outcome: Outcome) -> dict[str, Any]:
    region = {"startLine": span.line, "startColumn": _utf16(file, span.line, span.column, outcome),
              "endLine": span.end_line, "endColumn": _utf16(file, span.end_line, span.end_column, outcome)}
    return {"artifactLocation": _location(file, outcome), "region": region}


def _utf16(file: str, line: int, column: int, outcome: Outcome) -> int:
    """A column in units of UTF-16: characters outside the first plane take two."""
    before = (outcome.sources.line(file, line) or "")[:column - 1]
    return column + sum(letter > "\uffff" for letter in before)


def _location(file: str, outcome: Outcome) -> dict[str, str]:
    relative = outcome.relative(file)
    if Path(relative).is_absolute():
        return {"uri": "file://" + quote(os.fsencode(relative))}
    return {"uri": quote(os.fsencode(relative)), "uriBaseId": BASE}


def _notification(failure: Failure, outcome: Outcome) -> dict[str, Any]:
    return {"level": "error", "message": {"text": escaped(failure.message)},
            "locations": [{"physicalLocation": {"artifactLocation": _location(failure.path, outcome)}}]}


def _pascal(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("-"))
