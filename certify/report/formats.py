"""The formats by their names; the module of one is loaded when it is asked for."""

from __future__ import annotations

import enum
from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from certify.lint.outcome import Outcome


NOTHING: Final = "no findings"


class Form(enum.StrEnum):
    """How findings are written."""

    FULL = "full"
    CONCISE = "concise"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
    GITLAB = "gitlab"
    JUNIT = "junit"
    TEXT = "text"       # what other commands call full


def render(form: Form, outcome: Outcome, *, colour: bool = False, columns: int | None = None) -> str:
    """An outcome in a format."""
    match form:
        case Form.CONCISE:
            from certify.report import concise

            return concise.render(outcome)
        case Form.JSON:
            from certify.report import json_report

            return json_report.render(outcome.findings)
        case Form.SARIF:
            from certify.report import sarif

            return sarif.render(outcome)
        case Form.GITHUB:
            from certify.report import github

            return github.render(outcome)
        case Form.GITLAB:
            from certify.report import gitlab

            return gitlab.render(outcome)
        case Form.JUNIT:
            from certify.report import junit

            return junit.render(outcome)
        case _ if not outcome.findings:     # the usual case, and the module for the others is long
            return NOTHING + "\n"
        case _:
            from certify.report import text

            return text.render(outcome.findings, colour=colour, columns=columns, sources=outcome.sources)


def statistics(form: Form, outcome: Outcome) -> str:
    """How many findings each code has, the most first."""
    found = Counter((finding.code, finding.name) for finding in outcome.findings)
    rows = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    if form is Form.JSON:
        from certify.report.json_report import VERSION, dumped

        return dumped({"version": VERSION,
                       "results": [{"code": code, "name": name, "count": count} for (code, name), count in rows]})
    return "".join(f"{count:6}  {code}  {name}\n" for (code, name), count in rows) or NOTHING + "\n"
