"""A second signer looks for himself, signs what he would have said, and refuses what he would not."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from builder import key, tools
from builder.errors import Fault
from builder.recipe import load
from builder.record import Record
from certify import attest, cosign
from certify import site as sites
from certify.bundle import Bundle
from certify.examination import Examination, TestResult
from certify.finding import Finding, Severity
from certify.packages import Inventory
from certify.packages.model import Package
from certify.sitepolicy import SitePolicy
from certify.sitepolicy import load as load_policy
from certify.statement import FINDINGS, PROVENANCE, SBOM, TEST_RESULT, Statement
from certify.trust import Trust, TrustedKey

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
A, B = "a" * 64, "b" * 64
SITE = sites.load()
WARNING = Finding(code="PRM304", name="setuid", severity=Severity.WARNING, message="su", path="/usr/bin/su")
RECORD = Record(name="tool", tag="1.0-1", platform="linux/amd64", key=A, recipe=A, digest=A, size=1, tree=A, isolation="runc",
                tools={}, started="2026-11-30T11:00:00+00:00", seconds={}, packages=[], wheels=[], files=[], bases=[], notes=[],
                sources=[{"url": "https://example.org/x.tar", "sha256": "3" * 64}], resolved={}, environment={}, inputs={})
WAIVER = '[[waivers]]\ncode = "PRM304"\nowner = "a"\nreason = "r"\nuntil = 2027-01-31\n'


@pytest.fixture
def recipe(tmp_path, monkeypatch):
    monkeypatch.setattr(tools, "versions", lambda names=(): {"tar": "1"})
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    (tmp_path / "recipe.yaml").write_text(
        'schema: 1\nname: tool\nversion: "1.0"\nsummary: A tool\nlicense: MIT\naccess: public\nbase: {debian: bookworm}\n'
        'tests: [{name: works, run: "true"}]\n')
    return load(tmp_path)[1]


@pytest.fixture
def seen(recipe):
    package = Package(kind="deb", name="bash", version="5.2", architecture="amd64")
    return Examination(digest=A, size=1, config=key.config(recipe), findings=[WARNING], looked=True,
                       tests=[TestResult(name="works", run="true", code=0, seconds=0.1, output="")],
                       inventory=Inventory(packages=(package,), distribution="debian", release="12"))


@pytest.fixture
def ci(recipe, seen, signers):
    """What continuous integration signed, of a build of its own if there is a record."""
    def sign(record=RECORD, examination=seen, **more):
        values = {"site": SITE, "signer": signers["one"], "now": NOW, **more}
        return attest.attest(examination, recipe, B, record, **values)
    return sign


@pytest.fixture
def add(recipe, seen, signers):
    def sign(envelopes, examination=seen, **more):
        values = {"site": SITE, "signer": signers["two"], "now": NOW + timedelta(days=3), "policy": SitePolicy(), **more}
        return cosign.add(envelopes, examination, recipe, B, **values)
    return sign


@pytest.fixture
def trust(keys):
    one, two = (Trust.load(keys / f"{name}.pub").keys[0].spki for name in ("one", "two"))
    ci, human = frozenset({"certificate"}), frozenset({"approver"})
    return Trust(keys=(TrustedKey(name="ci", spki=one, roles=ci), TrustedKey(name="human", spki=two, roles=human)), threshold=2,
                 require={"approver": 1})


def signers_of(envelopes):
    return {Statement.from_bytes(one.payload).predicate_type: [mark.keyid for mark in one.signatures] for one in envelopes}


def test_two_signers_reach_a_threshold_that_one_does_not(ci, add, trust):
    first = ci()
    with pytest.raises(Fault, match="signed by 1 of the trusted keys, needed: 2"):
        Bundle.pick(first).verified(trust)
    bundle = Bundle.pick(add(first))
    assert bundle.signers(bundle.verified(trust), trust) == {"builder": ("ci",), "tester": ("ci",)}
    assert len(bundle.evidence(bundle.verified(trust), trust)) == 4


def test_only_what_one_would_have_said_just_so_is_signed(ci, add, signers):
    one, two = signers["one"].keyid, signers["two"].keyid
    built = signers_of(add(ci()))
    assert built == {PROVENANCE: [one], FINDINGS: [one, two], TEST_RESULT: [one, two], SBOM: [one],
                     "urn:certify:certificate:1": [one, two]}
    assert signers_of(add(ci(record=None))) == {kind: [one, two] for kind in built}


def test_a_third_signer_comes_after_and_the_second_again_changes_nothing(ci, add, signers):
    twice = add(add(ci()))
    assert len(twice[0].signatures) == 2
    assert len(add(twice, signer=signers["three"])[0].signatures) == 3


@pytest.mark.parametrize(("change", "said"), [
    ({"findings": []}, "findings"), ({"findings": [WARNING, WARNING._replace(code="PTH201")]}, "findings"),
    ({"findings": [WARNING._replace(severity=Severity.INFO)]}, "findings"), ({"digest": B}, "another image"),
    ({"findings": [WARNING._replace(severity=Severity.ERROR)]}, "not certified"), ({"looked": False}, "not looked into"),
    ({"tests": []}, "not all of the recipe's tests"),
    ({"inventory": Inventory(packages=(Package(kind="deb", name="xz", version="5"),))}, "packages")],
    ids=["fewer findings", "more findings", "lighter findings", "digest", "an error", "not looked", "no tests", "packages"])
def test_an_examination_that_says_otherwise_signs_nothing(ci, add, seen, change, said):
    with pytest.raises(Fault, match=said):
        add(ci(), replace(seen, **change))


def test_findings_put_together_in_another_way_agree(ci, add, seen):
    """Who did not build knows no steps: the same codes at other paths, in other words."""
    other = replace(seen, findings=[WARNING._replace(path="/usr/bin", message="2 files of step 'x'"), WARNING])
    assert signers_of(add(ci(examination=other), seen))[FINDINGS] == signers_of(ci())[FINDINGS]


@pytest.mark.parametrize(("more", "said"), [
    ({"site": replace(SITE, name="other")}, "another site's profile"),
    ({"policy": SitePolicy(validity_days=9)}, "another policy"), ({"now": NOW - timedelta(days=1)}, "valid only from"),
    ({"now": NOW + timedelta(days=400)}, "expired")], ids=["site", "policy", "too early", "too late"])
def test_another_site_policy_or_time_signs_nothing(ci, add, more, said):
    with pytest.raises(Fault, match=said):
        add(ci(), **more)


def test_a_certificate_for_longer_than_the_site_allows_is_not_signed(ci, add, recipe, seen, signers):
    first = ci()
    long = Statement.from_bytes(first[-1].payload)
    told = {**long.predicate, "valid_until": "2036-01-01T00:00:00Z"}
    with pytest.raises(Fault, match="valid for too long"):
        add([*first[:-1], signers["one"].sign_statement(replace(long, predicate=told))])


def test_statements_that_are_missing_or_changed_sign_nothing(ci, add):
    first = ci()
    for left in (first[:-1], first[1:], [first[0], *first[2:]]):
        with pytest.raises(Fault):
            add(left)


def test_a_waived_error_is_signed_under_the_same_policy_only(ci, add, seen, tmp_path):
    (tmp_path / "p.toml").write_text(WAIVER)
    policy = load_policy(tmp_path / "p.toml")
    bad = replace(seen, findings=[WARNING._replace(severity=Severity.ERROR)])
    first = ci(examination=bad, policy=policy)
    assert len(add(first, bad, policy=policy)[0].signatures) == 2
    with pytest.raises(attest.NotCertified):
        add(first, bad)
    with pytest.raises(attest.NotCertified):
        add(first, bad, policy=policy, now=datetime(2027, 2, 1, tzinfo=UTC))
