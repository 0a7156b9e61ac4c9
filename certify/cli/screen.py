"""Progress on standard error: one line a stage as it ends; on a terminal also what is going on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from certify.cli.board import Board

if TYPE_CHECKING:
    from types import TracebackType

    from builder.progress import Progress


@dataclass(slots=True)
class Screen:
    """Shows the stages of one piece of work under its title; gives the Progress that hears of them."""

    title: str
    board: Board = field(default_factory=Board)

    def __enter__(self) -> Progress:
        row = self.board.add(self.title, self.title)
        self.board.__enter__()
        row.begin()
        return row

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.board.rows[self.title].end("done" if kind is None else "failed")
        self.board.__exit__(kind, error, trace)
