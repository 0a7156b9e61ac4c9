"""What all tests rest on."""

from __future__ import annotations

import signal

import pytest


@pytest.fixture(scope="session", autouse=True)
def ctrl_c_can_be_heard():
    """A script's background job ignores Ctrl-C, and what it starts inherits that; programs at work here are interrupted."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
