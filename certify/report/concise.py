"""Findings as lines for editors and for grep: ``path:line:column: CODE message``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certify.report.safe import defused, escaped

if TYPE_CHECKING:
    from certify.finding import Finding
    from certify.lint.outcome import Outcome


def render(outcome: Outcome) -> str:
    """One line for each finding, and nothing else."""
    return "".join(defused(_line(finding)) + "\n" for finding in outcome.findings)


def _line(finding: Finding) -> str:
    place = escaped(finding.file or finding.path or "image")
    if finding.span is not None:
        place += f":{finding.span.line}:{finding.span.column}"
    return f"{place}: {finding.code} {escaped(finding.message)}"
