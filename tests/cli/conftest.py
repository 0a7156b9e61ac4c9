"""The program itself, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.texts import HEAD

if TYPE_CHECKING:
    from collections.abc import Callable

KEPT = {key: value for key, value in os.environ.items()
        if not key.startswith(("CERTIFY_", "GITHUB_")) and key not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")}


@pytest.fixture
def certify(tmp_path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the program in an empty folder; ``check`` is the exit code that is expected."""

    def call(*words: object, check: int = 0, stdin: str | bytes = b"", **env: str) -> subprocess.CompletedProcess[str]:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run([sys.executable, "-c", "from certify.cli.main import entry; entry()", *map(str, words)],
                              cwd=tmp_path, env={**KEPT, "PATH": "", **env}, input=data, capture_output=True, check=False)
        out, err = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
        assert done.returncode == check, out + err
        assert "Traceback" not in err
        return subprocess.CompletedProcess(done.args, done.returncode, out, err)

    return call


@pytest.fixture
def recipe(tmp_path) -> Callable[..., None]:
    """Writes a recipe: the usual head, and what is given."""

    def write(text: str = "", folder: str = "r") -> None:
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "recipe.yaml").write_text(HEAD + text, encoding="utf-8")

    return write
