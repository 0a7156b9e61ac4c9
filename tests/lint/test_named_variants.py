"""certify lint of one variant of a recipe, named as for build and ship."""

from __future__ import annotations

import pytest

from builder.errors import Fault
from certify.lint import lint_file
from certify.site import load

RECIPE = """\
schema: 1
name: tool
version: "1-{{ py }}"
summary: A tool
license: MIT
access: public
base: {debian: bookworm}
matrix: {py: [a, b]}
env: {LD_LIBRARY_PATH: "/{{ py }}"}
steps:
  - run: |
      {% if py == 'b' %}
      export LD_LIBRARY_PATH=/x/b
      {% endif %}
      true
tests: [{run: "tool --self-test"}]
"""


@pytest.fixture
def codes(repo, run):
    """The code and line of what a run over paths finds of ENV and SCH, and the messages of what failed."""
    repo("recipes/tool/recipe.yaml", RECIPE)

    def judged(*paths):
        outcome = run(*paths, select=("ENV", "SCH"))
        failed = [failure.message for failure in outcome.failures]
        return failed or [(one.code, one.span.line) for one in outcome.findings]

    return judged


def test_only_the_named_variant_is_judged(codes):
    assert codes("recipes/tool") == [("ENV101", 9), ("ENV102", 13)]
    assert codes("recipes/tool:1-a-1") == [("ENV101", 9)]
    assert codes("recipes/tool:1-b-1") == [("ENV101", 9), ("ENV102", 13)]
    assert codes("recipes/tool/recipe.yaml:1-a-1") == codes("recipes/tool:1-a") == [("ENV101", 9)]


def test_two_variants_of_one_file_are_told_once_and_the_file_has_them_all(codes):
    assert codes("recipes/tool:1-a-1", "recipes/tool:1-b-1") == codes("recipes/tool:1-a-1", "recipes") == codes("recipes")
    assert codes("recipes/tool", "recipes/tool:1-a-1") == codes("recipes/tool")


@pytest.mark.parametrize("tag", ["1-c-1", "1", "a", "1-a-2"])
def test_an_unknown_tag_is_an_error_that_names_those_there_are(codes, run, tag):
    (failure,) = run(f"recipes/tool:{tag}").failures
    assert f"has no variant with the tag {tag}" in failure.message
    assert (failure.exit_code, failure.hint) == (1, "tags: 1-a-1, 1-b-1")


@pytest.mark.parametrize("path", ["recipes/other:1-a-1", "recipes:1-a-1", ":1-a-1", "recipes/tool:", "recipes/tool::"])
def test_a_tag_behind_what_is_no_recipe_is_an_error(codes, run, path):
    (failure,) = run(path).failures
    assert "no such recipe" in failure.message
    assert failure.exit_code == 3


def test_only_recipes_have_variants(repo, run):
    repo("Containerfile", "FROM scratch\n")
    (failure,) = run("Containerfile:1").failures
    assert (failure.exit_code, "only a recipe has variants" in failure.message) == (2, True)


def test_a_path_with_a_colon_that_exists_wins(repo, codes):
    repo("recipes/tool:1-a-1/recipe.yaml", RECIPE.replace("matrix: {py: [a, b]}", "vars: {py: b}"))
    assert codes("recipes/tool:1-a-1") == [("ENV101", 9), ("ENV102", 13)]


def test_a_comment_for_another_variant_is_not_taken_for_one_without_effect(repo, codes):
    silenced = RECIPE.replace("/x/b\n", "/x/b  # certify: ignore[ENV102] -- only there\n")
    repo("recipes/tool/recipe.yaml", silenced)
    assert codes("recipes/tool:1-a-1") == codes("recipes/tool:1-b-1") == [("ENV101", 9)]
    repo("recipes/tool/recipe.yaml", silenced.replace("      true\n", "      true  # certify: ignore[ENV103] -- for nothing\n"))
    assert [code for code, _ in codes("recipes/tool:1-a-1")] == ["ENV101", "SCH008"]


def test_what_is_wrong_with_the_file_is_told_whatever_is_named(repo, codes):
    repo("recipes/tool/recipe.yaml", RECIPE.replace("summary: A tool\n", ""))
    assert [code for code, _ in codes("recipes/tool:1-a-1")] == ["SCH004"]


def test_one_recipe_alone_can_be_named_too(codes):
    from pathlib import Path

    assert "ENV102" not in {one.code for one in lint_file(Path("recipes/tool:1-a-1"), load())}
    with pytest.raises(Fault, match="no variant with the tag 9"):
        lint_file(Path("recipes/tool:9"), load())
