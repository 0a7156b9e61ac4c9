"""certify schema: the JSON Schema of recipes, for editors, and those of what is signed."""

from __future__ import annotations

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("schema")(schema)


def schema(
    predicate: Annotated[str | None, typer.Option("--predicate", metavar="NAME", help="Of what is signed instead, such as "
                                                                                      "certificate-1.")] = None,
) -> None:
    """Print the JSON Schema of recipes, or of a predicate or record that certify signs."""
    from builder.recipe import schema as recipes
    from certify import predicates

    print(recipes.text() if predicate is None else predicates.text(predicate), end="")
