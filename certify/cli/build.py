"""certify build: from recipes to squashfs images."""

from __future__ import annotations

import os

import typer

from certify.cli import options, output
from certify.cli.options import Format
from certify.cli.screen import Screen


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("build")(build)


def build(recipes: options.Recipes, out: options.Out = options.OUT, form: options.Output = Format.TEXT) -> None:
    """Build recipes as root into <out>/<name>/<tag>/: image.squashfs, build.json, build.log."""
    from builder import pipeline, workspace
    from builder.progress import human_size
    from builder.recipe import load

    results = []
    for path in options.expand(recipes):
        document, recipe = load(path)
        with Screen(title=recipe.name) as screen:
            cache = workspace.default_cache(os.environ)
            record = pipeline.up_to_date(recipe, out, cache)
            status = "up to date" if record else "built"
            record = record or pipeline.build(document, recipe, out=out, cache=cache, progress=screen)
        results.append({"recipe": str(path), "name": record.name, "tag": record.tag, "digest": f"sha256:{record.digest}",
                        "size": record.size, "status": status, "folder": str(pipeline.folder_of(recipe, out))})
        if form is Format.TEXT:
            print(f"{recipe.name}:{recipe.tag}  {status}  {human_size(record.size)}  sha256:{record.digest}")
            print(f"  {pipeline.folder_of(recipe, out)}")
    if form is Format.JSON:
        output.as_json(results)
