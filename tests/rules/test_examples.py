"""The documentation of every rule is executed: its bad example is found, its good one is not."""

from __future__ import annotations

import inspect
import re
import textwrap
from dataclasses import replace

import pytest

from builder.lock import ImageLock, Inputs, Lock, StageLock
from certify.finding import Severity
from certify.rules import registry
from certify.site import load

SITE = replace(load(), registries=("docker.io", "quay.io"))       # so that every rule has something to compare with
MODULES = list(registry.pages().values())
LOCKED = StageLock(name="", inputs=Inputs(base="debian bookworm", apt=("gcc",)))
BESIDE = {"PIN506": {"recipe.lock": Lock(images={"example:1.0 linux/amd64": ImageLock(stages=(LOCKED,))}).to_json()}}


def examples(module: registry.Refusal, title: str) -> list[str]:
    """The example of that title, and those of ``Title, in a Containerfile`` and its like."""
    found = re.findall(rf"^{title}(?:, [^\n]+)?::\n\n((?:    .*\n|\n)+)", inspect.getdoc(module) + "\n", re.MULTILINE)
    assert found, f"{module.CODE} has no example '{title}::'"
    return [textwrap.dedent(one) for one in found]


@pytest.fixture(autouse=True)
def the_files_beside_an_example(request, tmp_path):
    """A rule that looks beside the recipe tells in words what stands there."""
    module = request.node.callspec.params.get("module") if hasattr(request.node, "callspec") else None
    for name, text in BESIDE.get(module.CODE if module else "", {}).items():
        (tmp_path / name).write_text(text)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.CODE)
def test_the_bad_example_is_found_and_nothing_else(module, lint):
    for example in examples(module, "Bad"):
        assert {finding.code for finding in lint(example, SITE)} == {module.CODE}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.CODE)
def test_the_good_example_is_quiet(module, lint):
    for example in examples(module, "Good"):
        assert lint(example, SITE) == []


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
