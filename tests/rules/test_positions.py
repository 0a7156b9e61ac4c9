"""A finding stands exactly where the text that caused it stands."""

from __future__ import annotations

import pytest

from certify.lint import lint_file
from certify.site import load

HEAD = """\
schema: 1
name: example
version: "1.0"
summary: Größe, 大, 😀
license: MIT
access: public
base: {debian: bookworm}
tests: [{run: example --self-test}]
"""


def marked(tmp_path, recipe: str, *, newline: str = "\n", start: str = "") -> list[tuple[str, str]]:
    """The code of each finding, and the text under its span."""
    path = tmp_path / "recipe.yaml"
    path.write_bytes((start + HEAD + recipe).replace("\n", newline).encode())
    lines = (HEAD + recipe).splitlines()
    return [(finding.code, lines[finding.span.line - 1][finding.span.column - 1:finding.span.end_column - 1])
            for finding in lint_file(path, load())]


BLOCK = """\
steps:
  - name: größer
    run: |
      echo "größer 大 😀"; export LD_LIBRARY_PATH=/opt/x

      if true; then
          é=1; make install PREFIX=/home/大
      fi
"""


@pytest.mark.parametrize(("newline", "start"),
                         [("\n", ""), ("\r\n", ""), ("\n", "\ufeff"), ("\r\n", "\ufeff")])
def test_in_a_literal_block_after_characters_outside_ascii(tmp_path, newline, start):
    assert marked(tmp_path, BLOCK, newline=newline, start=start) == [
        ("ENV102", "LD_LIBRARY_PATH=/opt/x"), ("PTH202", "PREFIX=/home/大")]


@pytest.mark.parametrize("run", [
    "export LD_LIBRARY_PATH=/x && make",
    "'export LD_LIBRARY_PATH=/x && make'",
    '"export LD_LIBRARY_PATH=/x && make"',
    "|-\n      export LD_LIBRARY_PATH=/x && make",
    "|2\n      export LD_LIBRARY_PATH=/x && make",
    "|  # comment\n\n\n      true\n      export LD_LIBRARY_PATH=/x && make\n\n",
    "|\n\n        export LD_LIBRARY_PATH=/x && make\n        true",
    "bash -c 'export LD_LIBRARY_PATH=/x && make'",
    "|\n      eval 'true\n      export LD_LIBRARY_PATH=/x'",
    "|\n      bash <<'EOF'\n      export LD_LIBRARY_PATH=/x\n      EOF",
    "eval \"export LD_LIBRARY_PATH=/x\"",
])
def test_in_every_style_of_text(tmp_path, run):
    assert marked(tmp_path, f"steps:\n  - run: {run}\n") == [("ENV102", "LD_LIBRARY_PATH=/x")]


def test_text_that_folding_moves_gives_the_whole_value(tmp_path):
    path = tmp_path / "recipe.yaml"
    path.write_text(HEAD + "steps:\n  - run: >\n      export\n      LD_LIBRARY_PATH=/x\n")
    (finding,) = lint_file(path, load())
    assert (finding.span.line, finding.span.column) == (10, 10)


def test_a_value_that_is_wrong_as_a_whole(tmp_path):
    assert marked(tmp_path, 'workdir: /home/x\nenv: {"LD_LIBRARY_PATH": /x}\n') == [
        ("PTH202", "/home/x"), ("ENV101", "/x")]


def test_findings_come_in_the_order_of_the_file_and_none_twice(tmp_path):
    steps = "".join(f"  - run: export LD_LIBRARY_PATH=/home/{n} > /home/{n}\n" for n in range(12))
    found = marked(tmp_path, f"workdir: /home/x\nsteps:\n{steps}env: {{LD_LIBRARY_PATH: /x}}\n")
    assert [code for code, _ in found] == ["PTH202", *["ENV102", "PTH202"] * 12, "ENV101"]


def test_only_the_first_line_of_a_long_assignment_is_marked(tmp_path):
    run = "|\n      export LD_LIBRARY_PATH='/a\n      /b'\n"
    assert marked(tmp_path, f"steps:\n  - run: {run}") == [("ENV102", "LD_LIBRARY_PATH='/a")]
