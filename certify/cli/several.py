"""What ship and build have in common: recipes and all they stand on, made several at once under one board."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from builder.progress import human_size
from certify.cli import output
from certify.cli.board import Board
from certify.crew import Outcome
from certify.crew import run as run_crew

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path
    from typing import Protocol

    from builder.errors import Error
    from builder.progress import Progress
    from certify.graph import Item

    class Made(Protocol):
        """What an image's work gives back."""

        @property
        def size(self) -> int:
            """Its bytes, 0 if none were made."""

        @property
        def status(self) -> str:
            """What became of it, in a word or two."""

        def as_json(self) -> dict[str, Any]:
            """The result as ``--format json`` shows it."""

T = TypeVar("T", bound="Made")

# Packing uses every core by itself; a second image fills the time in which the first one fetches, tests and signs.
JOBS = 2
Jobs = Annotated[int, typer.Option("--jobs", "-j", min=1, metavar="N", help="How many images are made at the same time.")]


def run(paths: Iterable[Path], work: Callable[[Item, Progress], T], jobs: int) -> list[Outcome[T]]:
    """Do the work on every recipe, parents first, and give back what became of each, in their order."""
    from certify import graph

    items, board = graph.order(paths), Board()
    labels = {item.key: item.label for item in items}
    rows = {item.key: board.add(item.key, item.label, ", ".join(labels[key] for key in item.parents)) for item in items}

    def one(item: Item) -> T:
        rows[item.key].begin()
        return work(item, rows[item.key])

    def ended(outcome: Outcome[T]) -> None:
        row, made = rows[outcome.item.key], outcome.result
        if made is None:
            row.end("failed", str(outcome.error))
        else:
            row.end("done", made.status, human_size(made.size) if made.size else "")

    with board:
        return run_crew(items, one, jobs=jobs, ended=ended)


def finish(outcomes: Sequence[Outcome[T]], *, as_json: bool, show: Callable[[T], None],
           explain: Callable[[Item, Error], bool] = lambda _item, _error: False) -> None:
    """Write the results in their order, tell every error, and end with the worst exit code.

    ``explain`` shows what more there is to an error, and says whether that was all.
    """
    for outcome in outcomes:
        if outcome.result is not None and not as_json:
            show(outcome.result)
        elif outcome.error is not None and not explain(outcome.item, outcome.error):
            clear = len(outcomes) == 1 or outcome.error.message.startswith(str(outcome.item.path))
            output.error(outcome.error, of="" if clear else outcome.item.label)
    if as_json:
        output.as_json(map(_json, outcomes))
    if code := max((outcome.exit_code for outcome in outcomes), default=0):
        raise typer.Exit(code)


def _json(outcome: Outcome[T]) -> dict[str, Any]:
    if outcome.result is not None:
        return outcome.result.as_json()
    item, error = outcome.item, outcome.error
    recipe = item.source[1] if item.source else None
    named = {"name": recipe.name, "version": recipe.version, "tag": recipe.tag} if recipe else {"name": item.label}
    return {"recipe": str(item.path), **named, "status": "failed", "error": error.message if error else "",
            "hint": error.hint if error else None}
