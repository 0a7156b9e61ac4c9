"""The tools that tests need: where one is missing a test is skipped on a laptop, and fails in CI."""

from __future__ import annotations

import os
import shutil

import pytest


def missing(*names):
    """Those of the tools that are not here, where that is no failure."""
    return [name for name in names if shutil.which(name) is None and "CI" not in os.environ]


def need(*names):
    """Skip the test that is running if it lacks a tool."""
    if lacking := missing(*names):
        pytest.skip(f"not here: {', '.join(lacking)}")


def needs(*names):
    """The mark of tests that need tools."""
    return pytest.mark.skipif(bool(missing(*names)), reason=f"needs {', '.join(names)}")
