"""When something in the cache was last of use.

Of a file its access time tells, as its own time may be seen by what it is used for; of a folder its own time does, as
whoever looks through it would change the other.
"""

from __future__ import annotations

import os
import stat
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def touch(path: Path) -> None:
    """Note that it was used now; what is not there, or not ours, stays as it is."""
    with suppress(OSError):
        status, now = path.lstat(), time.time_ns()
        os.utime(path, ns=(now, now if stat.S_ISDIR(status.st_mode) else status.st_mtime_ns), follow_symlinks=False)


def when(status: os.stat_result) -> float:
    """The time of last use, in seconds since the epoch."""
    return status.st_mtime if stat.S_ISDIR(status.st_mode) else status.st_atime
