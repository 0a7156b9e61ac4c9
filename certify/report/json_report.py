"""Findings as JSON: one object with its version, as every command's ``--format json`` prints."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from certify.finding import Finding

VERSION = 1


def render(findings: Iterable[Finding]) -> str:
    """The object as text that ends with a line end; pure ASCII, so that no terminal is hurt by it."""
    return json.dumps({"version": VERSION, "results": [finding.as_json() for finding in findings]},
                      indent=2) + "\n"
