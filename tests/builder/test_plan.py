"""A plan reads back as it was written, whatever a recipe's texts are."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.plan import Action, Chain, Finish, Layer, Plan

TEXT = st.text(st.characters(), max_size=8) | st.binary(max_size=4).map(lambda data: data.decode("utf-8", "surrogateescape"))
TEXTS = st.lists(TEXT, max_size=3).map(tuple)
ENV = st.dictionaries(TEXT, TEXT, max_size=3)
ACTION = st.builds(Action, kind=st.sampled_from(["run", "copy", "take"]),
                   route=st.lists(TEXT | st.integers(), max_size=4).map(tuple),
                   command=TEXTS, env=st.none() | ENV, bind=st.none() | TEXT, source=TEXT, to=TEXT, mode=st.none() | TEXT,
                   chain=TEXT)
LAYER = st.builds(Layer, key=TEXT, label=TEXT, actions=st.lists(ACTION, max_size=3).map(tuple),
                  bytecode=st.sampled_from(["none", "changed", "all"]))
CHAIN = st.builds(Chain, name=TEXT, below=TEXTS, layers=st.lists(LAYER, max_size=3).map(tuple), env=ENV,
                  finish=st.none() | st.builds(Finish, key=TEXT, image_json=TEXT))
PLAN = st.builds(Plan, folder=TEXT, store=TEXT, cgroup=TEXT, chains=st.lists(CHAIN, max_size=3).map(tuple), target=TEXT,
                 terminal=st.none() | st.integers(0, 1000), processors=st.integers(0, 8))


@given(PLAN)
def test_a_plan_reads_back(tmp_path_factory, plan):
    path = tmp_path_factory.mktemp("plan") / "plan.json"
    plan.write(path)
    found = Plan.read(path)
    assert found == plan
    assert hash(tuple(action.route + action.command for chain in found.chains
                      for layer in chain.layers for action in layer.actions))


def test_a_plan_is_plain_json_of_any_name(tmp_path):
    plan = Plan(folder="/w", store="/s", cgroup="/c", chains=(Chain(name="\udcff\n", below=(), layers=(), env={"A": "é"}),),
                target="/t")
    plan.write(tmp_path / "plan.json")
    assert (tmp_path / "plan.json").read_bytes().isascii()
    assert json.loads((tmp_path / "plan.json").read_text())["chains"][0]["name"] == "\udcff\n"


@pytest.mark.parametrize(("finish", "keys"), [(None, ("a", "b", "c")), (Finish(key="d", image_json=""), ("a", "b", "c", "d"))])
def test_the_layers_of_a_chain_come_lowest_first_and_the_finish_last(finish, keys):
    layers = tuple(Layer(key=key, label="") for key in "bc")
    assert Chain(name="", below=("a",), layers=layers, env={}, finish=finish).keys == keys
