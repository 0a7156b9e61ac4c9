"""Every variant of a recipe is judged, what they share is told once, and it stands where the templates stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.recipe import load_all
from builder.recipe.decode import decode_views
from builder.recipe.source import Document
from certify.lint import lint_file
from certify.lint.judge import judge, lint_recipe
from certify.lint.target import Kind
from certify.site import load

HEAD = """\
schema: 1
name: example
version: "1-{{ py }}"
summary: An example
license: MIT
access: public
base: {debian: bookworm}
matrix: {py: [a, b]}
tests: [{run: "example{{ py }} --self-test"}]
"""
STEP = """\
steps:
  - run: |
      {% if py == 'b' %}
      true
      export LD_LIBRARY_PATH=/x/b
      {% endif %}
      install -d /opt/{{ py }}; export LD_LIBRARY_PATH=/x
      make install PREFIX=/home/{{ py }}
"""


@pytest.fixture
def marked(tmp_path):
    """The code and message of each finding, and the text under its span."""

    def judged(text):
        (tmp_path / "recipe.yaml").write_text(text)
        lines = text.splitlines()
        return [(one.code, one.message, lines[one.span.line - 1][one.span.column - 1:one.span.end_column - 1])
                for one in lint_file(tmp_path, load()) if one.span is not None]

    return judged


def test_each_variant_is_judged_and_told_once(marked):
    found = marked(HEAD + STEP)
    assert [(code, text) for code, _, text in found if code == "ENV102"] == [
        ("ENV102", "LD_LIBRARY_PATH=/x/b"), ("ENV102", "install -d /opt/{{ py }}; export LD_LIBRARY_PATH=/x")]
    assert [text for code, _, text in found if code == "PTH202"] == ["make install PREFIX=/home/{{ py }}"] * 2


def test_what_is_attested_stands_at_the_same_places(tmp_path):
    (tmp_path / "recipe.yaml").write_text(HEAD + STEP)
    document, (_, second) = load_all(tmp_path)
    lines = [one.span.line for one in lint_recipe(document, second, load()) if one.code == "ENV102"]
    assert lines == [14, 16]


def test_a_comment_silences_in_a_text_with_templates():
    text = HEAD + STEP.replace("/x/b\n", "/x/b  # certify: ignore[ENV102] -- only there\n")
    judged = judge(text.encode(), Path("recipe.yaml"), Kind.RECIPE, load())
    assert [one.finding.span.line for one in judged.silenced if one.finding.span] == [14]
    assert "SCH008" not in {one.code for one in judged.findings}


def test_the_places_of_all_findings_lie_in_the_file():
    step = "steps:\n  - run: '{{ py }} {% if py %}; export LD_LIBRARY_PATH=/{{ py }}{% endif %}'\n"
    folded = "steps:\n  - run: >\n      {{ py }}\n      {{ py }}; export LD_LIBRARY_PATH=/{{ py }}\n"
    for more in (step, folded, step + "env: {LD_LIBRARY_PATH: '/{{ py }}'}\n"):
        found = judge((HEAD + more).encode(), Path("recipe.yaml"), Kind.RECIPE, load()).findings
        lines = (HEAD + more).splitlines()
        assert "ENV102" in {one.code for one in found}
        for one in found:
            assert one.span is not None and one.span.line <= len(lines)
            assert one.span.column <= len(lines[one.span.line - 1]) + 1


STAGED = """\
schema: 1
name: example
version: "1"
summary: An example
license: MIT
access: public
base: {debian: bookworm}
stages:
  compile:
    base: {image: "ghcr.io/example/gcc:14@sha256:0000000000000000000000000000000000000000000000000000000000000000"}
    env: {LD_LIBRARY_PATH: /a}
    steps:
      - {run: export LD_LIBRARY_PATH=/b, env: {LD_LIBRARY_PATH: /c}}
    files: [{from: recipe.yaml, to: /home/d}]
copy:
  - {from: compile, path: /opt/e, to: /home/e}
  - {from: compile, path: /home/f}
tests: [{run: example --self-test}]
"""


def test_stages_are_judged_where_they_stand_and_weigh_less(tmp_path):
    (tmp_path / "recipe.yaml").write_text(STAGED)
    lines = STAGED.splitlines()
    found = [(one.code, str(one.severity), lines[one.span.line - 1][one.span.column - 1:one.span.end_column - 1])
             for one in lint_file(tmp_path, load()) if one.span is not None and one.code in ("ENV101", "ENV102", "PTH202")]
    assert found == [("ENV101", "warning", "/a"), ("ENV102", "warning", "LD_LIBRARY_PATH=/b"), ("ENV101", "warning", "/c"),
                     ("PTH202", "warning", "/home/d"), ("PTH202", "error", "/home/e"),
                     ("PTH202", "error", "{from: compile, path: /home/f}")]


def test_many_variants_do_not_take_long():
    import time

    matrix = "matrix: {py: [a, b, c, d, e, f, g, h], x: [a, b, c, d, e, f, g, h]}"
    text = HEAD.replace("matrix: {py: [a, b]}", matrix).replace('"1-{{ py }}"', '"1-{{ py }}{{ x }}"')
    steps = "".join(f"  - run: make -C /src/{n} install PREFIX=/opt/{{{{ py }}}}\n" for n in range(50))
    start = time.process_time()
    judge(f"{text}steps:\n{steps}".encode(), Path("recipe.yaml"), Kind.RECIPE, load())
    assert time.process_time() - start < 20


def test_a_view_is_made_for_each_variant():
    document = Document.parse(HEAD.encode(), "recipe.yaml")
    views = [view for view, _ in decode_views(document, Path())]
    assert [view.values["version"] for view in views] == ["1-a", "1-b"] and document.values["version"] == "1-{{ py }}"
