"""What a recipe may say that a start of its image costs at most, and what is said of one that says it wrongly."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder import key, tools
from builder.recipe import load
from builder.recipe.assemble import _count
from builder.recipe.model import Budget


def budget_of(folder, text):
    (folder / "recipe.yaml").write_text(text)
    return load(folder)[1].budget


@pytest.fixture
def good(good):
    """A recipe with a test, in eight lines: what a budget is for."""
    return good + 'tests: [{run: "true"}]\n'


def test_a_recipe_without_one_has_none(tmp_path, good):
    assert budget_of(tmp_path, good) is None


@pytest.mark.parametrize(("text", "budget"), [
    ("{seconds: 2.5, bytes: 100 MB, requests: 5000}", Budget(seconds=2.5, bytes=100_000_000, requests=5000)),
    ("{seconds: 1}", Budget(seconds=1.0)), ("{requests: 1}", Budget(requests=1)), ("{bytes: 4096}", Budget(bytes=4096)),
    ("{bytes: 1.5GiB}", Budget(bytes=1_610_612_736)), ('{bytes: "0.001 kB"}', Budget(bytes=1)),
    ("{bytes: 64 MiB}", Budget(bytes=67_108_864)), ("{bytes: 0.1 GB}", Budget(bytes=100_000_000)),
])
def test_each_part_may_stand_alone(tmp_path, good, text, budget):
    assert budget_of(tmp_path, f"{good}budget: {text}\n") == budget


# What stands in line 9 -> column, part of the message, part of the help.
WRONG = {
    "budget: {}": (9, "is empty", "seconds, bytes, requests"),
    "budget: 5": (9, "must be a mapping", "seconds, bytes, requests"),
    "budget: {second: 1}": (10, "unknown key 'second'", "did you mean 'seconds'?"),
    "budget: {seconds: 0}": (19, "is too small", "from 0.001 to 3600"),
    "budget: {seconds: 1e999}": (19, "is too large", "from 0.001 to 3600"),
    "budget: {seconds: 2 s}": (19, "must be a number", "from 0.001 to 3600"),
    "budget: {seconds: .nan}": (19, "must be a number", "from 0.001 to 3600"),
    "budget: {seconds: true}": (19, "must be a number", "from 0.001 to 3600"),
    "budget: {bytes: 100 mb}": (17, "is not valid", "a size such as 100 MB"),
    "budget: {bytes: 0 MB}": (17, "is not valid", "a size such as 100 MB"),
    "budget: {bytes: -1 MB}": (17, "is not valid", "a size such as 100 MB"),
    "budget: {bytes: 1e3 MB}": (17, "is not valid", "a size such as 100 MB"),
    "budget: {bytes: 100 TB}": (17, "is not valid", "a size such as 100 MB"),
    "budget: {bytes: ١ MB}": (17, "is not valid", "a size such as 100 MB"),
    "budget: {bytes: 0}": (17, "is too small", ""),
    "budget: {bytes: []}": (17, "cannot be a list", "a size such as 100 MB"),
    "budget: {requests: 0}": (20, "is too small", "from 1 to"),
    "budget: {requests: 1.5}": (20, "must be a whole number", "from 1 to"),
    "budget: {requests: many}": (20, "must be a whole number", "from 1 to"),
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_told_with_its_place_and_a_way_out(refused, good, text):
    column, message, advice = WRONG[text]
    (problem,) = refused(f"{good}{text}\n")
    assert (problem.code, problem.span.line, problem.span.column) == ("SCH004", 9, column), problem
    assert message in problem.message and advice in (problem.help or ""), problem


@given(st.integers(0, 999_999), st.integers(0, 999), st.sampled_from(["kB", "MB", "GB"]), st.sampled_from(["", " "]))
def test_a_size_is_exact(whole, parts, unit, space):
    exact = (whole * 1000 + parts) * 1000 ** ["kB", "MB", "GB"].index(unit)
    assert _count(f"{whole}.{parts:03}{space}{unit}") == exact


def test_a_template_may_make_it(tmp_path, good):
    assert budget_of(tmp_path, good + 'vars: {size: 20}\nbudget: {bytes: "{{ size }} MB"}\n') == Budget(bytes=20_000_000)


def test_a_budget_changes_no_content_key(tmp_path, good, monkeypatch):
    monkeypatch.setattr(tools, "versions", lambda names=(): {"tar": "1"})
    (tmp_path / "recipe.yaml").write_text(good)
    recipe = load(tmp_path)[1]
    assert key.of(recipe) == key.of(replace(recipe, budget=Budget(seconds=1.0)))


def test_a_budget_is_for_a_command_that_runs_everywhere(refused, good):
    head = good.replace('tests: [{run: "true"}]\n', "")
    assert refused(head + "budget: {run: tool, seconds: 1}\n") == []
    for tests in ("", "tests: [{run: x, needs: [gpu]}, {run: x, host_libraries: [mpich]}]\n"):
        (problem,) = refused(head + tests + "budget: {seconds: 1}\n")
        assert problem.message == "the budget is for no command: no test runs everywhere" and "run:" in (problem.help or "")
    assert refused(head + "tests: [{run: x, host_libraries: []}]\nbudget: {seconds: 1}\n") == []
