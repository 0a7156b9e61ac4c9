"""certify lock: write down exactly what a recipe means today, so that it means the same tomorrow."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from certify.cli import options, output
from certify.cli.options import Format

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from builder.locking import Change
    from builder.outside import Outside
    from builder.recipe import Recipe

_COLUMNS = ("package", "from", "to")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("lock")(lock)


def lock(
    recipes: options.Recipes,
    upgrade: Annotated[bool, typer.Option("--upgrade", help="Take what the archives and indexes have now.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if a lock does not fit its recipe.")] = False,
    site: options.SiteName = "shifter",
    form: options.Output = Format.TEXT,
) -> None:
    """Write recipe.lock beside the recipe: exact packages, wheels and sources, with their hashes. Needs no root.

    Without an option only what is missing or has changed in the recipe is looked up. A build uses the lock.
    """
    from builder.errors import UsageError
    from builder.recipe import load_all
    from builder.recipe.decode import find

    if upgrade and check:
        raise UsageError("--upgrade and --check exclude each other", hint="--check writes nothing")
    outside = options.load_site(site).outside
    results = []
    for path in options.expand(recipes):
        loaded = load_all(path)[1]
        results.append(_checked(find(path), loaded) if check else _locked(find(path), loaded, outside, upgrade))
        if form is Format.TEXT:
            _show(results[-1])
    if form is Format.JSON:
        output.as_json(results)
    if any(result["status"] == "unfit" for result in results):
        raise typer.Exit(1)


def _checked(path: Path, recipes: Sequence[Recipe]) -> dict[str, Any]:
    from builder.lock import FILE_NAME, Lock, unfit

    found = Lock.read(path.parent)
    words = []
    for recipe in recipes:
        before = f"{recipe.name}:{recipe.version}: " if len(recipes) > 1 else ""
        words += [before + text for text in (unfit(recipe, found) if found else ["it is not locked"])]
    return {"recipe": str(path), "lock": str(path.parent / FILE_NAME), "status": "unfit" if words else "fits",
            "differences": words}


def _locked(path: Path, recipes: Sequence[Recipe], outside: Outside, upgrade: bool) -> dict[str, Any]:
    from builder import locking, workspace
    from builder.lock import FILE_NAME, Lock
    from certify.cli.screen import Screen

    folder = path.parent
    old = Lock.read(folder)
    with Screen(title=recipes[0].name) as screen, screen.stage("lock"):
        new = locking.make(recipes, cache=workspace.default_cache(os.environ), outside=outside, old=old, upgrade=upgrade)
    if new != old:
        new.write(folder)
    stages = [stage for image in new.images.values() for stage in image.stages]
    return {"recipe": str(path), "lock": str(folder / FILE_NAME), "status": "written" if new != old else "up to date",
            "packages": len({package for stage in stages for package in stage.packages}),
            "wheels": len({wheel for stage in stages for wheel in stage.wheels}),
            "notes": sorted({stage.note for stage in stages if stage.note}),
            "changes": [asdict(change) for change in locking.changes(old, new)] if old else []}


def _show(result: dict[str, Any]) -> None:
    from builder.locking import Change
    from certify.report.safe import escaped

    if "differences" in result:
        print(f"{result['lock']}  {'fits' if result['status'] == 'fits' else 'does not fit'}")
        for text in result["differences"]:
            print(f"  {escaped(text)}")
        if result["differences"]:
            print(f"  help: certify lock {result['recipe']}", file=sys.stderr)
        return
    print(f"{result['lock']}  {result['status']}  {result['packages']} packages, {result['wheels']} wheels")
    for note in result["notes"]:
        print(f"  note: {note}", file=sys.stderr)
    _table([Change(**change) for change in result["changes"]])


def _table(changes: Sequence[Change]) -> None:
    """What changed: a table for a person, plain columns for a file."""
    from certify.report.safe import escaped

    rows = list(dict.fromkeys((escaped(_title(one)), escaped(one.old) or "-", escaped(one.new) or "-") for one in changes))
    if not rows:
        return
    if sys.stdout.isatty():
        _rich(rows)
        return
    widths = [max(map(len, column)) for column in zip(_COLUMNS, *rows, strict=True)]
    for row in (_COLUMNS, *rows):
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _title(change: Change) -> str:
    """The package, with its stage if it is not the image, and with what it is if it is no package of the archive."""
    before = f"{change.stage}: " if change.stage else ""
    return f"{before}{change.name}" + (f" ({change.kind})" if change.kind in ("wheel", "source") else "")


def _rich(rows: Sequence[tuple[str, str, str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*_COLUMNS, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console(highlight=False).print(table)
