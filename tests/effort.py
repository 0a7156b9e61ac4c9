"""How much work something is, without a clock: a busy machine does as much of it as a quiet one."""

from __future__ import annotations

import sys
from collections.abc import Callable


def counted(work: Callable[[], object]) -> int:
    """The calls that something makes, of functions in Python and in C."""
    count = 0

    def note(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count
