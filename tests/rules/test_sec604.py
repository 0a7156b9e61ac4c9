"""Which base images a site that names its registries takes."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest

from builder.errors import Error
from certify.rules.sec604_untrusted_base import check
from certify.rules.subject import Base, Subject
from certify.site import load

SITE = replace(load(), registries=("docker.io/library", "ghcr.io", "registry.example.org:5000/hpc/"))
ALLOWED = [
    "debian", "debian:12", "debian@sha256:" + "0" * 64, "docker.io/debian", "docker.io/library/debian:12", "index.docker.io/debian",
    "ghcr.io/a/b:1", "registry.example.org:5000/hpc/x", "scratch", "localhost/x", "oci:/srv/layout", "$BASE", "ghcr.io/$X",
    "docker.io/library/${X}:1", "docker://debian:12", "${REGISTRY}/x",
]
REFUSED = [
    "nvidia/cuda:12", "docker.io/nvidia/cuda", "quay.io/centos/centos", "ghcr.io.example.net/a", "registry.example.org:5000/hpcx/x",
    "registry.example.org/hpc/x", "registry.example.org:5000/other/x", "quay.io/$X", "docker.io/libraryx/debian", "localhost:5000/x", "docker.io/nvidia/$X",
]


def found(reference: str, site=SITE) -> int:
    subject = Subject(kind="containerfile", bases=(Base(route=("base",), reference=reference),))
    return len(list(check(subject, site)))


@pytest.mark.parametrize("reference", ALLOWED)
def test_allowed(reference):
    assert found(reference) == 0


@pytest.mark.parametrize("reference", REFUSED)
def test_refused(reference):
    assert found(reference) == 1
    assert found(reference, load()) == 0        # a site that names none


def test_a_suite_is_of_no_registry():
    assert list(check(Subject(kind="recipe", bases=(Base(route=("base",), suite="bookworm"),)), SITE)) == []


def test_what_files_are_copied_from_counts_and_stages_do_not(lint):
    text = "FROM debian:12 AS a\nFROM debian:12\nCOPY --from=a /x /x\nCOPY --from=quay.io/a/b:1 /y /y\n"
    assert [(one.code, one.span.line) for one in lint(text, SITE) if one.code == "SEC604"] == [("SEC604", 4)]


def test_a_profile_may_leave_the_registries_out(tmp_path):
    values = asdict(load())
    del values["registries"]
    path = tmp_path / "site.json"
    path.write_text(json.dumps(values))
    assert load(str(path)) == load()
    path.write_text(json.dumps(values | {"registry": []}))
    with pytest.raises(Error, match="unknown: registry"):
        load(str(path))
