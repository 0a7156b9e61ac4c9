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
    from certify.site import Site

HEAD = {
    "schema": "1", "name": "example", "version": '"1.0"', "summary": "An example", "license": "MIT",
    "access": "public", "base": "{debian: bookworm}", "tests": "[{run: example --self-test}]",
}
LABELS = "".join(f'LABEL org.opencontainers.image.{key}="{value}"\n' for key, value in
                 (("version", "1.0"), ("licenses", "MIT"), ("source", "https://example.org/example")))
FETCHING = {"PIN504", "SEC603"}     # the codes of rules that say nothing in a recipe's step that PIN507 speaks about


def complete(snippet: str) -> str:
    """A whole recipe: the snippet, and what it leaves out of the head; a Containerfile gets the labels that it lacks."""
    if snippet.startswith("FROM "):
        return snippet if "LABEL" in snippet else snippet.rstrip() + "\n" + LABELS
    told = set(re.findall(r"^(\w+):", snippet, re.MULTILINE))
    head = "".join(f"{key}: {value}\n" for key, value in HEAD.items() if key not in told)
    return head + snippet


@pytest.fixture
def lint(tmp_path: Path) -> Callable[[str], list[Finding]]:
    """The findings on a recipe or a Containerfile given as a snippet."""

    def judge(snippet: str, site: Site | None = None) -> list[Finding]:
        path = tmp_path / ("Containerfile" if snippet.startswith("FROM ") else "recipe.yaml")
        path.write_text(complete(snippet), encoding="utf-8")
        return lint_file(path, site or load())

    return judge


@pytest.fixture
def lint_step(lint: Callable[[str], list[Finding]]) -> Callable[[str], list[Finding]]:
    """The findings on a recipe with one step of that shell text."""
    return lambda shell: lint("steps:\n  - name: one\n    run: |\n" + textwrap.indent(shell, "      ") + "\n")


@pytest.fixture
def found(lint: Callable[[str], list[Finding]], lint_step: Callable[[str], list[Finding]]) -> Callable[[str, str], list[str]]:
    """The severities of what one rule finds in a recipe's field, a Containerfile or the shell text of a step.

    What fetches is put into the step of a Containerfile, as those of a recipe have no network.
    """

    def judge(code: str, snippet: str) -> list[str]:
        whole = snippet.startswith("FROM ") or re.match(r"[a-z]+: *[\[{\w/\"\n]", snippet)
        if code in FETCHING and not whole:
            whole, snippet = True, f'FROM scratch\nSHELL ["/bin/bash", "-c"]\nRUN <<\'END-OF-STEP\'\n{snippet}\nEND-OF-STEP\n'
        return [str(finding.severity) for finding in (lint if whole else lint_step)(snippet) if finding.code == code]

    return judge
