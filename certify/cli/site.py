"""certify site: the profile of the site that images are judged for."""

from __future__ import annotations

import json
from dataclasses import asdict

import typer

from certify.cli import options

app = typer.Typer(no_args_is_help=True, help="Look at the site's profile.")


@app.callback()
def _group() -> None:
    """Look at the site's profile."""


@app.command()
def show(site: options.SiteName = "shifter") -> None:
    """Print a profile: what the runtime owns, replaces and mounts. A copy of it, changed, is a profile of one's own."""
    print(json.dumps(asdict(options.load_site(site)), indent=2))
