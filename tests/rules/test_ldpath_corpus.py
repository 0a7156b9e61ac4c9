"""The corpus of snippets: nearly all of the bad ones are found, and nearly none of the good ones."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

FIGURES = runpy.run_path(str(Path(__file__).parent.parent / "corpus" / "figures.py"))


@pytest.mark.parametrize("part", ["all", "held out"])
def test_precision_and_recall(part):
    figures = FIGURES["figures"](part)
    assert figures.recall >= 0.98 and figures.precision >= 0.98


def test_the_corpus_is_large_enough():
    figures = FIGURES["figures"]()
    assert figures.bad >= 150 and figures.good >= 150


def test_what_is_found_has_the_code_that_its_first_line_names():
    assert FIGURES["mistakes"]() == []
