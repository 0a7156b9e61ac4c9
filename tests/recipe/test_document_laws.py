"""Laws of a document: nothing but a RecipeError, and spans that slice what they say."""

from __future__ import annotations

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from builder.errors import RecipeError
from builder.recipe import Document
from builder.recipe.decode import decode
from builder.recipe.events import resolve
from builder.recipe.source import Scalar

TOKENS = ["a", ": ", "\n", "  ", "- ", "[", "]", "{", "}", ", ", "'", '"', "|\n", ">\n", "#", " #", "&a ",
          "*a", "!t ",
          "---\n", "...\n", "? ", "\t", "é", "😀", "\ufeff", "\r\n", "\x85", "\u2028", "1.10", "null", "\\",
          "<<", "%",
          "steps", "run", "env", "files", "from", "schema: 1\n", "access: ", "public", "0", "\\x41", "@", "`",
          "vars: {a: x}\n", "matrix: {b: [1, 2]}\n", "{{ a }}", "{% if b %}", "{% endif %}"]
YAML = st.lists(st.sampled_from(TOKENS), max_size=40).map("".join)


@given(st.one_of(st.binary(max_size=300),
                 st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")),
                 YAML.map(str.encode)))
@settings(max_examples=500, deadline=None)
def test_any_bytes_give_a_document_or_a_recipe_error(tmp_path_factory, data):
    try:
        document = Document.parse(data, "recipe.yaml")
        decode(document, tmp_path_factory.getbasetemp())
    except RecipeError as error:
        assert error.problems
        for problem in error.problems:
            assert problem.span.line >= 1 and problem.span.column >= 1
            assert problem.code.startswith("SCH") and "\n" not in problem.message


@given(YAML)
@settings(max_examples=500, deadline=None)
def test_spans_lie_in_the_text(text):
    document = Document.parse(text.encode(), "recipe.yaml")
    lines = (document.text + "\n").splitlines()
    for span in [*document.spans.values(), *document.keys.values()]:
        assert (span.line, span.column) <= (span.end_line, span.end_column)
        assert 1 <= span.line <= span.end_line <= len(lines) + 1


TEXT = st.text(alphabet=st.one_of(st.sampled_from("ab :#'\"\\-é大😀{}[],&*!|>%@`?"),
                                  st.characters(codec="utf-8",
               categories=("L", "N", "P", "S"))), max_size=30).filter(
                   # PyYAML writes without quotes what is a number only since YAML 1.2, such as 0E0
                   lambda text: isinstance(resolve(Scalar(text, "")), str) or f"a: {text}\n" != yaml.safe_dump({"a": text}))
VALUES = st.recursive(st.one_of(TEXT, st.integers(), st.booleans(), st.none()),
                      lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
                      max_leaves=8)


def sliced(document: Document, span) -> str:
    lines = document.text.splitlines(keepends=True)[span.line - 1:span.end_line]
    if span.end_line - span.line < len(lines):
        lines[-1] = lines[-1][:span.end_column - 1]
    lines[0] = lines[0][span.column - 1:]
    return "".join(lines)


@given(st.dictionaries(st.sampled_from(["a", "größe", "c d"]), VALUES, min_size=1), st.booleans())
@settings(max_examples=300, deadline=None)
def test_a_span_slices_text_that_decodes_to_the_same_value(value, flow):
    text = yaml.safe_dump(value, allow_unicode=True, default_flow_style=flow, sort_keys=False)
    document = Document.parse(text.encode(), "recipe.yaml")
    assert not document.problems and document.values == value
    for route, scalar in document.scalars.items():
        inner = Document.parse(sliced(document, document.spans[route]).encode(), "inner")
        assert inner.values == resolve(scalar) or scalar == Scalar("", "")
        at = document.values
        for part in route:
            at = at[part]
        assert at == resolve(scalar)


@given(st.lists(st.text(alphabet="ab é大😀$'\"", min_size=1).map(str.strip).filter(bool), min_size=1,
                max_size=5),
       st.integers(1, 6), st.integers(0, 3))
@settings(deadline=None)
def test_a_place_inside_a_block_is_the_place_in_the_file(lines, indent, empty):
    block = "".join(f"{' ' * indent}{line}\n" + "\n" * empty for line in lines)
    document = Document.parse(f"before: é\nrun: |\n{block}after: x\n".encode(), "recipe.yaml")
    value = document.values["run"]
    for number, line in enumerate(value.splitlines()):
        span = document.inside(("run",), number, 0, len(line))
        assert document.text.splitlines()[span.line - 1][span.column - 1:span.end_column - 1] == line
