"""The same small site as in tests/store."""

from __future__ import annotations

import importlib.util
import shutil
import sys
import tempfile
from pathlib import Path

import pytest
import stops

_FILE = Path(__file__).parents[1] / "store" / "conftest.py"
_spec = importlib.util.spec_from_file_location("store_world", _FILE)
_module = importlib.util.module_from_spec(_spec)
sys.modules["store_world"] = _module
_spec.loader.exec_module(_module)

keys, open_folder, world = _module.keys, _module.open_folder, _module.world


@pytest.fixture
def fast_world(keys):
    """The same, in memory where there is a file system for that: thousands of steps that are synced each."""
    folder = Path(tempfile.mkdtemp(prefix="certify-test-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    yield _module.World(folder=folder, store=_module.Store.create(folder / "store"), signer=_module.Signer.load(keys / "site"),
                        trust=_module.Trust.load(keys / "site.pub"), stranger=_module.Signer.load(keys / "stranger"))
    shutil.rmtree(folder)


def pytest_terminal_summary(terminalreporter):
    """Tell what the harness counted."""
    for line in stops.COUNTS:
        terminalreporter.write_line(f"harness: {line}")
