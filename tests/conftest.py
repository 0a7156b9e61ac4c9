"""What all tests rest on."""

from __future__ import annotations

import gc
import shutil
import signal
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is no failure: no test is timed, and none gives up because its examples come slowly.
settings.register_profile("certify", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("certify")


@pytest.fixture
def open_folder():
    """A folder that other users can pass: pytest's own are closed to them."""
    folder = Path(tempfile.mkdtemp(prefix="certify-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session", autouse=True)
def ctrl_c_can_be_heard():
    """A script's background job ignores Ctrl-C, and what it starts inherits that; programs at work here are interrupted."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish():
    """Thousands of tests are a heap that no program here ever has: looking through it must not count as a rule's own work."""
    gc.collect()
    gc.freeze()
