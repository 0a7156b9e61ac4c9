"""The labels of images made elsewhere; images of our own say it in a file."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certify.checks import met801_labels
from certify.finding import Severity

PREFIX = "org.opencontainers.image."
GOOD = {PREFIX + "version": "1.2", PREFIX + "licenses": "Apache-2.0 WITH LLVM-exception OR (MIT AND BSD-3-Clause)",
        PREFIX + "source": "https://example.org/tool", PREFIX + "created": "2026-01-31T12:00:00.5+01:00"}


@pytest.fixture
def told(tree, site):
    """What the check says of an image with these labels."""
    def run(labels):
        image = tree()
        image.labels = labels
        return [(hit.message, hit.severity) for hit in met801_labels.check(image, site)]
    return run


def test_an_image_of_our_own_needs_none(told):
    assert told(None) == []


def test_good_labels_are_quiet(told):
    assert told(GOOD) == []
    assert told({**GOOD, "maintainer": "x", "created": "once", PREFIX + "title": "anything"}) == []


def test_missing_labels_are_one_remark(told):
    assert told({}) == [(f"the image does not tell its {PREFIX}version, {PREFIX}licenses, {PREFIX}source", Severity.INFO)]
    rest = {name: value for name, value in GOOD.items() if not name.endswith("source")}
    assert told(rest) == [(f"the image does not tell its {PREFIX}source", Severity.INFO)]


@pytest.mark.parametrize(("name", "value", "said"), [
    ("created", "yesterday", "a date such as 2026-01-31T12:00:00Z"), ("created", "2026-01-31",
    "a date such as 2026-01-31T12:00:00Z"),
    ("licenses", "MIT or so, ask me", "an SPDX expression"), ("licenses", "", "an SPDX expression"), ("source", "our server",
    "a URL"),
    ("url", "example.org", "a URL"), ("documentation", "file", "a URL"), ("base.digest", "sha256:abc", "a digest"),
    ("source", "https://example.org/" + "x" * 5000, "a URL")])
def test_a_wrong_value_is_a_warning(told, name, value, said):
    assert told({**GOOD, PREFIX + name: value}) == [(f"the label {PREFIX}{name} is not {said}", None)]
    assert met801_labels.SEVERITY is Severity.WARNING


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from([*GOOD, PREFIX + "base.digest", "x"]), st.text(max_size=60)))
def test_any_labels_are_judged(told, labels):
    assert len(told(labels)) <= len(labels) + 1


@pytest.mark.parametrize("filling", ["(", "A OR ", "(A", "+", "a-", "1 AND (", " "])
def test_a_value_made_to_hurt_is_judged_at_once(told, filling):
    value = (filling * 4096)[:4090] + "!"
    assert (f"the label {PREFIX}licenses is not an SPDX expression", None) in told({PREFIX + "licenses": value})
