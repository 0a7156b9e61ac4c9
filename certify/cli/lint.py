"""certify lint: judge recipes without building them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from certify.cli import options, output
from certify.cli.options import Format


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("lint")(lint)


def lint(
    recipes: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Recipes, or folders that hold recipes.")],
    site: options.SiteName = "shifter",
    form: options.Output = Format.TEXT,
) -> None:
    """Find what would go wrong at the site. Needs neither root nor any tool."""
    from certify.finding import Severity
    from certify.lint import lint_file

    profile = options.load_site(site)
    found = [finding for path in expand(recipes) for finding in lint_file(path, profile)]
    if form is Format.JSON:
        output.as_json(finding.as_json() for finding in found)
    else:
        output.findings(found)
    if any(finding.severity is Severity.ERROR for finding in found):
        raise typer.Exit(1)


def expand(paths: list[Path]) -> list[Path]:
    """A folder of recipes stands for each recipe in it; other paths stand for themselves."""
    expanded: list[Path] = []
    for path in paths:
        inner = sorted(path.glob("*/recipe.yaml")) if path.is_dir() and not (path / "recipe.yaml").exists() else []
        expanded += inner or [path]
    return expanded
