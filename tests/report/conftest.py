"""Findings to show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from builder.recipe import Span
from certify.finding import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def finding() -> Callable[..., Finding]:
    """A finding of which the test names what matters to it."""

    def make(**told) -> Finding:
        given = {"code": "ENV102", "name": "ldpath-step", "severity": Severity.ERROR, "message": "it is set",
                 "help": "unset it", "file": "none.yaml", "span": Span(1, 1, 1, 2)}
        return Finding(**(given | told))

    return make
