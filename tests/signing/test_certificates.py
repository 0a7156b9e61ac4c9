"""References, statements and certificates."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.errors import Fault
from builder.image import ImageConfig
from certify import site as sites
from certify.certificate import Certificate, Profile, Waiver, config_digest, issue, read_time, write_time
from certify.reference import HEX, NAME, TAG, Reference
from certify.statement import FINDINGS, PROVENANCE, TEST_RESULT, Statement, Subject

NOW = datetime(2026, 11, 30, 12, 0, 0, 999, tzinfo=UTC)
DIGEST = "ab" * 32
CONFIG = ImageConfig(name="tool", version="1.0", revision=2, platform="linux/amd64", environment={"A": "b"})


def evidence(digest=DIGEST, kinds=(PROVENANCE, FINDINGS, TEST_RESULT)):
    return [
        Statement(subject=(Subject(name="x", sha256=digest),), predicate_type=kind, predicate={})
        for kind in kinds
    ]


def issued(**more):
    values = {
        "config": CONFIG,
        "digest": DIGEST,
        "site": sites.load(),
        "evidence": evidence(),
        "errors": 0,
        "warnings": 3,
        "tests": 4,
        "now": NOW,
        **more,
    }
    return issue(**values)


names = st.from_regex(NAME, fullmatch=True).filter(lambda text: len(text) <= 100)
tags = st.none() | st.from_regex(TAG, fullmatch=True)
digests = st.none() | st.from_regex(HEX, fullmatch=True)


@given(names, tags, digests)
def test_references_round_trip(name, tag, digest):
    reference = Reference(name=name, tag=tag, digest=digest)
    assert Reference.parse(str(reference)) == reference


@given(st.from_regex(HEX, fullmatch=True))
def test_a_digest_alone_is_a_reference(digest):
    assert Reference.parse(f"sha256:{digest}") == Reference(digest=digest)
    assert str(Reference(digest=digest)) == f"sha256:{digest}"


@given(st.text(max_size=60) | st.text("a1.-_/:@", max_size=30))
def test_any_text_is_a_reference_that_stays_in_its_folder_or_a_fault(text):
    try:
        reference = Reference.parse(text)
    except Fault:
        return
    assert str(reference) == text
    for part in (reference.name, reference.tag):
        assert part is None or ("/" not in part and part not in (".", "..", "") and not part.startswith("."))


def test_what_reads_as_a_digest_is_one():
    with pytest.raises(Fault, match="read as a digest"):
        Reference(name="sha256", tag=DIGEST)
    for part in ({"tag": "1"}, {}, {"name": "a", "digest": "A" * 64}):
        with pytest.raises(Fault):
            Reference(**part)


def test_a_certificate_says_what_was_issued():
    statement = issued()
    certificate = Certificate.parse(Statement.from_bytes(statement.to_bytes()))
    assert (certificate.name, certificate.tag, certificate.digest) == ("tool", "1.0-2", DIGEST)
    assert certificate.config == config_digest(CONFIG)
    assert certificate.profile is Profile.SHARED
    assert certificate.valid_until - certificate.valid_from == timedelta(days=sites.load().validity_days)
    assert (certificate.errors, certificate.warnings, certificate.tests) == (0, 3, 4)
    assert certificate.predicate() == statement.predicate
    assert Certificate.parse(issued()).serial != certificate.serial


def test_errors_need_a_waiver():
    with pytest.raises(Fault, match="without a waiver"):
        issued(errors=1)
    waiver = Waiver(code="IMG001", owner="alice", reason="known", until="2027-01-01")
    assert Certificate.parse(issued(errors=1, waivers=[waiver])).waivers == (waiver,)


def test_evidence_must_be_there_and_about_the_same_bytes():
    with pytest.raises(Fault, match="too little"):
        issued(evidence=evidence(kinds=(PROVENANCE, FINDINGS)))
    with pytest.raises(Fault, match="other bytes"):
        issued(evidence=evidence("cd" * 32))


@pytest.mark.parametrize(
    "change",
    [
        {"name": "../x"},
        {"name": "Tool"},
        {"tag": "a/b"},
        {"platform": "linux"},
        {"config": DIGEST},
        {"serial": "1"},
        {"profile": "best"},
        {"valid_from": "2026-11-30T12:00:00"},
        {"valid_until": "2020-01-01T00:00:00Z"},
        {"evidence": []},
        {"verdict": {"errors": True, "warnings": 0, "tests": 0}},
        {"verdict": {"errors": 0, "warnings": 0}},
        {"waivers": [1]},
        {"site": {"name": "x"}},
        {"extra": 1},
        {"valid_from": None},
    ],
)
def test_certificates_that_are_none(change):
    statement = issued()
    with pytest.raises(Fault):
        Certificate.parse(replace(statement, predicate={**statement.predicate, **change}))


def test_a_certificate_is_about_one_image():
    statement = issued()
    with pytest.raises(Fault, match="not a certificate of one image"):
        Certificate.parse(replace(statement, subject=statement.subject * 2))
    with pytest.raises(Fault, match="not a certificate"):
        Certificate.parse(replace(statement, predicate_type=FINDINGS))


def test_validity_has_a_beginning_and_an_end():
    certificate = Certificate.parse(issued())
    certificate.require_valid(certificate.valid_until - timedelta(seconds=1))
    for moment in (certificate.valid_until, certificate.valid_from - timedelta(minutes=6)):
        with pytest.raises(Fault):
            certificate.require_valid(moment)


@given(st.datetimes(min_value=datetime(2000, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_times_round_trip(moment):
    assert read_time(write_time(moment)) == moment.replace(microsecond=0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-1-1T0:0:0Z",
        "2026-11-30T12:00:00+00:00",
        "2026-11-30T12:00:00.5Z",
        "2026-11-31T12:00:00Z",
        "2026-11-30T12:00:00Z\n",
        "0999-01-01T00:00:00Z ",
    ],
)
def test_times_that_are_none(text):
    with pytest.raises(Fault):
        read_time(text)


@pytest.mark.parametrize("payload", [
    b"{}", b"[]",
    (b'{"_type":"https://in-toto.io/Statement/v0.1","subject":[],"predicateType":"x","predicate":{}}')])
def test_statements_that_are_none(payload):
    with pytest.raises(Fault):
        Statement.from_bytes(payload)


def test_statements_round_trip():
    made = evidence()[0]
    assert Statement.from_bytes(made.to_bytes()) == made
    assert b'"_type":"https://in-toto.io/Statement/v1"' in made.to_bytes()
