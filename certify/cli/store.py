"""certify store: what is in the site's image store."""

from __future__ import annotations

import sys

import typer

from certify.cli import options, output
from certify.cli.options import Format

app = typer.Typer(no_args_is_help=True, help="Look into the site's image store.")


@app.callback()
def _group() -> None:
    """Look into the site's image store."""


@app.command()
def ls(store: options.StorePath = None, trust: options.TrustPath = None, form: options.Output = Format.TEXT) -> None:
    """List the images that you may use; with --trust, only what it vouches for counts as sound."""
    from builder.progress import human_size
    from certify.store.query import list_images

    found = list_images(options.need_store(store), options.need_trust(trust) if trust else None)
    if form is Format.JSON:
        output.as_json({"name": one.name, "tag": one.tag, "digest": f"sha256:{one.digest}", "size": one.size,
                        "valid_until": one.valid_until.isoformat(), "access": str(one.access)} for one in found)
        return
    for one in found:
        print(f"{one.name}:{one.tag}  {human_size(one.size):>7}  until {one.valid_until:%Y-%m-%d}  {one.access}  "
              f"sha256:{one.digest[:12]}")
        if one.problem:
            print(f"  {one.problem}", file=sys.stderr)
