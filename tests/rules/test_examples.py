"""The documentation of every rule is executed: its bad example is found, its good one is not."""

from __future__ import annotations

import inspect
import re
import textwrap

import pytest

from certify.finding import Severity
from certify.rules import registry

MODULES = list(registry.pages().values())


def example(module: registry.Refusal, title: str) -> str:
    found = re.search(rf"^{title}::\n\n((?:    .*\n|\n)+)", inspect.getdoc(module) + "\n", re.MULTILINE)
    assert found, f"{module.CODE} has no example '{title}::'"
    return textwrap.dedent(found[1])


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.CODE)
def test_the_bad_example_is_found_and_nothing_else(module, lint):
    assert {finding.code for finding in lint(example(module, "Bad"))} == {module.CODE}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.CODE)
def test_the_good_example_is_quiet(module, lint):
    assert lint(example(module, "Good")) == []


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.CODE)
def test_a_module_names_itself_as_its_file_does(module):
    code, _, name = module.__name__.rpartition(".")[2].partition("_")
    assert (code.upper(), name.replace("_", "-")) == (module.CODE, module.NAME)
    assert isinstance(module.SEVERITY, Severity)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.CODE)
def test_the_first_line_is_a_sentence(module):
    first, second = inspect.getdoc(module).splitlines()[:2]
    assert first.endswith(".") and second == ""


def test_codes_and_names_are_unique():
    assert len(MODULES) == len(registry.RULES) + len(registry.REFUSALS)
    assert len({module.NAME for module in MODULES}) == len(MODULES)


def test_every_file_of_a_rule_is_registered():
    from pathlib import Path

    files = {path.stem for path in Path(registry.__file__).parent.glob("[a-z][a-z][a-z][0-9][0-9][0-9]_*.py")}
    assert files == {module.__name__.rpartition(".")[2] for module in MODULES}
