"""Findings as GitLab's code quality report (a subset of Code Climate's)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from certify.finding import Severity
from certify.report.json_report import dumped
from certify.report.safe import escaped

if TYPE_CHECKING:
    from certify.finding import Finding
    from certify.lint.outcome import Outcome

_SEVERITIES: Final = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


def render(outcome: Outcome) -> str:
    """A list with one entry for each finding; GitLab tells equal ones by their fingerprints."""
    return dumped([_entry(finding, mark, outcome) for finding, mark in zip(outcome.findings, outcome.marks, strict=True)])


def _entry(finding: Finding, mark: str, outcome: Outcome) -> dict[str, object]:
    span = finding.span
    lines = {"begin": span.line, "end": span.end_line} if span is not None else {"begin": 1}
    return {"description": f"{finding.code} {escaped(finding.message)}", "check_name": finding.code, "fingerprint": mark,
            "severity": _SEVERITIES[finding.severity],
            "location": {"path": escaped(outcome.relative(finding.file or finding.path or "")), "lines": lines}}
