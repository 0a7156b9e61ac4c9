"""What ``certify lint`` of a clean recipe loads: each module costs at every save in an editor."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.texts import FAULT, HEAD

START = """\
import json, sys
sys.argv = ["certify", "lint", "recipe.yaml"]
try:
    from certify.cli.main import entry
    entry()
finally:
    print(json.dumps(sorted(sys.modules)))
"""

# Of ourselves what only options, findings, comments or failures need, and of others what is slow to load.
OURS = {"certify.baseline", "certify.codes", "certify.cli.lint", "certify.cli.program", "certify.checks", "certify.containerfile",
        "certify.fix", "certify.lint.comments", "certify.report.safe", "certify.report.text", "certify.shell", "certify.suppress"}
OTHERS = {"_hashlib", "cryptography", "difflib", "hashlib", "jsonschema", "logging", "multiprocessing", "rich", "shutil",
          "socket", "ssl", "subprocess", "tempfile", "tomllib", "traceback", "tree_sitter", "typer", "typing_extensions",
          "unicodedata"}


def loaded(tmp_path, recipe: str = HEAD, name: str = "pyproject.toml", settings: str = '[project]\nname = "x"\n') -> set[str]:
    (tmp_path / "recipe.yaml").write_text(recipe)
    (tmp_path / name).write_text(settings)
    done = subprocess.run([sys.executable, "-c", START], cwd=tmp_path, env={}, capture_output=True, text=True)
    assert done.stderr == ""
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_a_clean_recipe_needs_little(tmp_path):
    found = loaded(tmp_path)
    assert not found & (OURS | OTHERS)
    assert len(found) < 210


def test_what_is_needed_is_loaded(tmp_path):
    found = loaded(tmp_path, HEAD + "env: {LD_LIBRARY_PATH: /opt/x}     # certify: ignore[ENV101] -- so\n")
    assert {"certify.suppress", "certify.lint.comments"} <= found
    assert "certify.report.text" in loaded(tmp_path, HEAD + FAULT)
    assert "tomllib" in loaded(tmp_path, settings='[tool.certify.lint]\nignore = ["MET"]\n')
    assert "tomllib" in loaded(tmp_path, name="certify.toml", settings='[lint]\nignore = ["MET"]\n')
