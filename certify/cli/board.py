"""All that is going on, on standard error: on a terminal a line for each image, elsewhere a line for each stage as it ends.

Images are made in threads: whatever is kept here is touched under one lock.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from builder import running
from builder.progress import Progress, Stage
from certify.report.safe import escaped

if TYPE_CHECKING:
    from types import TracebackType

TAIL: Final = 15        # lines of what failed
_NAME: Final = 14       # columns of a name, if none is longer
_LONGEST: Final = 24
_LINE: Final = 47       # columns of a name and a stage together, and the space between
_KEPT: Final = 200      # characters of a line of output
_EVERY: Final = 10.0    # seconds between two lines that say how far a stage is, where every line stays


@dataclass(slots=True, eq=False, kw_only=True)
class Row(Progress):
    """One image: the Progress of the work on it, and what is shown of it."""

    board: Board
    label: str
    state: str = "waiting"      # then running; then done or failed
    doing: str = ""             # what it waits for, its stage, or how it ended
    last: str = ""
    size: str = ""
    begun: float = 0.0
    stage_begun: float = 0.0
    told: float = 0.0           # when a line last said how far it is
    seconds: float = 0.0
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=TAIL))

    __eq__ = object.__eq__      # not by what it holds, as its parent
    __hash__ = object.__hash__

    def begin(self) -> None:
        """The work begins."""
        with self.board.lock:
            self.state, self.doing, self.begun = "running", "", time.monotonic()

    def started(self, name: str) -> None:
        """A stage begins."""
        running.heed()
        self.board.resume(self)
        with self.board.lock:
            self.doing, self.last, self.stage_begun = name, "", time.monotonic()
            self.tail.clear()

    def line(self, text: str) -> None:
        """A line of output; the whole stands in the log."""
        with self.board.lock:
            self.tail.append(text[:_KEPT])
            self.last = text[:_KEPT] if text.strip() else self.last

    def moved(self, text: str) -> None:
        """How far the stage is: in the row's line, and where nothing can be shown twice in a line of its own now and then."""
        with self.board.lock:
            self.last, now = text, time.monotonic()
            due = not self.board.live and now - max(self.told, self.stage_begun) >= _EVERY
            self.told = now if due else self.told
        if due:
            self.board.say(self.label, self.doing, now - self.stage_begun, text)

    def done(self, stage: Stage) -> None:
        """A stage has ended: shown at once where it stands alone, or where nothing can be shown twice."""
        super(Row, self).done(stage)
        with self.board.lock:
            self.last = ""
        if not self.board.live or self.board.alone:
            self.board.say(self.label, stage.name, stage.seconds, stage.note)
        running.heed()

    def paused(self) -> None:
        """The terminal is somebody else's, until this row goes on."""
        self.board.pause(self)

    def end(self, state: str, word: str = "", size: str = "") -> None:
        """The work has ended, or was never begun."""
        self.board.resume(self)
        with self.board.lock:
            self.state, self.doing, self.size, self.last = state, word or state, size, ""
            self.seconds = time.monotonic() - self.begun if self.begun else 0.0
        if not self.board.live and not self.board.alone:
            self.board.say(self.label, state, self.seconds, "" if word == state else word)


class Board:
    """The rows of several images in their order. On a terminal they are drawn again and again while it is open."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.lock = threading.RLock()
        self.live: Any = None       # rich is loaded only on a terminal
        self.pauser: Row | None = None

    def add(self, key: str, label: str, waits_for: str = "") -> Row:
        """A row of its own for an image that is to be made."""
        row = self.rows[key] = Row(board=self, label=label, doing=f"waiting on {waits_for}" if waits_for else "waiting")
        return row

    @property
    def alone(self) -> bool:
        """Whether there is but one image: each of its stages then gets a line."""
        return len(self.rows) == 1

    def say(self, label: str, what: str, seconds: float, note: str = "") -> None:
        """One line that stays."""
        name = max(_NAME, min(_LONGEST, max(len(row.label) for row in self.rows.values())))
        label, what = escaped(label)[:name], escaped(what)
        line = f"{label:<{name}} {what:<{_LINE - 1 - name}} {seconds:7.1f} s  {escaped(note.partition(chr(10))[0])}".rstrip()
        if self.live:
            from rich.text import Text

            self.live.console.print(Text(line), no_wrap=True, overflow="ellipsis", crop=True)
        else:
            with self.lock:
                print(line, file=sys.stderr, flush=True)

    def pause(self, row: Row) -> None:
        """Draw nothing until the row goes on."""
        if self.live and self.pauser is None:
            self.pauser = row
            self.live.stop()

    def resume(self, row: Row) -> None:
        """Draw again, if this row had asked for a pause."""
        if self.live and self.pauser is row:
            self.pauser = None
            self.live.start()

    def __enter__(self) -> Board:
        if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
            from certify.cli import drawing

            self.live = drawing.live(self)
            self.live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.live:
            self.live.stop()
        if kind is KeyboardInterrupt:
            who = f"{next(iter(self.rows.values())).label}: " if self.alone else ""
            print(f"{escaped(who)}interrupted; nothing is left running or mounted", file=sys.stderr)
