"""Control characters come into a value by escapes alone, and those stand between double quotes alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builder.recipe import Document
from builder.recipe.source import FORBIDDEN

PIECES = ["a", "\\x07", "\\a", "\\r", "\\u202e", "\\e", "\\0", "\\", "\r", "\r\n", "\n", "\n  ", "\x85", "\u2028", "'", '"', "''",
          "|\n ", ">\n ", "- ", "%07", " #", "\t"]


@pytest.mark.parametrize(("written", "refused"), [
    (r'"\a"', True), (r'"\r"', True), (r'"\u202e"', True), (r'"\x85"', False), (r'"\n"', False),
    (r"'\a'", False), (r"\a", False), ("|\n  \\a", False), (">\n  \\a", False)])
def test_an_escape_that_makes_a_control_character_is_refused(written, refused):
    said = [problem.message for problem in Document.parse(f"k: {written}\n".encode(), "recipe.yaml").problems]
    assert said == (["an escape makes a control character"] if refused else [])


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), st.sampled_from(["k: ", "- ", "k: '", 'k: "', "k: |\n  "]))
@settings(max_examples=500, deadline=None)
def test_no_value_of_a_document_without_problems_holds_one(text, start):
    document = Document.parse((start + text).encode(), "recipe.yaml")
    if not document.problems:
        assert not [one for one in document.scalars.values() if FORBIDDEN.search(one.text) or "\r" in one.text]
        assert not [route for route in document.keys if FORBIDDEN.search(str(route)) or "\r" in str(route[-1])]
