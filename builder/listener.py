"""What a program in the container says: it may be a gigabyte, and only so much of it is worth keeping."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from builder.progress import human_size

if TYPE_CHECKING:
    from collections.abc import Callable

_LIMIT: Final = 16 << 20        # characters of a layer's output that are passed on as they come
_LINES: Final = 100_000         # lines of it: each takes its time on the way to the log
_END: Final = 200               # lines that are kept of what comes after


class Listener:
    """Passes lines on, up to a limit; of all that comes later it keeps the end, for ``rest``.

    It is a sieve of lines.py: what is over the limit need not become lines at all.
    """

    def __init__(self, on_line: Callable[[str], None]) -> None:
        self._on_line, self._heard, self._count, self._left_out = on_line, 0, 0, 0
        self._end: deque[str] = deque(maxlen=_END)

    @property
    def full(self) -> bool:
        """Whether all that comes now is left out, but for its end."""
        return self._heard > _LIMIT or self._count > _LINES

    def lost(self, size: int) -> None:
        """Take note of so many bytes that were dropped before they were lines."""
        self._left_out += size

    def heard(self, line: str) -> None:
        """Take one line."""
        self._heard += len(line) + 1
        self._count += 1
        if not self.full:
            self._on_line(line)
            return
        if len(self._end) == _END:
            self._left_out += len(self._end[0]) + 1
        self._end.append(line)

    def rest(self) -> None:
        """Pass on the end of what was held back, and begin anew."""
        if self._end:
            if self._left_out:
                self._on_line(f"[... {human_size(self._left_out)} of output left out ...]")
            for line in self._end:
                self._on_line(line)
        self._end.clear()
        self._heard = self._count = self._left_out = 0
