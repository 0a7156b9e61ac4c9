"""The control groups of a build: how much of the machine its steps may take, and the end of what runs in them.

With version 1 there is a hierarchy for each controller, with version 2 one for all. What is not there limits nothing.
"""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from builder.progress import human_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PARENT: Final = "/certify"
STEPS: Final = "steps"      # the container's group in that of its build: runc deletes it with every program that ends
_TOP: Final = Path("/sys/fs/cgroup")
PROCESSES: Final = max(4096, 64 * (os.cpu_count() or 1))    # threads too; a large machine compiles with many
_MEMORY: Final = 0.9        # of the machine's: a step that takes it all must not have other programs killed
_PATIENCE: Final = 10       # looks, one a second, at a group that is full, before it is ended
_DYING: Final = 10.0        # seconds that killed processes have to be gone


def limit(group: str) -> str | None:
    """Make a build's group with its limits; says what cannot be limited here, None if all can."""
    _write(group, "memory", ("memory.limit_in_bytes", "memory.max"), _memory())
    if _write(group, "pids", ("pids.max",), PROCESSES):
        return None
    return "this machine has no control group for pids: nothing limited how many processes a step starts"


def limited(steps: str) -> str:
    """The build's group, which has the limits, of the container's group."""
    return steps.rpartition("/")[0]


def was_short(group: str) -> str | None:
    """Says so if a build's group ever had no memory left: a program that failed may have been killed for that."""
    for top in _tops(group):
        events = re.search(r"^oom_kill ([1-9])", _text(top / "memory.events"), re.MULTILINE)
        if events or number(top / "memory.failcnt"):
            return f"certify: no memory was left of the {human_size(_memory())} that a build may take"
    return None


@contextmanager
def watched(group: str, on_line: Callable[[str], None]) -> Iterator[None]:
    """End what runs in a group if it is full of processes for a while: each of them may wait for room to start more."""
    over = threading.Event()
    watch = threading.Thread(target=_watch, args=(group, over, on_line), daemon=True)
    watch.start()
    try:
        yield
    finally:
        over.set()
        watch.join()


def remove(name: str) -> None:
    """End all that runs in the groups of a build, and delete them."""
    for top in _tops(f"{PARENT}/{name}"):
        _kill(top)
        for path, _, _ in os.walk(top, topdown=False):
            with suppress(OSError):
                Path(path).rmdir()


def _memory() -> int:
    return int(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * _MEMORY)


def _watch(group: str, over: threading.Event, on_line: Callable[[str], None]) -> None:
    full = 0
    while not over.wait(1.0):
        counts = [number(top / "pids.current") for top in _tops(group)]
        full = full + 1 if max(counts, default=0) > PROCESSES * 9 // 10 else 0
        if full > _PATIENCE:
            on_line(f"certify: ended here: it had about {PROCESSES} processes, the most that it may have, for {_PATIENCE} s")
            _end(group)
            full = 0


def _end(group: str) -> None:
    _write(group, "pids", ("pids.max",), 1)     # nothing new while those that are there are killed
    for top in _tops(group):
        _kill(top)
    _write(group, "pids", ("pids.max",), PROCESSES)


def _kill(top: Path) -> None:
    """Kill all in a group and those below it, and wait for their end, as what they have open cannot be deleted before."""
    end = time.monotonic() + _DYING
    while (left := _processes(top)) and time.monotonic() < end:
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)


def _processes(top: Path) -> set[int]:
    found: set[int] = set()
    for path, _, _ in os.walk(top):
        with suppress(OSError):
            found.update(int(line) for line in (Path(path) / "cgroup.procs").read_text().split())
    return found - {0, os.getpid()}


def _write(group: str, controller: str, names: tuple[str, ...], value: int) -> bool:
    """Write a limit where the controller is; False if it is nowhere."""
    for root in (_TOP / controller, _TOP):
        folder = root / group.lstrip("/")
        with suppress(OSError):
            if not (root / "cgroup.procs").exists():
                continue
            folder.mkdir(parents=True, exist_ok=True)
            if root == _TOP:
                for above in (root, folder.parent):
                    (above / "cgroup.subtree_control").write_text(f"+{controller}")
            for name in names:
                if (folder / name).exists():
                    (folder / name).write_text(str(value))
                    return True
    return False


def _tops(group: str) -> list[Path]:
    """The group in every hierarchy."""
    roots = [_TOP, *_TOP.glob("*/")] if _TOP.is_dir() else []
    return [root / group.lstrip("/") for root in roots if (root / group.lstrip("/")).is_dir()]


def number(path: Path) -> int:
    """What a file of a group says; 0 if it is not there."""
    said = _text(path).strip()
    return int(said) if said.isdecimal() else 0


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except OSError:
        return ""
