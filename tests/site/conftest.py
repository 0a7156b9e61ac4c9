"""The program itself, and profiles to spoil."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict

import pytest

from certify import site as sites


@pytest.fixture
def certify(tmp_path):
    """Runs ``certify site``; ``check`` is the exit code that is expected."""

    def call(*words, check=0):
        done = subprocess.run([sys.executable, "-c", "from certify.cli.main import entry; entry()", "site", *map(str, words)],
                              cwd=tmp_path, env={key: value for key, value in os.environ.items() if not key.startswith("CERTIFY_")},
                              capture_output=True, text=True, check=False)
        assert done.returncode == check, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    return call


@pytest.fixture
def plain():
    """A profile without a fault, as plain data."""
    return json.loads(json.dumps(asdict(sites.load("cray-example"))))
