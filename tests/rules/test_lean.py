"""Linting starts at once: it loads no more than it needs, and needs no program."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from builder.errors import Error
from certify.lint import lint_file
from certify.site import load

CLEAN = """\
schema: 1
name: example
version: "1.0"
summary: An example
license: MIT
access: public
base: {debian: bookworm}
steps:
  - run: |
      make -C /src/tool install PREFIX=/opt/tool > /dev/null 2>&1
tests:
  - run: tool --version
"""

PROBE = """\
import json, sys
from pathlib import Path
from certify.lint import lint_file
from certify.report import json_report, text
from certify.site import load
found = lint_file(Path(sys.argv[1]), load())
text.render(found, colour=True), json_report.render(found)
loaded = {name.partition(".")[0] for name in sys.modules}
print(json.dumps([[one.code for one in found], sorted(loaded)]))
"""


def probe(tmp_path, recipe: str) -> tuple[list[str], set[str]]:
    path = tmp_path / "recipe.yaml"
    path.write_text(recipe)
    done = subprocess.run([sys.executable, "-c", PROBE, str(path)], env={"PATH": ""}, check=True,
                          capture_output=True, text=True)
    codes, loaded = json.loads(done.stdout)
    return codes, set(loaded)


def test_a_clean_recipe_loads_no_parser_of_shell_text_and_no_screen(tmp_path):
    codes, loaded = probe(tmp_path, CLEAN)
    assert codes == []
    assert not loaded & {"rich", "typer", "click", "pydantic", "jinja2", "tree_sitter", "tree_sitter_bash"}


def test_the_parser_is_loaded_where_there_is_something_to_read(tmp_path):
    codes, loaded = probe(tmp_path, CLEAN.replace("make -C", "LD_LIBRARY_PATH=/x make -C"))
    assert codes == ["ENV103"]
    assert "tree_sitter_bash" in loaded and not loaded & {"rich", "typer", "click"}


def test_a_file_that_is_not_there_is_an_error_of_the_call(tmp_path):
    with pytest.raises(Error, match="no such recipe") as caught:
        lint_file(tmp_path / "none.yaml", load())
    assert caught.value.hint
