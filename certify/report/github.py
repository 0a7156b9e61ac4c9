"""Findings as GitHub's workflow commands: the runner shows them beside the lines of a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from certify.finding import Finding, Severity
from certify.report.safe import escaped

if TYPE_CHECKING:
    from certify.lint.outcome import Outcome

_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_DATA: Final = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY: Final = {**_DATA, ":": "%3A", ",": "%2C"}


def render(outcome: Outcome) -> str:
    """One command for each finding."""
    return "".join(_command(finding, outcome) + "\n" for finding in outcome.findings)


def _command(finding: Finding, outcome: Outcome) -> str:
    properties = {"title": f"{finding.code} {finding.name}"}
    if finding.file is not None and finding.span is not None:
        span = finding.span
        properties |= {"file": outcome.relative(finding.file), "line": str(span.line), "endLine": str(span.end_line)}
        if span.line == span.end_line:      # columns over several lines are refused there
            properties |= {"col": str(span.column), "endColumn": str(span.end_column)}
    said = ",".join(f"{key}={_quoted(value, _PROPERTY)}" for key, value in properties.items())
    text = escaped(finding.message) + (f"\n{escaped(finding.help)}" if finding.help else "")
    return f"::{_LEVELS[finding.severity]} {said}::{_quoted(text, _DATA)}"


def _quoted(text: str, table: dict[str, str]) -> str:
    shown = "\n".join(escaped(part) for part in text.split("\n")) if table is _DATA else escaped(text)
    return "".join(table.get(letter, letter) for letter in shown)
