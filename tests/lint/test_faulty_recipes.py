"""One fault of a recipe does not hide the others: what can be read of it is judged."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.recipe import Document, salvage
from certify.lint import lint_file
from certify.lint.judge import judge
from certify.lint.target import Kind
from certify.site import load
from tests.texts import BARE

FAULTS = {
    "an unknown key": "evn: {A: b}\n",
    "a wrong type": "workdir: [a]\n",
    "an item twice": "packages: {apt: [gcc, gcc]}\n",
    "no mapping": "packages: {apt: [gcc], pip: [numpy]}\n",
    "a source without a place": f"sources: [{{url: 'https://a.example/x', sha256: '{'0' * 64}'}}]\n",
    "a file that is not there": "files: [{from: nothing, to: /opt/x}]\n",
    "a stage that is not there": "copy: [{from: nothing, path: /opt/x}]\n",
    "an expression that is none": "tests: [{run: tool, expect: {output: '('}}]\n",
    "a key that is no name": "env: {A B: c}\n",
    "a key twice": "summary: Another\n",
    "a test without a command": "tests: [{name: a}]\n",
}
STEPS = "steps:\n  - run: |\n      export LD_LIBRARY_PATH=/x\n      make install PREFIX=/home/tool\n"


def codes(path, text):
    (path / "recipe.yaml").write_text(text)
    return [one.code for one in lint_file(path, load())]


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_the_steps_of_a_faulty_recipe_are_judged(tmp_path, fault):
    found = codes(tmp_path, BARE + fault + STEPS)
    assert found[0] in ("SCH002", "SCH004")
    assert found[1:] in (["ENV102", "PTH202"], ["SCH004", "ENV102", "PTH202"])


def test_without_a_required_key_too_and_what_stands_for_it_is_not_judged(tmp_path):
    assert codes(tmp_path, STEPS) == ["SCH004"] * 7 + ["ENV102", "PTH202"]
    assert codes(tmp_path, "packages: {apt: [tool]}\n") == ["SCH004"] * 7


def test_a_faulty_step_is_left_out_alone_where_that_moves_no_other(tmp_path):
    steps = STEPS + "  - {run: make install PREFIX=/home/b, evn: {A: b}}\n"
    assert codes(tmp_path, BARE + steps) == ["ENV102", "PTH202", "PTH202", "SCH004"]
    assert codes(tmp_path, BARE + "env: {LD_LIBRARY_PATH: /x}\n" + STEPS + "  - {run: [a]}\n") == ["ENV101", "SCH004"]


def test_what_concludes_from_what_is_not_there_waits(tmp_path):
    """The tests, or ldconfig, may stand in the part that cannot be read."""
    library = "steps: [{run: cp libx.so /usr/local/lib/}, {nmae: last, runn: ldconfig}]\n"
    assert set(codes(tmp_path, BARE + "tests: {run: tool}\n" + library)) == {"SCH004"}
    assert codes(tmp_path, BARE) == ["MET802"]


def test_templates_are_filled_in(tmp_path):
    text = BARE + "vars: {where: /home}\nevn: {}\nsteps: [{run: 'make install PREFIX={{ where }}/x'}]\n"
    assert codes(tmp_path, text) == ["SCH004", "PTH202"]
    assert codes(tmp_path, text.replace("where: /home", "there: /home")) == ["SCH006"]


@pytest.mark.parametrize("text", ["a: [", "a: &b c\nd: *b\n", "- a\n", "a\n", ""])
def test_what_is_no_recipe_at_all_has_nothing_to_judge(tmp_path, text):
    assert set(codes(tmp_path, text)) <= {"SCH001", "SCH003", "SCH004"}


def test_a_comment_silences_as_ever_but_never_what_makes_it_unreadable(tmp_path):
    text = BARE + "evn: {}     # certify: ignore[SCH004] -- no\n" + STEPS.replace(
        "=/x\n", "=/x    # certify: ignore[ENV102] -- its self test\n")
    judged = judge(text.encode(), tmp_path / "recipe.yaml", Kind.RECIPE, load())
    assert [one.code for one in judged.findings] == ["SCH004", "PTH202"]
    assert [(one.finding.code, one.reason) for one in judged.silenced] == [("ENV102", "its self test")]


def test_a_file_with_very_many_faults_is_no_recipe_yet(tmp_path):
    faults = "".join(f"a{number}: 1\n" for number in range(salvage.MAX_PROBLEMS + 1))
    assert "ENV102" not in codes(tmp_path, BARE + faults + STEPS)


VALUES = st.recursive(st.none() | st.integers() | st.text(max_size=5) | st.sampled_from(["public", "/opt/x", "a", "true"]),
                      lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
                          st.sampled_from(["run", "name", "env", "from", "to", "apt", "pip", "debian", "image", "x", "A"]),
                          inner, max_size=3), max_leaves=8)
KEYS = st.sampled_from(["schema", "name", "version", "summary", "license", "access", "base", "packages", "sources", "files",
                        "steps", "env", "tests", "stages", "copy", "budget", "host_libraries", "workdir", "vars", "matrix", "z"])


@given(st.dictionaries(KEYS, VALUES, max_size=8))
def test_whatever_is_wrong_what_is_read_fits_the_schema_and_stands_in_the_file(tmp_path_factory, values):
    folder = tmp_path_factory.getbasetemp()
    document = Document.parse(json.dumps(values).encode(), "recipe.yaml")
    before = copy.deepcopy((document.values, document.problems))
    read = salvage.readable(document, folder)
    assert (document.values, document.problems) == before
    if read is not None and read[1].steps:
        assert [step.run for step in read[1].steps] == [told["run"] for told in values["steps"]]
