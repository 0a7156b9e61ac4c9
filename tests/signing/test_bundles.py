"""A certificate and its evidence: who may say what of it, and evidence that speaks against it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from test_certificates import CONFIG, DIGEST, NOW

from builder.errors import Fault
from certify import site as sites
from certify.bundle import Bundle, write_folder
from certify.certificate import Certificate, Waiver, issue
from certify.statement import FINDINGS, PROVENANCE, SBOM, TEST_RESULT, Statement, Subject
from certify.trust import Trust, TrustedKey

ERROR = {"code": "PTH201", "severity": "error"}
GOOD = {PROVENANCE: {}, FINDINGS: {"findings": []}, TEST_RESULT: {"result": "PASSED"}, SBOM: {"components": []}}
WAIVER = Waiver(code="PTH201", owner="alice", reason="known", until="2027-06-30")


@pytest.fixture
def trust(keys):
    """Three keys, each for a part: one builds, two tests, three certifies."""
    roles = {"one": "builder", "two": "tester", "three": "approver"}
    return Trust(keys=tuple(TrustedKey(name=role, spki=Trust.load(keys / f"{name}.pub").keys[0].spki, roles=frozenset({role}))
                            for name, role in roles.items()))


@pytest.fixture
def bundle(signers):
    """A bundle of statements, each signed by the key that is named for its type."""
    def make(said=None, by=None, **more):
        signed_by = {PROVENANCE: "one", FINDINGS: "two", TEST_RESULT: "two", SBOM: "two", "certificate": "three", **(by or {})}
        evidence = [Statement(subject=(Subject(name="x", sha256=DIGEST),), predicate_type=kind, predicate=predicate)
                    for kind, predicate in {**GOOD, **(said or {})}.items()]
        values = {"errors": 0, "warnings": 0, "tests": 1, "now": NOW, "site": sites.load(), **more}
        issued = issue(config=CONFIG, digest=DIGEST, evidence=evidence, **values)
        return Bundle.pick([signers[signed_by["certificate"]].sign_statement(issued),
                            *(signers[signed_by[one.predicate_type]].sign_statement(one) for one in evidence)])
    return make


def proven(bundle, trust):
    return bundle.evidence(bundle.verified(trust), trust)


def test_each_part_signed_by_whose_word_it_is(bundle, trust, tmp_path):
    made = bundle()
    assert len(proven(made, trust)) == 4
    assert made.signers(made.verified(trust), trust) == {"builder": ("builder",), "tester": ("tester",)}
    write_folder(tmp_path, [made.certificate, *made.others])
    assert sorted(path.name.partition("-")[0] for path in tmp_path.iterdir()) == [
        "certificate.dsse.json", "findings", "provenance", "sbom", "test"]
    assert Bundle.read(tmp_path).verified(trust) == made.verified(trust)


@pytest.mark.parametrize(("part", "by"), [
    (PROVENANCE, "two"), (PROVENANCE, "three"), (FINDINGS, "one"), (FINDINGS, "three"), (TEST_RESULT, "one"), (SBOM, "one"),
    ("certificate", "one"), ("certificate", "two")])
def test_nobody_speaks_for_another(bundle, trust, part, by):
    with pytest.raises(Fault, match="signed by 0 of the trusted keys"):
        proven(bundle(by={part: by}), trust)


@pytest.mark.parametrize(("said", "more", "match"), [
    ({TEST_RESULT: {"result": "FAILED"}}, {}, "tests failed"), ({TEST_RESULT: {}}, {}, "tests failed"),
    ({FINDINGS: {"findings": [ERROR]}}, {}, "1 errors were found, 0 are permitted"),
    ({FINDINGS: {"findings": [ERROR]}}, {"errors": 1, "waivers": [replace(WAIVER, code="ENV101")]}, "speaks against"),
    ({FINDINGS: {"findings": [ERROR, ERROR]}}, {"errors": 1, "waivers": [WAIVER]}, "2 errors were found"),
    ({}, {"errors": 1, "waivers": [WAIVER]}, "0 errors were found, 1 are permitted"),
    ({FINDINGS: {"findings": [1]}}, {}, "not a JSON object"), ({FINDINGS: {}}, {}, "'findings' is missing"),
], ids=["failed", "no result", "an error", "another waiver", "more errors", "fewer errors", "odd", "none"])
def test_evidence_that_speaks_against_its_certificate(bundle, trust, said, more, match):
    with pytest.raises(Fault, match=match):
        proven(bundle(said, **more), trust)


def test_an_error_under_its_waiver_is_permitted_until_its_last_day(bundle, trust):
    made = bundle({FINDINGS: {"findings": [ERROR]}}, errors=1, waivers=[WAIVER])
    assert proven(made, trust)
    certificate = made.verified(trust)
    assert certificate.valid_until == datetime(2027, 7, 1, tzinfo=UTC)
    longer = replace(certificate, valid_until=certificate.valid_until + timedelta(days=9))      # as another issuer may say
    longer.require_valid(datetime(2027, 6, 30, 23, tzinfo=UTC))
    with pytest.raises(Fault, match="the waiver for PTH201 ended on 2027-06-30"):
        longer.require_valid(datetime(2027, 7, 1, tzinfo=UTC))


def test_a_waiver_without_a_real_day_is_none(bundle, trust):
    statement = Statement.from_bytes(bundle().certificate.payload)
    odd = {"code": "X", "owner": "a", "reason": "b", "until": "2027-02-30"}
    with pytest.raises(Fault, match="not a day"):
        Certificate.parse(replace(statement, predicate={**statement.predicate, "waivers": [odd]}))


def test_a_certificate_that_was_renewed_is_not_taken_for_the_one_that_is(bundle, trust, tmp_path):
    old, new = bundle(), bundle()
    write_folder(tmp_path, [new.certificate, *new.others])
    (tmp_path / "former-0.dsse.json").write_bytes(old.certificate.to_json())
    assert Bundle.read(tmp_path).verified(trust) == new.verified(trust)
