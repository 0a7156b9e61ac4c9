"""Recipes that are refused, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from builder.errors import RecipeError
from builder.recipe import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from builder.recipe import Problem

GOOD = """\
schema: 1
name: example
version: "1.10"
summary: An example
license: MIT
access: public
base: {debian: bookworm}
"""


@pytest.fixture
def good() -> str:
    """The smallest recipe, in seven lines."""
    return GOOD


@pytest.fixture
def refused(tmp_path: Path) -> Callable[[str | bytes], list[Problem]]:
    """The problems of a recipe's text; none if it is fine."""

    def read(recipe: str | bytes) -> list[Problem]:
        data = recipe.encode() if isinstance(recipe, str) else recipe
        (tmp_path / "recipe.yaml").write_bytes(data)
        try:
            load(tmp_path)
        except RecipeError as error:
            return list(error.problems)
        return []

    return read
