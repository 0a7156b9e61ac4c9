"""certify check: look into a finished image, and run its recipe's tests on it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from certify.cli import images, options, output
from certify.cli.options import Format
from certify.cli.screen import Screen


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

    squashfs = images.locate(image)
    known = images.find_recipe(squashfs, recipe)
    found = known and known.recipe
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

