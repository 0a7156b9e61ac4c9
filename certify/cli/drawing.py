"""How a board looks on a terminal: never more lines than it has, never wider than it is."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from certify.cli.board import TAIL
from certify.report.safe import escaped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import ConsoleOptions, RenderableType, RenderResult

    from certify.cli.board import Board, Row

_STYLES: Final = {"waiting": "dim", "running": "", "done": "green", "failed": "red"}
_FIRST_TO_HIDE: Final = ("waiting", "done", "failed", "running")


def live(board: Board, console: Console | None = None) -> Live:
    """A display that draws the board eight times a second. With one row it vanishes at the end: its stages stand above."""
    console = console or Console(stderr=True, highlight=False)
    return Live(Drawing(board), console=console, refresh_per_second=8, transient=board.alone, redirect_stdout=False,
                redirect_stderr=False)


class Drawing:
    """The board as rich draws it: for the size that the terminal has now."""

    def __init__(self, board: Board) -> None:
        self.board = board

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        with self.board.lock:
            rows, height = list(self.board.rows.values()), max(3, (options.height or console.height) - 1)
            shown = fitting(rows, height)
            hidden = [row for row in rows if row not in shown]
            counted = [_counted(hidden)] if hidden else []
            parts: list[RenderableType] = [_table(shown, options.max_width), *counted,
                                           *_tail(rows, height - len(shown) - len(counted))]
        yield Group(*parts)


def fitting(rows: Sequence[Row], height: int) -> list[Row]:
    """The rows that find room, in their order; what waits or is done is left out first."""
    if len(rows) <= height:
        return list(rows)
    ranked = sorted(rows, key=lambda row: _FIRST_TO_HIDE.index(row.state), reverse=True)[:height - 1]
    return [row for row in rows if row in ranked]


def _table(rows: Sequence[Row], width: int) -> Table:
    table, now = Table.grid(expand=True, padding=(0, 1, 0, 0)), time.monotonic()
    table.add_column(no_wrap=True, overflow="ellipsis", max_width=min(24, width * 3 // 10))
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    table.add_column(no_wrap=True, justify="right")
    table.add_column(no_wrap=True, justify="right", min_width=8)
    for row in rows:
        seconds = now - row.begun if row.state == "running" else row.seconds
        table.add_row(_plain(row.label), _plain(_what(row), _STYLES[row.state]), _plain(row.size),
                      _plain(f"{seconds:.1f} s" if row.begun else ""))
    return table


def _what(row: Row) -> str:
    said = row.doing.partition("\n")[0]
    return f"{said}: {row.last.strip()}" if row.last else said


def _counted(rows: Sequence[Row]) -> Text:
    counts = [(state, sum(row.state == state for row in rows)) for state in _FIRST_TO_HIDE]
    return _plain("and " + ", ".join(f"{count} {state}" for state, count in counts if count), "dim")


def _tail(rows: Sequence[Row], room: int) -> list[Text]:
    """The end of the log of what failed last, while others go on; in full it follows when all have ended."""
    failed = [row for row in rows if row.state == "failed" and row.tail]
    if not failed or room < 3 or all(row.state in ("done", "failed") for row in rows):
        return []
    row = max(failed, key=lambda one: one.begun + one.seconds)
    lines = list(row.tail)[-min(TAIL, room - 2):]
    return [_plain(f"{row.label} failed:", "red"), *(_plain(f"  | {line}") for line in lines)]


def _plain(text: str, style: str = "") -> Text:
    """Text as it is: no markup, and no control characters, which may come from a step's output."""
    return Text(escaped(text), style=style, no_wrap=True, overflow="ellipsis")
