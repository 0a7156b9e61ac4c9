"""The same small site as in tests/store."""

from __future__ import annotations

from tests.world import keys, world

__all__ = ["keys", "world"]
