"""The budget of a start: what is asked, what exceeds it, how it is signed and asked again."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, datetime

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.errors import Error, Fault, RecipeError
from builder.image import ImageConfig
from builder.recipe import load
from builder.recipe.model import Budget, Expect, Test
from certify import attest, bundle, cosign, evidence, predicates, retest, strictjson
from certify import site as sites
from certify.certificate import Certificate, Cost, issue
from certify.cli import output
from certify.examination import Examination, TestResult
from certify.report import page
from certify.sandbox import budget
from certify.startup import EMPTY, Start, Wish
from certify.statement import PROVENANCE, Statement
from tests.texts import BARE

CONFIG = ImageConfig(name="tool", version="1", revision=1, platform="linux/amd64", environment={})
WISH = Wish(test=Test(name="start", run="tool --version"), budget=Budget(seconds=1.5, bytes=10_000_000, requests=500))
GOOD = Start(wish=WISH, code=0, seconds=0.4, empty=0.03, bytes=9_000_000, requests=400)


def recipe(folder, text):
    (folder / "recipe.yaml").write_text(BARE + text)
    return load(folder)[1]


def examined(start, **more):
    return Examination(digest="a" * 64, size=1, config=CONFIG, start=start, looked=True, **more)


# --- what is measured

@pytest.mark.parametrize(("text", "run", "code"), [
    ("budget: {run: tool}\ntests: [{run: other}]", "tool", 0),
    ("budget: {requests: 5}\ntests: [{run: a, needs: [gpu]}, {run: b, host_libraries: [mpich]}, {run: c, expect: {exit: 3}}]",
     "c", 3),
    ("budget: {bytes: 1 MB}\ntests: [{run: a, host_libraries: []}, {run: b}]", "a", 0)], ids=["named", "plain", "first"])
def test_the_named_command_or_the_first_test_that_runs_everywhere(tmp_path, text, run, code):
    wish = Wish.of(recipe(tmp_path, text))
    assert (wish.test.run, wish.test.expect.exit) == (run, code)


def test_without_a_budget_nothing_is_measured(tmp_path):
    assert Wish.of(recipe(tmp_path, "tests: [{run: a}]")) is None
    assert Wish.of(None) is None


@pytest.mark.parametrize("tests", ["", "tests: [{run: a, needs: [gpu]}]"], ids=["none", "elsewhere"])
def test_a_budget_for_no_command_is_a_fault_of_the_recipe(tmp_path, tests):
    with pytest.raises(RecipeError, match="the budget is for no command"):
        recipe(tmp_path, f"budget: {{seconds: 1}}\n{tests}")


# --- what exceeds it

@pytest.mark.parametrize(("change", "said"), [
    ({"seconds": 1.6}, "takes 1.60 s more than an empty one, its budget is 1.5 s"),
    ({"bytes": 12_345_678}, "reads 12 MB from the image, its budget is 10 MB"),
    ({"bytes": 10_000_001}, "reads 10,000,001 bytes from the image, its budget is 10,000,000 bytes"),
    ({"requests": 1501}, "makes 1,501 requests of the image, its budget is 500"),
    ({"code": 3}, "ended with exit code 3"), ({"code": -1}, "was not over after 600 s")], ids=str)
def test_what_exceeds_the_budget_is_told(change, said):
    [fault] = replace(GOOD, **change).faults
    assert said in fault
    assert GOOD.faults == ()


def test_on_a_slow_machine_a_start_may_take_longer_and_read_no_more():
    slow = replace(GOOD, seconds=3.0, empty=2 * EMPTY)
    assert slow.faults == ()
    assert replace(slow, seconds=3.1).faults[0].endswith("its budget is 1.5 s, here 3.00 s as the machine is slow")
    assert len(replace(slow, requests=501).faults) == 1
    assert len(replace(GOOD, seconds=1.6, empty=0.001).faults) == 1       # and on a fast one no less


@given(st.floats(0, 10), st.floats(0, 0.2), st.integers(0, 10**12), st.integers(0, 10**6), st.sampled_from([None, 0.5, 2.0]),
       st.sampled_from([None, 1, 10**9]), st.sampled_from([None, 1, 1000]))
def test_a_start_is_at_fault_exactly_where_a_figure_is_above_its_limit(seconds, empty, read, requests, slow, most, often):
    wish = replace(WISH, budget=Budget(seconds=slow, bytes=most, requests=often))
    start = Start(wish=wish, code=0, seconds=seconds, empty=empty, bytes=read, requests=requests)
    above = [slow is not None and seconds > slow * max(1, empty / EMPTY), most is not None and read > most,
             often is not None and requests > often]
    assert len(start.faults) == sum(above)
    assert json.loads(json.dumps(start.as_json()))["faults"] == list(start.faults)
    assert examined(start).unfit == any(above)


def test_what_was_not_measured_is_no_fault_and_no_evidence():
    start = Start(wish=WISH, code=-1, lacking="no FUSE")
    assert (start.faults, start.cost, start.told) == ((), None, "not measured: no FUSE")
    assert "start" not in predicate(start)
    with pytest.raises(Error, match="cannot be judged: no FUSE") as told:
        attest.require_measured(examined(start), WISH)
    assert not isinstance(told.value, Fault)


@pytest.mark.parametrize(("start", "wish"), [(None, WISH), (GOOD, None), (GOOD, replace(WISH, budget=Budget(requests=9**9)))],
                         ids=["none", "unasked", "another"])
def test_a_start_that_was_not_asked_for_certifies_nothing(start, wish):
    with pytest.raises(Fault, match="was not measured"):
        attest.require_measured(examined(start), wish)


def test_nothing_over_its_budget_is_certified():
    attest.require_good(examined(GOOD))
    with pytest.raises(attest.NotCertified, match="is not certified: the start makes 501 requests"):
        attest.require_good(examined(replace(GOOD, requests=501)))


def test_a_tree_has_no_start_that_can_be_measured(tmp_path):
    handle = os.open(tmp_path, os.O_RDONLY)
    try:
        told = budget.measure({"run": ":"}, handle, None, tmp_path, None, ())
    finally:
        os.close(handle)
    assert Start.from_event(WISH, told).told == "not measured: this is a tree of files, and no squashfs yet"


# --- how it is told

def test_it_is_told_in_words_and_hostile_output_does_no_harm(capsys):
    output.start(replace(GOOD, requests=501))
    said = capsys.readouterr().out
    assert "over the budget: the start makes 501 requests of the image, its budget is 500\n  = help: read less" in said
    assert said.endswith("start: 0.40 s more than an empty one (0.030 s), 9.0 MB read, 501 requests\n")
    output.start(replace(GOOD, code=1, output="\x1b[2Jgone"))
    assert "\x1b" not in capsys.readouterr().out
    output.start(None)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("start", "said"), [
    (None, "a recipe has a budget for it"), (GOOD, "400"), (replace(GOOD, bytes=20_000_000), "a start costs too much"),
    (replace(GOOD, wish=replace(WISH, test=Test(name="s", run="<script>"))), "&lt;script&gt;"),
    (Start(wish=WISH, code=-1, lacking="no FUSE"), "Not measured: no FUSE")], ids=["none", "good", "over", "markup", "lacking"])
def test_the_page_of_an_image_tells_it(start, said):
    made = page.render(page.Seen(title="tool:1-1", config=CONFIG, site="s", start=start))
    assert said in made
    assert "<script>" not in made.partition("<main>")[2].partition("</main>")[0]


# --- how it is signed, and asked again

def predicate(start, tests=()):
    [made] = [one.predicate for one in evidence.found(examined(start, tests=list(tests)), "tool:1-1", ()) if "test-result" in
              one.predicate_type]
    return json.loads(strictjson.dumps(made))


TESTS = st.builds(Test, name=st.text(max_size=5), run=st.text(max_size=9), timeout=st.integers(1, 3600),
                  needs=st.sampled_from([(), ("gpu",), ("gpu", "network")]),
                  host_libraries=st.sampled_from([None, (), ("mpich",)]),
                  expect=st.builds(Expect, exit=st.integers(0, 255), output=st.sampled_from([None, "a+"]),
                                   text=st.sampled_from([None, "a"])))
BUDGETS = st.builds(Budget, run=st.just("tool"), seconds=st.sampled_from([None, 0.001, 1.5, 3600.0]),
                    bytes=st.sampled_from([None, 1, 10**15]), requests=st.sampled_from([None, 7]))


@given(st.lists(TESTS, max_size=3), BUDGETS, st.integers(0, 255))
def test_signed_results_ask_the_same_again(tests, limits, code):
    wish = Wish(test=Test(name="start", run="tool", expect=Expect(exit=code)), budget=limits)
    results = [TestResult(name=one.name, run=one.run, expect=one.expect, needs=one.needs, timeout=one.timeout,
                          host_libraries=one.host_libraries, code=one.expect.exit, seconds=0.1, output="a", matched=True)
               for one in tests]
    made = predicate(replace(GOOD, wish=wish, code=code), results)
    jsonschema.Draft7Validator(json.loads(predicates.text("test-result-0.1"))).validate(made)
    assert retest.tests(made) == tuple(tests)
    assert retest.wish(made) == wish


def test_results_without_a_budget_are_as_ever():
    assert set(predicate(None)) == {"result", "configuration", "passedTests", "failedTests", "warnedTests"}
    assert retest.wish(predicate(None)) is None
    assert predicate(replace(GOOD, requests=501))["result"] == "FAILED"


@pytest.mark.parametrize("wrong", [[], {}, {"content": "x", "budget": {"bytes": -1}}, {"content": "x", "budget": {"bytes": 1.5}},
                                   {"content": "x", "budget": {"milliseconds": True}}, {"content": 1, "budget": {}}], ids=str)
def test_odd_results_are_refused(wrong):
    with pytest.raises(Fault):
        retest.wish({"start": wrong})


@pytest.mark.parametrize(("change", "agrees"), [
    ({}, True), ({"milliseconds": 9000, "empty_milliseconds": 1}, True), ({"bytes": 9_100_000}, True),
    ({"bytes": 8_000_000}, False), ({"requests": 408}, True), ({"requests": 420}, False), ({"requests": 0}, False),
    ({"more": 1}, None), ({"bytes": -1}, None), ({"bytes": "9"}, None)], ids=str)
def test_a_second_signer_agrees_with_what_was_read_and_not_with_the_weather(change, agrees):
    mine, theirs = predicate(GOOD), predicate(GOOD)
    theirs["start"]["cost"].update(change)
    if agrees is None:
        with pytest.raises(Fault):
            cosign._same_results(theirs, mine)
    else:
        assert cosign._same_results(theirs, mine) is agrees
    assert not cosign._same_results(predicate(None), mine)
    assert not cosign._same_results({**theirs, "start": {**theirs["start"], "cost": mine["start"]["cost"], "content": "x"}}, mine)


@pytest.mark.parametrize("start", [[], "cost", 3, None, {"cost": []}], ids=str)
def test_a_second_signer_refuses_odd_results(start):
    with pytest.raises(Fault):
        cosign._same_results({**predicate(GOOD), "start": start}, predicate(GOOD))


@pytest.mark.parametrize("start", [None, GOOD.cost, Cost(milliseconds=0, empty_milliseconds=0, bytes=0, requests=0)], ids=str)
def test_the_certificate_says_what_its_evidence_says(start):
    made = evidence.found(examined(GOOD), "tool:1-1", ())
    given = [Statement(subject=made[0].subject, predicate_type=PROVENANCE, predicate={}), *made]
    issued = issue(config=CONFIG, digest="a" * 64, site=sites.load(), evidence=given, errors=0, warnings=0, tests=0, start=start,
                   now=datetime(2026, 11, 30, tzinfo=UTC))
    jsonschema.Draft7Validator(json.loads(predicates.text("certificate-1"))).validate(issued.predicate)
    certificate = Certificate.parse(Statement.from_bytes(issued.to_bytes()))
    assert certificate.start == start
    if start == GOOD.cost:
        bundle._require_agreement(certificate, given)
    else:
        with pytest.raises(Fault, match="a start costs something else"):
            bundle._require_agreement(certificate, given)


@given(st.builds(Cost, **dict.fromkeys(("milliseconds", "empty_milliseconds", "bytes", "requests"), st.integers(0, 10**12))))
def test_every_cost_is_near_itself(cost):
    assert cost.near(cost)
