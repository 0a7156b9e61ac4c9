"""What a recipe may ask of its tests, and what is said of one that asks wrongly."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from builder import key, tools
from builder.recipe import load
from builder.recipe.model import SUCCESS, TEST_SECONDS, Expect, Test

FULL = """\
tests:
  - run: "true"
  - name: refuses
    run: tool --no-such
    expect: {exit: 2, output: "^usage: tool", text: "a.b*"}
    needs: [gpu, network]
    timeout: 30
    host_libraries: [mpich, cuda]
  - {run: alone, host_libraries: []}
"""


def test_what_a_test_asks_for_is_known(tmp_path, good):
    (tmp_path / "recipe.yaml").write_text(good + FULL)
    assert load(tmp_path)[1].tests == (
        Test(name="test 1", run="true", expect=SUCCESS, needs=(), timeout=TEST_SECONDS, host_libraries=None),
        Test(name="refuses", run="tool --no-such", expect=Expect(exit=2, output="^usage: tool", text="a.b*"),
             needs=("gpu", "network"), timeout=30, host_libraries=("mpich", "cuda")),
        Test(name="test 3", run="alone", host_libraries=()))


# What stands in a test (the text begins in line 9, column 14) -> line, column, part of the message, part of the help.
WRONG = {
    "expect: {exit: 256}": (9, 29, "is too large", "0 to 255"),
    "expect: {exit: -1}": (9, 29, "is too small", "0 to 255"),
    'expect: {exit: "1"}': (9, 29, "must be a whole number", "0 to 255"),
    "expect: {exits: 1}": (9, 23, "unknown key 'exits'", "did you mean 'exit'?"),
    "expect: {}": (9, 22, "is empty", "exit code 0"),
    "expect: 0": (9, 22, "must be a mapping", "exit code 0"),
    'expect: {output: ""}': (9, 31, "is empty", "a regular expression"),
    "expect: {text: 1.50}": (9, 29, "is read as a number", 'quote it: "1.50"'),
    "needs: [gpus]": (9, 22, "must be one of gpu, network, mpi-launcher", "did you mean 'gpu'?"),
    "needs: [gpu, gpu]": (9, 21, "holds the same item twice", "is skipped"),
    "needs: []": (9, 21, "is empty", "is skipped"),
    "needs: gpu": (9, 21, "must be a list", "is skipped"),
    "timeout: 0": (9, 23, "is too small", "from 1 to 3600"),
    "timeout: 3601": (9, 23, "is too large", "from 1 to 3600"),
    "timeout: 1.5": (9, 23, "must be a whole number", "from 1 to 3600"),
    "time_out: 5": (9, 14, "unknown key 'time_out'", "did you mean 'timeout'?"),
    "host_libraries: mpich": (9, 30, "must be a list", "host libraries in the site's profile"),
    "host_libraries: [mpich, mpich]": (9, 30, "holds the same item twice", "host libraries in the site's profile"),
    "host_libraries: [MPICH]": (9, 31, "is not valid", "the name of a library in the site's profile"),
    "host_library: [mpich]": (9, 14, "unknown key 'host_library'", "did you mean 'host_libraries'?"),
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_told_with_its_place_and_a_way_out(refused, good, text):
    line, column, message, advice = WRONG[text]
    (problem,) = refused(good + f"tests:\n  - {{run: x, {text}}}\n")
    assert (problem.span.line, problem.span.column) == (line, column), problem
    assert message in problem.message and advice in (problem.help or ""), problem


@pytest.mark.parametrize("text", ["a(b", "[", "*", "(?P<a>x)(?P<a>y)", "x{2,1}", "(?<=a*)b", "\\", "(" * 499])
def test_what_is_no_regular_expression_is_refused_before_anything_is_built(refused, good, text):
    (problem,) = refused(good + f"tests:\n  - run: x\n  - {{run: y, expect: {{output: '{text}'}}}}\n")
    assert problem.message.startswith("'tests[1].expect.output' is not a regular expression: ")
    assert problem.code == "SCH004" and problem.help


@pytest.mark.parametrize("text", ["(a+)+$", "[[a]", "(?i)" + r"[\0-\U0010ffff]" * 30, "(?:" * 55 + "a" + "){1,9}" * 55],
                         ids=["nested", "warned of", "large sets", "deep"])
def test_an_expression_takes_no_time_to_read(tmp_path, good, text):
    (tmp_path / "recipe.yaml").write_text(good + f"tests:\n  - {{run: y, expect: {{output: '{text}'}}}}\n")
    begin = time.process_time()
    load(tmp_path)
    assert time.process_time() - begin < 2


def test_what_tests_ask_for_changes_no_content_key(tmp_path, good, monkeypatch):
    monkeypatch.setattr(tools, "versions", lambda names=(): {"tar": "1"})
    (tmp_path / "recipe.yaml").write_text(good + FULL)
    recipe = load(tmp_path)[1]
    keys = {key.of(replace(recipe, tests=tests)) for tests in (recipe.tests, (), recipe.tests[:1], recipe.tests[::-1])}
    assert len(keys) == 1
    assert key.of(replace(recipe, version="2")) not in keys
