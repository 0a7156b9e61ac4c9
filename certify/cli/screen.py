"""Progress on standard error: one line a stage as it ends; on a terminal also what is going on."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from builder.progress import Progress, Stage

if TYPE_CHECKING:
    from types import TracebackType


@dataclass(slots=True)
class Screen(Progress):
    """Shows the stages of one piece of work under its title."""

    title: str = ""
    status: Any = field(default=None, repr=False)
    console: Any = field(default=None, repr=False)

    def __enter__(self) -> Screen:
        if sys.stderr.isatty():
            from rich.console import Console

            self.console = Console(stderr=True, highlight=False)
            self.status = self.console.status(f"{self.title}", spinner="dots")
            self.status.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.status is not None:
            self.status.stop()
        if kind is KeyboardInterrupt:
            print(f"{self.title}: interrupted; nothing is left running or mounted", file=sys.stderr)

    def started(self, name: str) -> None:
        """Show what has begun."""
        if self.status is not None:
            self.status.update(_plain(f"{self.title}: {name}"))

    def line(self, text: str) -> None:
        """Show the last line of output beside the stage; the whole stands in the log."""
        if self.status is not None and text.strip():
            self.status.update(_plain(f"{self.title}: {text.strip()}"[: self.console.width - 4]))

    def done(self, stage: Stage) -> None:
        """Show a finished stage with its time."""
        super(Screen, self).done(stage)
        line = f"{self.title:<14} {stage.name:<32} {stage.seconds:7.1f} s  {stage.note}".rstrip()
        if self.console is not None:
            self.console.print(_plain(line))
        else:
            print(line, file=sys.stderr, flush=True)


def _plain(text: str) -> Any:  # noqa: ANN401  (rich is imported only on a terminal)
    """Text as it is: no markup, and no control characters, which may come from a step's output."""
    from rich.text import Text

    return Text("".join(letter if letter.isprintable() else "\ufffd" for letter in text))
