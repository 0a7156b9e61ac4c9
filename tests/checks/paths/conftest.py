"""What the tests of the checks on paths share."""

from __future__ import annotations

import pytest

from certify.checks import registry


def paths(findings):
    return [path for path, _ in findings]


@pytest.fixture
def severities(tree, site):
    """Path and severity of the findings of one check."""
    return lambda code, site=site: [(one.path, one.severity) for one in registry.run(tree(), site) if one.code == code]
