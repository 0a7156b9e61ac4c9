"""The small site, and registries that lie."""

from __future__ import annotations

import pytest
from lying_registry import Registry

from tests.world import keys, world

__all__ = ["keys", "world"]


@pytest.fixture
def registry():
    made = Registry()
    yield made
    made.stop()
