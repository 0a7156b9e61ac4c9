"""The same small site as in tests/store."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
import stops

from certify.signing import Signer
from certify.store import Store
from certify.trust import Trust
from tests.world import World, keys, world

__all__ = ["keys", "world"]


@pytest.fixture
def fast_world(keys):
    """The same, in memory where there is a file system for that: thousands of steps that are synced each."""
    folder = Path(tempfile.mkdtemp(prefix="certify-test-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    yield World(folder=folder, store=Store.create(folder / "store"), signer=Signer.load(keys / "site"),
                trust=Trust.load(keys / "site.pub"), stranger=Signer.load(keys / "stranger"))
    shutil.rmtree(folder)


def pytest_terminal_summary(terminalreporter):
    """Tell what the harness counted."""
    for line in stops.COUNTS:
        terminalreporter.write_line(f"harness: {line}")
