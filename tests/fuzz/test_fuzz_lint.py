"""A small, fixed share of ``make fuzz``."""

import runpy
from pathlib import Path

import pytest

FUZZ = runpy.run_path(str(Path(__file__).with_name("lint.py")))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_broken_input_gives_no_traceback_and_takes_no_second(seed):
    counts = FUZZ["run"](60, seed, 300)
    assert counts["recipe"] + counts["containerfile"] == 300
