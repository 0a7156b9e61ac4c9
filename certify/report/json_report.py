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
    return dumped({"version": VERSION, "results": [finding.as_json() for finding in findings]})


def dumped(value: object) -> str:
    """JSON that GitHub's runner reads no command in: ``##[`` can only stand in a text, where an escape means the same."""
    return json.dumps(value, indent=2).replace("##[", "#\\u0023[") + "\n"
