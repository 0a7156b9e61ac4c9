"""Recipes made of snippets, and their findings."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

import pytest

from certify.lint import lint_file
from certify.site import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from certify.finding import Finding

HEAD = {
    "schema": "1", "name": "example", "version": '"1.0"', "summary": "An example", "license": "MIT",
    "access": "public", "base": "{debian: bookworm}",
}


def complete(snippet: str) -> str:
    """A whole recipe: the snippet, and what it leaves out of the head."""
    told = set(re.findall(r"^(\w+):", snippet, re.MULTILINE))
    head = "".join(f"{key}: {value}\n" for key, value in HEAD.items() if key not in told)
    return head + snippet


@pytest.fixture
def lint(tmp_path: Path) -> Callable[[str], list[Finding]]:
    """The findings on a recipe given as a snippet."""

    def judge(snippet: str) -> list[Finding]:
        (tmp_path / "recipe.yaml").write_text(complete(snippet), encoding="utf-8")
        return lint_file(tmp_path, load())

    return judge


@pytest.fixture
def lint_step(lint: Callable[[str], list[Finding]]) -> Callable[[str], list[Finding]]:
    """The findings on a recipe with one step of that shell text."""
    return lambda shell: lint("steps:\n  - name: one\n    run: |\n" + textwrap.indent(shell, "      ") + "\n")
