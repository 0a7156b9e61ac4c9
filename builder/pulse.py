"""How far long work has come, told every second without a word of the work itself: by the bytes that were read.

The kernel counts them for every thread, and for every program that a thread waits for.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_EVERY: Final = 1.0         # seconds
_LEAST: Final = 1 << 20     # bytes: work that reads less is of another kind


@contextmanager
def pulse(tell: Callable[[int], None]) -> Iterator[None]:
    """Tell every second how many bytes the calling thread has read meanwhile. ``tell`` is called from another thread."""
    over = threading.Event()
    watch = threading.Thread(target=_watch, args=(threading.get_native_id(), over, tell), daemon=True)
    watch.start()
    try:
        yield
    finally:
        over.set()
        watch.join()


def _watch(thread: int, over: threading.Event, tell: Callable[[int], None]) -> None:
    before, done = _read(thread), 0
    while not over.wait(_EVERY):
        done = max(done, _read(thread) - before)    # that of a program that has ended is no longer there
        if done >= _LEAST:
            tell(done)


def _read(thread: int) -> int:
    task = Path(f"/proc/self/task/{thread}")
    try:
        children = (task / "children").read_text().split()
    except OSError:
        children = []
    return _count(task) + sum(_count(Path("/proc") / child) for child in children)


def _count(task: Path) -> int:
    try:
        fields = dict(line.split(": ") for line in (task / "io").read_text().splitlines())
        return int(fields["rchar"])
    except (OSError, ValueError, KeyError):
        return 0
