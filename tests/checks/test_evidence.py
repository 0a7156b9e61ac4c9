"""From an examination to signed statements: about these bytes, and only for an image that deserves them."""

from __future__ import annotations

import hashlib
import os
import shlex
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from builder import __version__, key, tools
from builder.errors import Error, Fault
from builder.progress import Progress
from builder.recipe import load
from builder.recipe.model import Test
from builder.record import Record
from certify import attest, evidence, examination
from certify.cli import summary
from certify.examination import Examination, TestResult
from certify.finding import Finding, Severity
from certify.sandbox import enter
from certify.ship import Shipped
from certify.signing import Signer, generate
from certify.statement import FINDINGS, PAYLOAD_TYPE, PROVENANCE, TEST_RESULT, Statement

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
SHA = "a" * 64
READ = "e" * 64     # the recipe's file, as it was read
RECIPE = """\
schema: 1
name: tool
version: "1.0"
summary: A tool
license: MIT
access: public
base: {debian: bookworm}
env: {LANG: C}
tests: [{name: works, run: "true"}]
"""
WARNING = Finding(code="PRM304", name="setuid", severity=Severity.WARNING, message="su", path="/usr/bin/su")
ERROR = WARNING._replace(severity=Severity.ERROR)
PASSED = TestResult(name="works", run="true", code=0, seconds=0.1, output="")
FAILED = replace(PASSED, name="fails", code=1)


@pytest.fixture
def recipe(tmp_path, monkeypatch):
    monkeypatch.setattr(tools, "versions", lambda names=(): {"tar": "1"})
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    return load(tmp_path)[1]


@pytest.fixture
def good(recipe):
    return Examination(digest=SHA, size=4096, config=key.config(recipe), findings=[WARNING], tests=[PASSED], looked=True)


@pytest.fixture(scope="module")
def signer(tmp_path_factory):
    path = tmp_path_factory.mktemp("keys") / "key"
    generate(path)
    return Signer.load(path)


@pytest.fixture
def as_root(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)


@pytest.fixture
def attested(recipe, as_root, site, signer):
    def make(result, record=None, recipe=recipe):
        made = attest.attest(result, recipe, READ, record, site=site, signer=signer, now=NOW)
        return [Statement.from_bytes(envelope.payload) for envelope in made]
    return make


RECORD = Record(
    name="tool", tag="1.0-1", platform="linux/amd64", key=SHA, recipe=SHA, digest=SHA, size=4096, tree="t" * 64,
    isolation="runc", tools={"tar": "1"}, started="2026-11-30T11:00:00+00:00", seconds={},
    packages=[{"name": "libstdc++6", "version": "1:12.2-3~deb12", "architecture": "amd64", "sha256": "1" * 64}],
    wheels=[{"file": "Foo_Bar.baz-1.0+x-py3-none-any.whl", "sha256": "2" * 64}],
    sources=[{"url": "https://example.org/x.tar", "sha256": "3" * 64}],
    files=[{"from": "a b/ü", "to": "/x", "sha256": "4" * 64}],
    bases=[{"uri": "docker.io/library/x@sha256:5", "sha256": "5" * 64}], notes=[], resolved={}, environment={}, inputs={})


def test_every_statement_is_about_the_examined_bytes(attested, good):
    made = attested(good)
    assert [one.predicate_type for one in made[:-1]] == [PROVENANCE, FINDINGS, TEST_RESULT]
    assert all(one.about(SHA) for one in made)
    assert {one.subject[0].name for one in made} == {"tool:1.0-1"}


def test_the_certificate_comes_last_and_rests_on_the_very_statements_before_it(attested, good):
    *before, certificate = attested(good)
    named = {one["predicate_type"]: one["digest"] for one in certificate.predicate["evidence"]}
    assert named == {one.predicate_type: f"sha256:{hashlib.sha256(one.to_bytes()).hexdigest()}" for one in before}
    assert certificate.predicate["verdict"] == {"errors": 0, "warnings": 1, "tests": 1}
    assert certificate.predicate["valid_from"] == "2026-11-30T12:00:00Z"


@pytest.mark.parametrize(("fields", "uri"), [
    ({"version": "1:3.4-5.el9"}, "pkg:rpm/rocky/gcc-c%2B%2B@3.4-5.el9?arch=x86_64&epoch=1"),
    ({"version": "3.4~rc1-5"}, "pkg:rpm/rocky/gcc-c%2B%2B@3.4~rc1-5?arch=x86_64"),
    ({"version": "3-5", "distribution": ""}, "pkg:rpm/gcc-c%2B%2B@3-5?arch=x86_64"),
])
def test_an_rpm_package_is_named_as_one(fields, uri):
    package = {"kind": "rpm", "name": "gcc-c++", "architecture": "x86_64", "distribution": "rocky", "sha256": "1" * 64, **fields}
    assert evidence._package(package) == uri


@pytest.mark.usefixtures("as_root")
def test_every_envelope_is_signed(recipe, good, site, signer):
    made = attest.attest(good, recipe, READ, None, site=site, signer=signer, now=NOW)
    assert {(one.payload_type, one.signatures[0].keyid) for one in made} == {(PAYLOAD_TYPE, signer.keyid)}


@pytest.mark.parametrize(("fields", "said"), [
    ({"findings": [ERROR]}, "1 error(s) in the image"), ({"findings": [WARNING, ERROR, ERROR]}, "2 error(s) in the image"),
    ({"tests": [FAILED]}, "1 test(s) failed"), ({"tests": [PASSED, replace(PASSED, code=137)]}, "1 test(s) failed"),
    ({"findings": [ERROR], "tests": [FAILED]}, "1 error(s) in the image, 1 test(s) failed"),
])
def test_an_error_or_a_failed_test_refuses(attested, good, fields, said):
    bad = replace(good, **fields)
    with pytest.raises(attest.NotCertified) as caught:
        attested(bad)
    assert caught.value.message == f"tool:1.0-1 is not certified: {said}"
    assert caught.value.examination is bad
    assert caught.value.exit_code == 1


@pytest.mark.parametrize("fields", [
    {"name": "other"}, {"version": "2"}, {"revision": 2}, {"environment": {"PATH": "/bin"}}, {"entrypoint": ("sh",)},
    {"workdir": "/"}, {"platform": "linux/s390x"}], ids=str)
def test_an_image_that_says_something_else_than_the_recipe_refuses(attested, good, fields):
    with pytest.raises(Fault, match=r"than the recipe tool:1\.0-1"):
        attested(replace(good, config=replace(good.config, **fields)))


MORE = TestResult(name="more", run="ls", code=0, seconds=0.1, output="")


@pytest.mark.parametrize("tests", [
    [], [PASSED, MORE], [PASSED, PASSED], [MORE], [replace(PASSED, name="other")], [replace(PASSED, run="exit 0")],
], ids=["none", "one more", "twice", "another", "other name", "other command"])
def test_tests_that_are_not_exactly_the_recipes_refuse(attested, good, tests):
    with pytest.raises(Fault, match=r"^tool:1\.0-1: not all of the recipe's tests were run$"):
        attested(replace(good, tests=tests))


def test_a_recipe_with_several_tests_needs_all_in_their_order(attested, recipe, good):
    several = replace(recipe, tests=(*recipe.tests, Test(name="more", run="ls")))
    assert attested(replace(good, tests=[PASSED, MORE]), recipe=several)
    for tests in ([PASSED], [MORE], [MORE, PASSED]):
        with pytest.raises(Fault, match="not all of the recipe's tests were run"):
            attested(replace(good, tests=tests), recipe=several)


def test_a_recipe_without_tests_needs_none(attested, recipe, good):
    assert attested(replace(good, tests=[]), recipe=replace(recipe, tests=()))
    with pytest.raises(Fault, match="not all of the recipe's tests were run"):
        attested(good, recipe=replace(recipe, tests=()))


def test_who_is_not_root_has_not_seen_all_and_certifies_nothing(recipe, good, site, signer, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(Error, match="certifying needs root") as caught:
        attest.attest(good, recipe, READ, RECORD, site=site, signer=signer, now=NOW)
    assert caught.value.exit_code == 3


def test_warnings_alone_do_not_refuse_and_are_shown(attested, good):
    findings = attested(good)[1].predicate["findings"]
    assert findings == [WARNING.as_json()]


def test_test_results_are_told_by_name(recipe, good):
    mixed = replace(good, tests=[PASSED, FAILED])
    found = {one.predicate_type: one.predicate for one in evidence.statements(mixed, recipe, READ, None)}
    assert found[TEST_RESULT] == {
        "result": "FAILED", "passedTests": ["works"], "failedTests": ["fails"], "warnedTests": [],
        "configuration": [{"name": "works", "content": "true"}, {"name": "fails", "content": "true"}]}


def test_a_recipes_bytes_are_known_from_when_it_was_read(tmp_path, recipe):
    before = hashlib.sha256((tmp_path / "recipe.yaml").read_bytes()).hexdigest()
    document, _ = load(tmp_path)
    (tmp_path / "recipe.yaml").write_text("changed since")
    assert document.sha256 == before


def test_provenance_names_the_recipe_by_its_bytes_and_the_key_it_was_built_with(attested, recipe, good):
    said = attested(good, RECORD)[0].predicate
    assert said["buildDefinition"]["externalParameters"] == {"recipe": {"name": "tool", "sha256": READ}, "key": SHA}
    assert key.of(recipe) != SHA        # what the recipe's files would give now says nothing of the build
    assert said["buildDefinition"]["buildType"] == "urn:certify:build:1"
    assert said["runDetails"]["builder"]["id"] == "urn:certify:builder:1"


def test_provenance_without_a_record_claims_no_build(attested, good):
    said = attested(good)[0].predicate
    assert said == {
        "buildDefinition": {"buildType": "urn:certify:examined:1", "internalParameters": {}, "resolvedDependencies": [],
                            "externalParameters": {"recipe": {"name": "tool", "sha256": READ}}},
        "runDetails": {"builder": {"id": "urn:certify:examiner:1", "version": {"certify": __version__}}, "metadata": {}}}


def test_provenance_with_a_record_names_every_input_by_its_hash(attested, good):
    said = attested(good, RECORD)[0].predicate
    assert [(one["uri"], one["digest"]["sha256"][0]) for one in said["buildDefinition"]["resolvedDependencies"]] == [
        ("docker.io/library/x@sha256:5", "5"), ("pkg:deb/debian/libstdc%2B%2B6@1%3A12.2-3~deb12?arch=amd64", "1"),
        ("pkg:pypi/foo-bar-baz@1.0%2Bx?file_name=Foo_Bar.baz-1.0%2Bx-py3-none-any.whl", "2"),
        ("https://example.org/x.tar", "3"), ("file:a%20b/%C3%BC", "4")]
    assert said["buildDefinition"]["internalParameters"] == {"isolation": "runc", "tools": {"tar": "1"}, "tree": "t" * 64,
                                                             "resolved": {}}
    assert said["runDetails"]["metadata"] == {"startedOn": RECORD.started}


@pytest.fixture
def examined(monkeypatch, tmp_path, site):
    """Examine a file where the part inside tells some events."""
    def run(*events, progress=None, data=b"image"):
        def told(handle, site, *, on_event, **request):
            for event in events:
                on_event(dict(event))

        monkeypatch.setattr(enter, "examine", told)
        (tmp_path / "image").write_bytes(data)
        return examination.examine(tmp_path / "image", site, [], progress or Progress())
    return run


def test_an_examination_knows_the_very_bytes(examined):
    result = examined(data=b"x" * (3 << 20))
    assert (result.digest, result.size) == (hashlib.sha256(b"x" * (3 << 20)).hexdigest(), 3 << 20)
    assert result.config.name == "unknown"


def test_findings_are_sorted_by_weight_then_code_then_path(examined):
    told = [WARNING._replace(path="/b"), WARNING._replace(severity=Severity.INFO), WARNING._replace(path="/a"),
            ERROR._replace(code="PTH201"), ERROR._replace(code="ENV101", path=None)]
    result = examined(*({"event": "finding", **one.as_json()} for one in told))
    assert result.findings == [told[4], told[3], told[2], told[0], told[1]]
    assert result.errors == [told[4], told[3]]


def test_events_become_results_and_stages(examined, good):
    progress = Progress()
    result = examined(
        {"event": "config", "text": good.config.to_json()}, {"event": "checked", "seconds": 1.0},
        {"event": "test", "name": "a", "run": "x", "code": 0, "seconds": 0.5, "output": "o"},
        {"event": "test", "name": "b", "run": "y", "code": 3, "seconds": 0.5, "output": ""}, progress=progress)
    assert result.config == good.config
    assert [(one.name, one.passed) for one in result.tests] == [("a", True), ("b", False)]
    assert [one.name for one in result.failed] == ["b"]
    assert [(one.name, one.note) for one in progress.stages] == [
        ("hash", "5 B"), ("check", "0 errors in 0 findings"), ("test: a", ""), ("test: b", "FAILED, exit code 3")]


def test_an_image_that_lies_about_itself_in_no_json_is_a_fault(examined):
    with pytest.raises(Fault):
        examined({"event": "config", "text": "{"})


def test_a_link_is_not_examined(tmp_path, site):
    (tmp_path / "image").touch()
    (tmp_path / "link").symlink_to("image")
    with pytest.raises(Error):
        examination.examine(tmp_path / "link", site, [], Progress())


ODD = {"PATH": "/opt/my tool/bin:/bin", "QUOTE": "it's \"$HOME\"", "EMPTY": ""}
COMMAND = ["python3", "-c", "print('a b'); print(1)"]


@pytest.mark.parametrize(("runtime", "words"), [
    ("Charliecloud", ["ch-run", *(f"--set-env={name}={value}" for name, value in sorted(ODD.items())), "/a b/x.squashfs", "--"]),
    ("Apptainer", ["apptainer", "exec", *(word for name, value in sorted(ODD.items()) for word in ("--env", f"{name}={value}")),
                   "/a b/x.squashfs"]),
    ("Shifter", ["shifter", f"--image=id:{SHA}"]),
])
def test_the_command_for_each_runtime_reads_back_in_a_shell(runtime, words):
    line = summary.commands(Path("/a b/x.squashfs"), SHA, ODD, COMMAND)[runtime]
    assert shlex.split(line) == [*words, *COMMAND]


def test_podman_runs_from_a_mount_read_only():
    line = summary.commands(Path("/a b/x.squashfs"), SHA, ODD, COMMAND)["podman-hpc"]
    make, mount, run = (shlex.split(part) for part in line.split(" && "))
    folder = f"/tmp/{SHA[:12]}"
    assert make == ["mkdir", "-p", folder]
    assert mount == ["squashfuse", "/a b/x.squashfs", folder]
    assert run[:4] == ["podman-hpc", "run", "--rm", "--read-only"]
    assert run[-len(COMMAND) - 2:] == ["--rootfs", folder, *COMMAND]


SHIPPED = Shipped(recipe="r", name="tool", version="1.0", tag="1.0-1", digest=SHA, size=4096, status="published", seconds=1.25,
                  valid_until=NOW, squashfs=Path("/s/x.squashfs"), command=("tool", "a b"))


def test_the_summary_of_a_published_image_ends_with_how_to_run_it(capsys):
    summary.show(SHIPPED)
    said = capsys.readouterr().out.splitlines()
    assert said[1] == "tool:1.0-1  published  (1.2 s)"
    assert said[2].split() == ["reference", f"tool:1.0-1@sha256:{SHA}"]
    assert said[3].split(None, 1) == ["size", "4.1 kB"]
    assert said[4].split() == ["valid", "until", "2026-11-30"]
    assert [line.split()[0] for line in said[5:]] == ["Shifter", "podman-hpc", "Charliecloud", "Apptainer", "here"]
    assert said[-1].split(None, 1)[1] == "certify run tool:1.0-1 -- tool 'a b'"


@pytest.mark.parametrize(("fields", "lines"), [({"digest": ""}, 1), ({"squashfs": None}, 3), ({"valid_until": None}, 3)])
def test_the_summary_says_no_more_than_was_done(capsys, fields, lines):
    summary.show(replace(SHIPPED, **fields))
    assert len(capsys.readouterr().out.strip().splitlines()) == lines
