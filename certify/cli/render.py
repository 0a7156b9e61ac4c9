"""certify render: a recipe as a Containerfile, or as a whole build context, for plain buildah."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from certify.cli import options

if TYPE_CHECKING:
    from builder.recipe import Recipe

Context = Annotated[Path | None, typer.Option("--context", metavar="DIR", show_default=False,
                                              help="Write a folder for buildah build: all that the Containerfile names.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("render")(render)


def render(
    recipe: Annotated[Path, typer.Argument(metavar="RECIPE", help="A recipe: its folder, or its recipe.yaml.")],
    context: Context = None,
    site: options.SiteName = "shifter",
) -> None:
    """Print the Containerfile from which plain buildah makes the same tree. Needs neither root nor network.

    With --context everything that it names is fetched into a folder, as root; buildah then builds that offline.
    """
    from builder import render as rendering
    from builder.recipe import load

    _, found = load(recipe)
    if context is None:
        print(rendering.containerfile(found), end="")
    else:
        _write(found, context, site)


def _write(recipe: Recipe, folder: Path, site: str) -> None:
    from builder import context, workspace
    from certify.cli.screen import Screen

    outside = options.load_site(site).outside
    with Screen(title=recipe.name) as progress:
        context.write(recipe, folder, cache=workspace.default_cache(os.environ), progress=progress, outside=outside)
    print(folder)
    print(f"  next: buildah build --tag {recipe.name}:{recipe.tag} {shlex.quote(str(folder))}", file=sys.stderr)
