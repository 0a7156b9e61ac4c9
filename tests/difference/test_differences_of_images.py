"""What became of one image in another: packages, environment, findings, start command."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.image import ImageConfig
from certify.difference.compare import difference
from certify.difference.model import Files, Look
from certify.finding import Finding, Severity
from certify.packages import Package

VERSIONS = st.sampled_from(["1.0", "1.0-1", "1.0~rc1", "2:0.9", "10", "9", "1.0+b1", "x"])
PACKAGES = st.lists(st.builds(Package, kind=st.sampled_from(["deb", "rpm", "python", "conda"]),
                              name=st.sampled_from(["a", "b", "py_yaml"]), version=VERSIONS, build=st.sampled_from(["", "h1"]),
                              path=st.sampled_from(["", "/x"])), max_size=6).map(tuple)
FINDINGS = st.lists(st.builds(Finding, code=st.sampled_from(["PTH201", "LNK402"]), name=st.just("n"),
                              severity=st.sampled_from(Severity), message=st.sampled_from(["3 files", "41 files", "other"]),
                              path=st.sampled_from([None, "/python3.11/x", "/python3.12/x", "/y"])), max_size=6).map(tuple)
LOOKS = st.builds(Look, name=st.just("x"), digest=st.just("ab"), size=st.just(1), packages=PACKAGES, findings=FINDINGS,
                  config=st.builds(ImageConfig, name=st.just("t"), version=st.just("1"), revision=st.just(1),
                                   platform=st.just("linux/amd64"), entrypoint=st.sampled_from([(), ("sh", "-c", "a b")]),
                                   environment=st.dictionaries(st.sampled_from("ABC"), st.sampled_from("12")),
                                   workdir=st.sampled_from([None, "/w"])))


def look(**values):
    settings = {key: values.pop(key) for key in ("environment", "entrypoint", "workdir") if key in values}
    plain = {"name": "tool", "version": "1", "revision": 1, "platform": "linux/amd64", "environment": {}}
    config = ImageConfig(**plain | settings)
    return Look(name="x", digest="ab" * 32, size=1, config=config, **values)


def packages(*words):
    found = []
    for word in words:
        kind, name, version = word.split(":", 2)
        found.append(Package(kind=kind, name=name, version=version.partition("/")[0], path=version.partition("/")[2]))
    return tuple(found)


@pytest.mark.parametrize(("before", "after", "expected"), [
    (["deb:a:1.0"], ["deb:a:1.0"], []),
    (["deb:a:1.0"], ["deb:a:1.0~rc1"], [("a", "down", "1.0", "1.0~rc1")]),
    (["deb:a:1:9"], ["deb:a:2:1"], [("a", "up", "1:9", "2:1")]),
    (["deb:a:1"], ["rpm:a:1"], [("a", "added", None, "1"), ("a", "removed", "1", None)]),
    (["python:Py_Yaml:6.0"], ["python:py-yaml:6.0"], []),
    (["python:a:1.0"], ["python:a:1.0.0"], [("a", "changed", "1.0", "1.0.0")]),
    (["python:a:9/x", "python:a:9/y"], ["python:a:9/x", "python:a:10/y"], [("a", "up", "9", "10")]),
    (["python:a:9/x", "python:a:8/y"], ["python:a:9/z"], [("a", "removed", "8", None)]),
    (["rpm:kernel:5-1", "rpm:kernel:5-2"], ["rpm:kernel:5-2", "rpm:kernel:5-10", "rpm:kernel:5-3"],
     [("kernel", "added", None, "5-10"), ("kernel", "up", "5-1", "5-3")]),
], ids=["same", "down", "epoch", "kind", "spelling", "equal", "places", "fewer", "several"])
def test_packages_that_moved(before, after, expected):
    found = difference(look(packages=packages(*before)), look(packages=packages(*after)), Files()).packages
    assert [(one.name, one.how, one.before, one.after) for one in found] == expected


def test_another_build_of_a_conda_package_is_told():
    one, other = (look(packages=(Package(kind="conda", name="a", version="1", build=build),)) for build in ("h1_0", "h2_0"))
    found = difference(one, other, Files()).packages
    assert [(one.how, one.before, one.after) for one in found] == [("changed", "1 h1_0", "1 h2_0")]


def test_environment_and_start_command():
    one = look(environment={"A": "1", "B": "2", "C": "3"}, entrypoint=("sh", "-c", "a b"))
    other = look(environment={"B": "2", "C": "4", "D": "5"}, entrypoint=("run",), workdir="/w")
    found = difference(one, other, Files())
    assert [tuple(one) for one in found.variables] == [("A", "removed", "1", None), ("C", "changed", "3", "4"),
                                                       ("D", "added", None, "5")]
    assert [tuple(one) for one in found.settings] == [("start command", "sh -c 'a b'", "run"), ("working folder", "", "/w")]


def finding(message, path=None, code="PTH201", severity=Severity.ERROR):
    return Finding(code=code, name="n", severity=severity, message=message, path=path)


def test_findings_are_the_same_whatever_numbers_are_in_them():
    before = (finding("3 files", "/lib/python3.11/a"), finding("x", "/b"), finding("x", "/b"), finding("y", "/c"))
    after = (finding("12 files", "/lib/python3.12/a"), finding("x", "/b"), finding("y", "/c", severity=Severity.WARNING))
    found = difference(look(findings=before), look(findings=after), Files())
    assert found.came == (finding("y", "/c", severity=Severity.WARNING),)
    assert found.went == (finding("x", "/b"), finding("y", "/c"))


@given(LOOKS, LOOKS)
def test_laws(one, other):
    assert difference(one, one, Files()).empty
    there, back = difference(one, other, Files()), difference(other, one, Files())
    assert (there.came, there.went) == (back.went, back.came)
    opposite = {"added": "removed", "removed": "added", "up": "down", "down": "up", "changed": "changed"}
    assert sorted((p.kind, p.name, p.how, str(p.before), str(p.after)) for p in there.packages) == sorted(
        (p.kind, p.name, opposite[p.how], str(p.after), str(p.before)) for p in back.packages)
    assert {(v.name, v.how) for v in there.variables} == {(v.name, opposite[v.how]) for v in back.variables}
    assert json.loads(json.dumps(there.as_json()))["findings"]["came"] == [found.as_json() for found in there.came]
