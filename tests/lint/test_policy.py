"""Severities by profile, and as a configuration says."""

from __future__ import annotations

import pytest

from certify.finding import Severity
from certify.policy import PROFILES, Policy
from certify.rules import registry


def test_the_usual_profile_leaves_the_rules_alone():
    for code, module in registry.pages().items():
        assert Policy().severity(code, module.SEVERITY) is module.SEVERITY


@pytest.mark.parametrize("code", ["MET802", "PIN503", "SEC604"])
def test_production_asks_for_more_than_min(code):
    assert Policy(profile="production").severity(code, Severity.WARNING) is Severity.ERROR
    assert Policy(profile="min").severity(code, Severity.WARNING) is Severity.INFO


def test_the_longest_override_wins():
    policy = Policy(profile="production", overrides={"PIN": Severity.INFO, "PIN503": Severity.WARNING})
    assert policy.severity("PIN503", Severity.ERROR) is Severity.WARNING
    assert policy.severity("PIN501", Severity.ERROR) is Severity.INFO
    assert policy.severity("MET802", Severity.WARNING) is Severity.ERROR


def test_no_profile_is_weaker_than_the_one_below():
    for code in {code for table in PROFILES.values() for code in table}:
        own = registry.pages()[code].SEVERITY if code in registry.pages() else Severity.WARNING
        weights = [PROFILES[name].get(code, own).weight for name in ("min", "shared", "production")]
        assert weights == sorted(weights), code
