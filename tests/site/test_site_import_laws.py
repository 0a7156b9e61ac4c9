"""What holds for every Shifter configuration that is imported."""

from __future__ import annotations

import json
import time
from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builder.errors import Fault
from certify import site as sites
from certify.site_import import conf, profile, validate
from tests.site.conftest import imported

KEYS = st.sampled_from(["siteFs", "siteEnv", "siteEnvAppend", "siteEnvPrepend", "siteEnvUnset", "defaultModules", "system",
                        "etcPath",
                        "module_a_siteFs", "module_a_siteEnv", "module_b_copyPath", "module_b_conflict", "module_b_siteEnvUnset",
                        "module_a_siteEnvPrepend", "module_mpich_siteEnvPrepend", "module_b_enabled", "cpPath"])
VALUES = st.text(st.sampled_from("aA1_=:;,/. \\\"-+#\t\u00e9\u202e\x1b"), max_size=25) | st.sampled_from(
    ["/a:/b:ro;/c", "LD_LIBRARY_PATH=/x/../y", "LD_LIBRARY_PATH=/", "LD_LIBRARY_PATH=/x:/y", "a,b", "a b", "/",
     "/./a//b/", "/usr;/a:/tmp"])
LINES = st.lists(st.tuples(KEYS, VALUES).map("=".join), min_size=1, max_size=8).map("\n".join)


@settings(deadline=None, max_examples=25)       # the first one waits for jsonschema
@given(LINES)
def test_every_imported_profile_is_valid_and_survives_being_written(text):
    made = imported(text + "\nsiteEnv=A=1\n")
    written = json.dumps(asdict(made.site), indent=2).encode()
    assert [str(one) for one in validate.text(written, "f") if one.weight == "error"] == []
    again = sites.from_plain(json.loads(written))
    assert again == made.site
    assert json.dumps(asdict(again), indent=2).encode() == written


@pytest.mark.parametrize("text", [
    "siteFs=/" + "a" * 5000 + ";/b", "siteFs=" + ";".join(f"/a{number}" for number in range(9000)), "siteFs=/a" + ":" * 90_000,
    "siteEnvAppend=" + "A=a " * 20_000, "a=1\\\n" * 20_000 + "b", "siteEnv=" + "A " * 20_000, "module" + "_" * 90_000 + "=1",
    "".join(f"module_m{number}_conflict=q\n" for number in range(2000)) + "defaultModules=" + ",".join(
        f"m{number}" for number in range(2000)),
], ids=["long", "many", "colons", "words", "lines", "nothing", "underscores", "modules"])
def test_large_ones_take_no_time(text):
    started = time.perf_counter()
    made = imported(text + "\nsiteEnv=A=1\n")
    assert time.perf_counter() - started < 2
    assert [str(one) for one in validate.semantics.check(json.loads(json.dumps(asdict(made.site))))] == []


@given(st.binary(max_size=300))
def test_no_bytes_make_it_crash(data):
    try:
        made = imported(data)
    except Fault:
        return
    json.dumps([one.as_json() for one in made.left])
    assert made.site.runtime == "shifter"


@given(LINES, st.integers(0, 200))
def test_nothing_is_dropped_without_a_word(text, cut):
    """Every setting is either seen in the profile or named: with all that is named taken out, the same profile comes of it."""
    settings, lines = conf.parse(("siteEnv=Z=1\n" + text[:cut]).encode(), "f")
    made = profile.translated(settings, lines)
    for one in settings:
        if one.key == "cpPath":
            assert (one.line, "cpPath") in [(left.line, left.key) for left in made.left]
        if one.key == "siteFs" and not made.site.site_mounts:
            assert not one.value.strip("; \t") or one.line in [left.line for left in made.left]
