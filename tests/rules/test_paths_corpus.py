"""The corpus of installations in the right and in the wrong place: nearly all are told apart, each at its line."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

FIGURES = runpy.run_path(str(Path(__file__).parent.parent / "corpus" / "figures.py"))

# A stage that does not become the image weighs less, but is told of.
WEAKER = {"builder-stage.Containerfile", "stage-scratch.yaml"}


@pytest.mark.parametrize("part", ["all", "held out"])
def test_precision_and_recall(part):
    figures = FIGURES["figures"](part, "paths")
    assert figures.recall >= 0.98 and figures.precision >= 0.98


def test_the_corpus_is_large_enough():
    figures = FIGURES["figures"]("all", "paths")
    assert figures.bad >= 150 and figures.good >= 150


def test_each_is_found_at_the_line_that_its_first_line_names_and_nothing_else():
    assert FIGURES["mistakes"]("paths") == []


def test_only_what_is_not_shipped_is_told_of_among_the_good_ones():
    corpus = FIGURES["CORPORA"]["paths"]
    assert {path.name for path, text in corpus.snippets("good").items() if corpus.told(path, text)} == WEAKER
