"""What an image made elsewhere may cost whoever looks at it."""

from __future__ import annotations

from typing import Final

from builder.errors import Fault

MAX_ENTRIES: Final = 1_000_000      # members of all layers; a large scientific stack has 300,000
MAX_NAMES: Final = 1 << 29          # bytes of all their names and links, which are held in memory
MAX_BYTES: Final = 64 << 30         # of all layers when unpacked, as for a base
_FREE: Final = 4 << 30              # bytes below which nobody asks how well they were packed
_RATIO: Final = 200                 # programs and texts pack three to ten times smaller, zeros a thousand times
_HINT: Final = "is it an image that somebody uses?"


class Budget:
    """What is left to spend on one image, of which ``stored`` bytes are there; all its layers share it."""

    def __init__(self, stored: int) -> None:
        self._most = min(MAX_BYTES, max(_FREE, _RATIO * stored))
        self._bytes = self._entries = self._names = 0

    def unpacked(self, size: int) -> None:
        """Spend bytes of content; raises Fault."""
        self._bytes += size
        if self._bytes > self._most:
            raise Fault(f"the layers have more than {self._most >> 20} MiB when unpacked", hint=_HINT)

    def entry(self, names: int) -> None:
        """Spend an entry whose name and link have so many bytes; raises Fault."""
        self._entries += 1
        self._names += names
        if self._entries > MAX_ENTRIES:
            raise Fault(f"the layers have more than {MAX_ENTRIES:,} entries", hint=_HINT)
        if self._names > MAX_NAMES:
            raise Fault(f"the names in the layers have more than {MAX_NAMES >> 20} MiB", hint=_HINT)
