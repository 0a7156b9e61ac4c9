"""certify key: the keys that sign."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Make the keys that sign certificates.")


@app.callback()
def _group() -> None:
    """Make the keys that sign certificates."""


@app.command()
def generate(path: Annotated[Path, typer.Argument(metavar="FILE", help="The private key; the public one gets .pub.")]) -> None:
    """Make an ECDSA P-256 key: FILE, readable by you alone, and FILE.pub for those who are to trust it."""
    from certify import signing

    public = signing.generate(path)
    print(f"private key  {path}\npublic key   {public}")
