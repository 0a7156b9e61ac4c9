"""The part of a build that runs in namespaces of its own: no network, private mounts, and nothing outlives it.

``python -m builder.inside PLAN`` is PID 1 of its namespace. It tells what it does as JSON lines on its output;
the one who started it keeps the log and decides what people see.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import socket
import struct
import sys
from pathlib import Path
from typing import Final

from builder import process
from builder.errors import Error
from builder.plan import Plan
from builder.works import ActionFailed, Works

_SIOCSIFFLAGS: Final = 0x8914   # linux/sockios.h
_IFF_UP: Final = 1
_MS_REC_PRIVATE: Final = 0x4000 | 0x40000


def main(argv: list[str]) -> int:
    """Do what the plan says; the exit code is 0, 1 if an action failed, 3 if a tool did."""
    plan = Plan.read(Path(argv[1]))
    try:
        _private()
        if plan.processors:
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:plan.processors])
        Works(plan, tell).build()
    except ActionFailed as failed:
        tell(event="failed", chain=failed.chain, stage=failed.label, route=list(failed.action.route), code=failed.code)
        return 1
    except Error as error:
        tell(event="error", message=error.message, hint=error.hint, code=error.exit_code)
        return error.exit_code
    except OSError as error:
        tell(event="error", message=f"{error.filename or 'the workspace'}: {error.strerror}", hint=None, code=3)
        return 3
    return 0


def tell(**event: object) -> None:
    """Write one event."""
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


def _private() -> None:
    """Hide the machine's /run, where runc keeps its state, and bring up the loopback of this network namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"none", b"/", None, _MS_REC_PRIVATE, None) or libc.mount(b"tmpfs", b"/run", b"tmpfs", 0, b"mode=0755"):
        raise Error(f"cannot mount: {os.strerror(ctypes.get_errno())}", hint="a build needs root and mount namespaces")
    os.umask(0o022)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        fcntl.ioctl(probe, _SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", _IFF_UP))


if __name__ == "__main__":
    process.require("buildah", "runc", "mksquashfs", "tar")
    sys.exit(main(sys.argv))
