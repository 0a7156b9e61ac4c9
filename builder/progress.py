"""What a build tells of itself while it runs; by default nobody listens."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from builder.pulse import pulse

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Stage:
    """A finished part of the work: its name, its seconds, and a word about what came out."""

    name: str
    seconds: float
    note: str = ""


@dataclass(slots=True)
class Progress:
    """Collects the stages of a piece of work; subclasses show them as they come."""

    stages: list[Stage] = field(default_factory=list)

    def started(self, name: str) -> None:
        """A stage begins."""

    def line(self, text: str) -> None:
        """A tool or a step printed a line."""

    def moved(self, text: str) -> None:
        """How far the stage has come, about once a second where it takes long; called from another thread."""

    def paused(self) -> None:
        """The terminal is somebody else's for a while."""

    def done(self, stage: Stage) -> None:
        """A stage ended well."""
        self.stages.append(stage)

    @contextmanager
    def stage(self, name: str) -> Iterator[list[str]]:
        """Time a stage; what is appended to the list becomes its note."""
        self.started(name)
        begin, notes = time.monotonic(), list[str]()
        with pulse(lambda count: self.moved(f"{human_size(count)} read")):
            yield notes
        self.done(Stage(name, time.monotonic() - begin, ", ".join(notes)))


def share(done: float, whole: float) -> str:
    """How much of about so many bytes is done, for people."""
    return f"{min(99, done * 100 // max(whole, 1)):.0f} % of about {human_size(whole)}"


def human_size(count: float) -> str:
    """A number of bytes for people, in decimal units as disks are sold: ``277 MB``."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 999.5:
            return f"{count:.0f} {unit}" if count >= 10 or unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
