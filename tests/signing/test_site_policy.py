"""A site's policy: what it makes of findings, and which files are none."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from builder.errors import Error
from certify.certificate import Certificate, Profile, Waiver
from certify.finding import Finding, Severity
from certify.sitepolicy import SitePolicy, load

TODAY = date(2026, 11, 30)
FULL = """
profile = "production"
validity_days = 90
[severity]
PTH = "info"
[[waivers]]
code = "PRM304"
image = "astro-*"
path = "/usr/bin/s?"
owner = "alice"
reason = "needed"
until = 2026-12-31
"""


def finding(code="PRM304", severity=Severity.ERROR, path="/usr/bin/su"):
    return Finding(code=code, name="x", severity=severity, message="m", path=path)


@pytest.fixture
def policy(tmp_path):
    def write(text):
        (tmp_path / "policy.toml").write_text(text)
        return load(tmp_path / "policy.toml")
    return write


def test_all_that_a_policy_can_say(policy):
    found = policy(FULL)
    assert (found.profile, found.validity_days, dict(found.severity)) == (Profile.PRODUCTION, 90, {"PTH": Severity.INFO})
    assert found.permits[0].waiver == Waiver(code="PRM304", owner="alice", reason="needed", until="2026-12-31")
    assert policy("") == SitePolicy()


@pytest.mark.parametrize(("image", "path", "today", "permitted"), [
    ("astro-python", "/usr/bin/su", TODAY, True), ("other", "/usr/bin/su", TODAY, False),
    ("astro-python", "/bin/su", TODAY, False), ("astro-python", None, TODAY, False),
    ("astro-python", "/usr/bin/su", date(2026, 12, 31), True), ("astro-python", "/usr/bin/su", date(2027, 1, 1), False)], ids=str)
def test_a_waiver_permits_what_it_names_until_its_last_day(policy, image, path, today, permitted):
    told = policy(FULL).judge([finding(path=path)], image, today)
    assert (len(told.errors), len(told.waivers)) == ((0, 1) if permitted else (1, 0))


def test_a_waiver_that_is_not_needed_is_not_in_the_certificate(policy):
    told = policy(FULL).judge([finding(severity=Severity.WARNING)], "astro-x", TODAY)
    assert (told.errors, told.waivers) == ((), ())


def test_profile_and_severities_weigh_findings_anew(policy):
    told = policy(FULL).judge([finding("MET801", Severity.INFO), finding("PTH211"), finding("LNK401")], "x", TODAY)
    assert [one.severity for one in told.findings] == [Severity.ERROR, Severity.INFO, Severity.ERROR]
    assert [one.code for one in told.errors] == ["MET801", "LNK401"]


def test_another_policy_has_another_digest(policy):
    digests = {policy(FULL).digest, policy(FULL.replace("90", "91")).digest, policy(FULL.replace("alice", "bob")).digest,
               policy(FULL.replace("info", "error")).digest, SitePolicy().digest, policy(FULL.replace("astro-*", "*")).digest}
    assert len(digests) == 6
    assert policy(FULL).digest == policy("# a comment\n" + FULL).digest


@pytest.mark.parametrize("text", [
    "profile = 1", 'profile = "best"', "validity_days = 0", 'unknown = "x"', "[severity]\nPTH = 'bad'", "[severity]\nx = 'info'",
    "[[waivers]]\ncode = 'PRM304'", FULL.replace("2026-12-31", '"2026-12-31"'),
    FULL.replace("2026-12-31", "2026-12-31T00:00:00Z"),
    FULL.replace("PRM304", "PRM*"), FULL.replace('"needed"', '""'), FULL.replace('reason = "needed"', ""), "= 1", "\udcff",
    FULL + "more = 1", "waivers = 1", FULL.replace('"alice"', '"a\\nb"')])
def test_policies_that_are_none(tmp_path, text):
    (tmp_path / "p.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(Error) as caught:
        load(tmp_path / "p.toml")
    assert caught.value.exit_code == 3
    assert "p.toml" in caught.value.message


def test_a_policy_that_everyone_may_write_or_that_is_not_there(policy, tmp_path):
    policy(FULL)
    (tmp_path / "policy.toml").chmod(0o666)
    with pytest.raises(Error, match="everyone may write"):
        load(tmp_path / "policy.toml")
    with pytest.raises(Error, match="No such file"):
        load(Path("/nowhere.toml"))


def test_a_certificate_lasts_no_longer_than_its_waivers_and_says_its_policy(policy):
    from test_certificates import NOW, evidence, issued

    found = policy(FULL)
    waiver = found.permits[0].waiver
    certificate = Certificate.parse(issued(policy=found, waivers=[waiver], errors=1, evidence=evidence()))
    assert certificate.valid_until == datetime(2027, 1, 1, tzinfo=UTC)
    assert (certificate.policy, certificate.profile) == (found.digest, Profile.PRODUCTION)
    assert (Certificate.parse(issued(policy=found)).valid_until - NOW).days == 89     # to the second, and NOW has a fraction
