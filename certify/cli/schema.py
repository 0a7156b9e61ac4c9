"""certify schema: the JSON Schema of recipes, for editors."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("schema")(schema)


def schema() -> None:
    """Print the JSON Schema of recipes."""
    from builder.recipe import schema as recipes

    print(recipes.text(), end="")
