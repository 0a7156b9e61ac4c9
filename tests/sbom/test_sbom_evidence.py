"""The bill of materials among the evidence of a certificate."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from builder import key, tools
from builder.errors import Fault
from builder.recipe import load
from builder.record import Record
from certify import attest, evidence, strictjson
from certify import site as sites
from certify.bundle import Bundle, write_folder
from certify.examination import Examination, TestResult
from certify.packages.model import Inventory, gathered, made
from certify.sbom.build import document
from certify.signing import Signer, generate
from certify.statement import FINDINGS, PROVENANCE, SBOM, TEST_RESULT, Statement
from certify.trust import Trust

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
SHA = "a" * 64
RECIPE = """\
schema: 1
name: tool
version: "1.0"
summary: A tool
license: MIT
access: public
base: {debian: bookworm}
tests: [{name: works, run: "true"}]
"""
FOUND = gathered([made("deb", "bash", "5.2", architecture="amd64")], [], ("debian", "12"), {})
RECORD = Record(
    name="tool", tag="1.0-1", platform="linux/amd64", key=SHA, recipe=SHA, digest=SHA, size=4096, tree=SHA, isolation="runc",
    tools={}, started="2026-11-30T11:00:00+00:00", seconds={}, notes=[], resolved={}, environment={}, inputs={}, wheels=[],
    packages=[{"name": "bash", "version": "5.2", "architecture": "amd64", "sha256": "1" * 64}], files=[], bases=[],
    sources=[{"url": "https://example.org/x.tar", "sha256": "3" * 64}])


@pytest.fixture
def recipe(tmp_path, monkeypatch):
    monkeypatch.setattr(tools, "versions", lambda names=(): {"tar": "1"})
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    return load(tmp_path)[1]


@pytest.fixture
def examination(recipe):
    return Examination(digest=SHA, size=4096, config=key.config(recipe), inventory=FOUND, looked=True,
                       tests=[TestResult(name="works", run="true", code=0, seconds=0.1, output="")])


def test_an_image_whose_packages_are_known_has_a_bill(examination, recipe):
    *before, last = evidence.statements(examination, recipe, SHA, RECORD)
    assert [one.predicate_type for one in before] == [PROVENANCE, FINDINGS, TEST_RESULT]
    assert last.predicate_type == SBOM and last.about(SHA)
    assert last.predicate == document(examination.config, SHA, FOUND, RECORD)
    assert "timestamp" not in last.predicate["metadata"]


def test_without_a_record_the_bill_says_what_was_found_alone(examination, recipe):
    said = evidence.statements(examination, recipe, SHA, None)[-1].predicate
    assert [one["bom-ref"] for one in said["components"]] == ["system", "deb:bash:5.2:amd64"]
    assert "hashes" not in said["components"][1]


def test_without_an_inventory_there_is_no_bill(examination, recipe):
    kinds = [one.predicate_type for one in evidence.statements(replace(examination, inventory=None), recipe, SHA, None)]
    assert kinds == [PROVENANCE, FINDINGS, TEST_RESULT]


def test_an_empty_inventory_is_a_bill_too(examination, recipe):
    kinds = [one.predicate_type for one in evidence.statements(replace(examination, inventory=Inventory()), recipe, SHA, None)]
    assert SBOM in kinds


def test_the_certificate_rests_on_it_and_its_file_has_its_name(examination, recipe, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    generate(tmp_path / "key")
    signer = Signer.load(tmp_path / "key")
    made = attest.attest(examination, recipe, SHA, RECORD, site=sites.load("shifter"), signer=signer, now=NOW)
    write_folder(tmp_path / "certs", made)
    bundle, trust = Bundle.read(tmp_path / "certs"), Trust.load(tmp_path / "key.pub")
    certificate = bundle.verified(trust)
    payload = next(one.payload for one in made if b"CycloneDX" in one.payload)
    named = {one.predicate_type: one.sha256 for one in certificate.evidence}
    assert named[SBOM] == hashlib.sha256(payload).hexdigest()
    assert SBOM in [one.predicate_type for one in bundle.evidence(certificate, trust)]
    assert (tmp_path / "certs" / f"sbom-{named[SBOM][:16]}.dsse.json").is_file()
    assert Statement.from_bytes(payload).to_bytes() == payload


def test_a_bill_that_nobody_could_read_is_not_signed(examination, recipe, monkeypatch):
    monkeypatch.setattr(strictjson, "LIMIT", 1000)
    with pytest.raises(Fault, match=r"too many packages for a bill of materials: 1$"):
        evidence.statements(examination, recipe, SHA, RECORD)
