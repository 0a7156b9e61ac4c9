"""certify cache: what builds on this machine share, how much room it takes, and how to make room."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Annotated

import typer

from certify.cli import moments, options, output
from certify.cli.options import Format

if TYPE_CHECKING:
    from collections.abc import Iterator

    from builder.pruning import Contents, Limits

app = typer.Typer(no_args_is_help=True, help="Look at what builds share on this machine, and make room.")

_DAY = 86_400       # seconds


@app.callback()
def _group() -> None:
    """Look at what builds share on this machine, and make room."""


@app.command()
def ls(form: options.Output = Format.TEXT) -> None:
    """Show how much is kept of what, and the limits that every build keeps to."""
    from builder import pruning, workspace

    cache, limits = workspace.default_cache(os.environ), pruning.Limits.of(os.environ)
    found = workspace.existing(cache)
    rows = list(_rows(pruning.contents(found) if found else pruning.NOTHING, limits))
    if form is Format.JSON:
        output.as_json({"cache": str(cache), **row} for row in rows)
        return
    from builder.progress import human_size

    print(cache)
    for row in rows:
        size, limit = human_size(int(str(row["size"]))), human_size(int(str(row["limit"])))
        print(f"  {row['kind']:8}  {row['count']:>6}  {size:>8}  of {limit}{' together' if row['shared'] else ''}")


@app.command()
def prune(
    apply: Annotated[bool, typer.Option("--apply", help="Do it; without it, only what would be done is shown.")] = False,
    layers: Annotated[str | None, typer.Option(metavar="GB", show_default=False, help="How much is kept of layers "
                                                                       "[default: CERTIFY_CACHE_LIMIT, or 60].")] = None,
    downloads: Annotated[str | None, typer.Option(metavar="GB", show_default=False, help="How much is kept of what was fetched "
                                                                       "[default: CERTIFY_CACHE_DOWNLOADS, or 40].")] = None,
    grace: Annotated[str, typer.Option("--grace", help="Touch nothing that was used in this time.")] = "0d",
    form: options.Output = Format.TEXT,
) -> None:
    """Remove what was not used for longest, down to the limits; every build does the same before it starts.

    Nothing is removed while a build uses the cache. What is gone is made or fetched again when it is needed.
    """
    from builder import pruning, workspace
    from builder.errors import Error

    limits, keep = _limits(layers, downloads), moments.span(grace).total_seconds()
    cache, run = workspace.existing(workspace.default_cache(os.environ)), pruning.prune if apply else pruning.plan
    going = run(cache, limits, keep) if cache else pruning.NOTHING
    if going is None:
        raise Error(f"cache {cache}: a build uses it now; nothing was removed", hint="try again when no build is at work")
    if form is Format.JSON:
        output.as_json(_plain(going, applied=apply))
    else:
        _show(going, applied=apply)


def _limits(layers: str | None, downloads: str | None) -> Limits:
    from builder import pruning, workspace

    given = pruning.Limits.of(os.environ)
    return pruning.Limits(layers=given.layers if layers is None else workspace.gigabytes(layers, "--layers"),
                          downloads=given.downloads if downloads is None else workspace.gigabytes(downloads, "--downloads"))


def _rows(found: Contents, limits: Limits) -> Iterator[dict[str, object]]:
    for kind, things in found.items():
        limit, shared = limits.of_kind(kind)
        yield {"kind": kind, "count": len(things), "size": sum(one.size for one in things), "limit": limit, "shared": shared}


def _show(going: Contents, *, applied: bool) -> None:
    from builder.progress import human_size
    from certify.report.safe import escaped

    for row in _plain(going, applied=applied):
        days = int((time.time() - float(str(row["used"]))) / _DAY)
        print(f"{row['kind']:8}  {human_size(int(str(row['size']))):>8}  {days:>4} days unused  {escaped(str(row['what'])[:64])}")
    size = human_size(sum(one.size for things in going.values() for one in things))
    print(f"freed {size}" if applied else f"would free {size}; --apply does it")


def _plain(going: Contents, *, applied: bool) -> Iterator[dict[str, object]]:
    for kind, things in going.items():
        for one in things:
            yield {"action": "delete", "kind": kind, "what": one.key, "size": one.size, "used": one.used, "done": applied}
