"""The shipped schemas: what is made fits them, what is not ours does not, and reading is no laxer than they are."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_certificates import issued

from builder import key, tools
from builder.errors import Fault, UsageError
from builder.recipe import load
from builder.recipe.model import Test
from builder.recipe.source import Span
from certify import attest, predicates
from certify.certificate import Certificate, Waiver
from certify.examination import Examination, TestResult
from certify.finding import Finding, Related, Severity
from certify.revocation import Revoked
from certify.sitepolicy import SitePolicy
from certify.statement import FINDINGS, TEST_RESULT, Statement
from certify.store.access import AccessRecord, Principal, Realm
from certify.store.tags import TagImage, TagRecord

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
A, B = "a" * 64, "b" * 64
RECIPE = """\
schema: 1
name: tool
version: "1.0"
summary: A tool
license: MIT
access: public
base: {debian: bookworm}
host_libraries: [mpich]
tests: [{name: works, run: "true"}]
"""
PLACE = Span(1, 2, 3, 4)
FOUND = [
    Finding(code="PRM304", name="setuid", severity=Severity.WARNING, message="su", path="/usr/bin/su", help="h"),
    Finding(code="PTH205", name="odd", severity=Severity.INFO, message="\udcff", path="/\udcff\n"),
    Finding(code="SCH001", name="whole", severity=Severity.INFO, message="no place"),
    Finding(code="ENV101", name="in-a-file", severity=Severity.WARNING, message="m", file="recipe.yaml", span=PLACE,
            related=(Related("from here", "other.yaml", PLACE),))]


def fits(name, value):
    schema = json.loads(predicates.text(name))
    jsonschema.Draft7Validator(schema).validate(value)


def refused(name, value):
    with pytest.raises(jsonschema.ValidationError):
        fits(name, value)


@pytest.mark.parametrize("name", predicates.names())
def test_each_schema_is_one(name):
    schema = json.loads(predicates.text(name))
    jsonschema.Draft7Validator.check_schema(schema)
    assert schema["$id"] == f"urn:certify:schema:{name}"
    refused(name, {})


def test_a_schema_that_is_not_there():
    for name in ("x", "../predicates/certificate-1", ""):
        with pytest.raises(UsageError, match="no such schema"):
            predicates.text(name)


@pytest.fixture
def made(tmp_path, monkeypatch, signers):
    """All that a certificate of an image needs, as it is signed: predicates by type."""
    monkeypatch.setattr(tools, "versions", lambda names=(): {"tar": "1"})
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    recipe = load(tmp_path)[1]
    recipe = replace(recipe, tests=(*recipe.tests, Test(name="more", run="ls /\n")))
    tests = [TestResult(name=one.name, run=one.run, code=0, seconds=0.1, output="") for one in recipe.tests]
    good = Examination(digest=A, size=1, config=key.config(recipe), findings=FOUND, tests=tests, looked=True)
    from certify import site as sites
    envelopes = attest.attest(good, recipe, B, None, site=sites.load(), signer=signers["one"], now=NOW)
    statements = [Statement.from_bytes(one.payload) for one in envelopes]
    return {one.predicate_type: one.predicate for one in statements}


def test_what_is_made_of_an_image_fits(made):
    fits("findings-1", made[FINDINGS])
    fits("test-result-0.1", made[TEST_RESULT])
    fits("certificate-1", made["urn:certify:certificate:1"])
    assert made[FINDINGS]["scope"]["host_libraries"] == ["mpich"]
    refused("findings-1", made[TEST_RESULT])
    refused("certificate-1", made[FINDINGS])


def certificates():
    waiver = Waiver(code="PRM304", owner="alice", reason="known", until="2027-01-01")
    return [issued(), issued(policy=SitePolicy(), renews="1" * 32), issued(errors=1, waivers=[waiver], policy=SitePolicy())]


@pytest.mark.parametrize("statement", certificates(), ids=["plain", "renewed", "waived"])
def test_certificates_fit_and_what_the_schema_refuses_is_not_read(statement):
    fits("certificate-1", statement.predicate)
    for field in statement.predicate:
        for change in ({}, None, "x", 7, [1]):
            broken = {**statement.predicate, field: change}
            if field == "evidence" and change == [1]:
                broken[field] = [1, 1, 1]
            if (field, change) in (("name", "x"), ("tag", "x")):
                continue
            refused("certificate-1", broken)
            with pytest.raises(Fault):
                Certificate.parse(replace(statement, predicate=broken))


keys64 = st.dictionaries(st.from_regex(r"\A[0-9a-f]{64}\Z"), st.text(st.characters(codec="utf-8")), max_size=3)
moments = st.datetimes(min_value=datetime(2000, 1, 1), timezones=st.just(UTC)).map(lambda one: one.replace(microsecond=0))  # noqa: DTZ001


@given(st.builds(Revoked, number=st.integers(1, 2**53), issued=moments, images=keys64, keys=keys64, expires=st.none() | moments,
                 serials=st.dictionaries(st.from_regex(r"\A[0-9a-f]{32}\Z"), st.text(st.characters(codec="utf-8")), max_size=2)))
def test_lists_of_what_was_revoked_fit_and_are_read_again(listed):
    assert Revoked.from_payload(listed.to_payload()) == listed
    fits("revocation-list-1", json.loads(listed.to_payload()))


def test_an_older_list_without_keys_is_read():
    old = b'{"images":{},"issued":"2026-11-30T12:00:00Z","number":1,"serials":{},"version":1}'
    fits("revocation-list-1", json.loads(old))
    assert Revoked.from_payload(old).keys == {}


@pytest.mark.parametrize("realm", [
    Realm(public=True), Realm(users=(Principal(id=1), Principal(id=20001, name="alice"))),
    Realm(groups=(Principal(id=2**32 - 2),))],
    ids=["public", "users", "groups"])
def test_access_records_fit(realm):
    fits("access-record-1", json.loads(AccessRecord(digest=A, number=1, realm=realm, meta=B).to_payload()))


def test_tag_records_fit():
    record = TagRecord(name="tool", tag="latest", target="1.0-1", number=3, index=A, issued=NOW + timedelta(days=1),
                       images={"linux/amd64": TagImage(digest=B, access=1), "linux/arm/v7": TagImage(digest=A, access=9)})
    fits("tag-record-1", json.loads(record.to_payload()))
    refused("tag-record-1", {**json.loads(record.to_payload()), "images": {}})
