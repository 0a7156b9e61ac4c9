"""How the processes of an examination talk: what one is given in memory, and the events that it tells."""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def held(data: bytes) -> Iterator[int]:
    """A descriptor to read the data from, for a program that inherits it.

    It is in memory alone: however this process ends, no file is left, and no other user can read it.
    """
    handle = os.memfd_create("certify", os.MFD_CLOEXEC)
    try:
        with os.fdopen(handle, "wb", closefd=False) as file:
            file.write(data)
        os.lseek(handle, 0, os.SEEK_SET)
        yield handle
    finally:
        os.close(handle)


def tell(**event: object) -> None:
    """Tell an event, as a JSON line on standard output."""
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()
