"""Files of a repository, and the linter over them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from certify.lint.engine import Run
from certify.lint.settings import Given, Nearest
from tests.texts import HEAD

if TYPE_CHECKING:
    from collections.abc import Callable

    from certify.lint.outcome import Outcome

@pytest.fixture
def repo(tmp_path, monkeypatch) -> Callable[..., Path]:
    """Writes a file below a folder that is the current one, and is no repository's."""
    monkeypatch.chdir(tmp_path)

    def write(name: str, text: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.fixture
def run(repo) -> Callable[..., Outcome]:
    """The outcome of a run over paths; options as the command line gives them."""

    def judge(*paths: str, known: frozenset[str] = frozenset(), given: dict[Path, bytes] | None = None,
              beside: Path | None = None, **options) -> Outcome:
        return Run(Nearest(Given(**options)), known, given or {}, beside=beside).over([Path(path) for path in paths or (".",)])

    return judge


@pytest.fixture
def snippet(repo, run) -> Callable[[str], Outcome]:
    """The outcome for a recipe that ends with a snippet, under ENV and SCH rules alone."""

    def judge(text: str, name: str = "recipe.yaml", **options) -> Outcome:
        repo(name, HEAD + text if name == "recipe.yaml" else text)
        return run(name, select=("ENV", "SCH"), **options)

    return judge
