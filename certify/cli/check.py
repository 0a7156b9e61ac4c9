"""certify check: look into a finished image, and run its recipe's tests on it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from certify.cli import options, output
from certify.cli.options import Format
from certify.cli.screen import Screen

if TYPE_CHECKING:
    from builder.recipe import Recipe


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("check")(check)


def check(
    image: Annotated[Path, typer.Argument(metavar="OUT|IMAGE", help="A build's folder, or a squashfs file.")],
    recipe: options.RecipeOption = None,
    site: options.SiteName = "shifter",
    form: options.Output = Format.TEXT,
) -> None:
    """Check a squashfs, and run the recipe's tests on it as an ordinary user of the site."""
    from certify.examination import examine

    squashfs = locate(image)
    found = find_recipe(squashfs, recipe, required=False)
    if os.geteuid() != 0:
        print("note: you are not root: what only root can read in the image is not looked into", file=sys.stderr)
    with Screen(title=found.name if found else squashfs.name) as screen:
        examined = examine(squashfs, options.load_site(site), found.tests if found else (), screen)
    if form is Format.JSON:
        output.as_json(finding.as_json() for finding in examined.findings)
    else:
        output.findings(examined.findings)
        output.tests(examined.tests)
        passed = len(examined.tests) - len(examined.failed)
        told = f"{passed} passed, {len(examined.failed)} failed" if found else "none, as no recipe is known (--recipe)"
        print(f"tests: {told}")
    if examined.errors or examined.failed:
        raise typer.Exit(1)


def locate(path: Path) -> Path:
    """The squashfs of a build's folder, or the file itself."""
    return path / "image.squashfs" if path.is_dir() else path


def find_recipe(squashfs: Path, given: Path | None, *, required: bool) -> Recipe | None:
    """The recipe that was named, or recipes/<name> for what the image says it is."""
    from builder.recipe import load

    path = given or named_recipe(squashfs, required=required)
    return load(path)[1] if path else None


def named_recipe(squashfs: Path, *, required: bool) -> Path | None:
    """The path recipes/<name> for the name in the image; raises UsageError if it must be there and is not."""
    from builder import image
    from builder.errors import Fault, UsageError
    from builder.squashfs import read_text

    try:
        path = Path("recipes") / image.ImageConfig.from_json(read_text(squashfs, image.PATH)).name
    except Fault:
        if required:
            raise
        return None
    if (path / "recipe.yaml").exists():
        return path
    if required:
        raise UsageError(f"{path}: the image's recipe is not here", hint="name it with --recipe")
    return None
