"""certify explain: the page of one rule or check."""

from __future__ import annotations

import inspect
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("explain")(explain)


def explain(code: Annotated[str, typer.Argument(metavar="CODE", help="A code as ENV101, or a name as ldpath-env.")]) -> None:
    """Print what a rule or check finds, why, and what is good instead."""
    from builder.errors import UsageError
    from certify.codes import close_to, modules, named
    from certify.policy import differing

    found = modules(code.upper()) or named(code.lower())
    if not found:
        raise UsageError(f"{code}: no such rule or check", hint=close_to(code))
    for number, module in enumerate(found):
        what = "on the image" if module.__name__.startswith("certify.checks") else "on recipes and Containerfiles"
        others = {name: one for name, one in differing(module.CODE).items() if one != module.SEVERITY}
        weight = ", ".join([str(module.SEVERITY), *(f"{one} for {name}" for name, one in others.items())])
        print("\n" * bool(number) + f"{module.CODE} {module.NAME} ({weight}, {what})\n\n{inspect.getdoc(module)}")
