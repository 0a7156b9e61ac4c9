"""Ctrl-C for threads: the main thread alone hears it, and what the other threads run has to end as well.

A thread that is interrupted loses the programs it waits for, and gets a KeyboardInterrupt where it waits, or
where it next starts or ends a program or tells its progress. It gets it once: what it then runs to clean up may run to its end.
"""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


class Program(Protocol):
    """What is known of a started program: a subprocess.Popen that leads a process group of its own."""

    @property
    def pid(self) -> int:
        """Its process id, and that of its group."""

    @property
    def returncode(self) -> int | None:
        """None until it was waited for."""


_LOCK: Final = threading.Lock()
_PROGRAMS: Final[dict[int, list[Program]]] = {}     # by the thread that waits for them
_INTERRUPTED: Final[set[int]] = set()               # threads that have not yet noticed


@contextmanager
def listed(program: Program) -> Iterator[None]:
    """Keep a program in the list while this thread waits for it; KeyboardInterrupt before or after if it is not to be."""
    thread = threading.get_ident()
    with _LOCK:
        _PROGRAMS.setdefault(thread, []).append(program)
    try:
        heed()      # only now: whoever interrupts after this sees the program in the list
        yield
    finally:
        with _LOCK:
            left = [one for one in _PROGRAMS[thread] if one is not program]
            _PROGRAMS[thread] = left
            if not left:
                del _PROGRAMS[thread]
    heed()


def heed() -> None:
    """Raise KeyboardInterrupt if this thread has been interrupted and not been told yet."""
    thread = threading.get_ident()
    if thread in _INTERRUPTED:
        with _LOCK:
            _INTERRUPTED.discard(thread)
        raise KeyboardInterrupt


def interrupt(threads: Collection[int]) -> None:
    """Interrupt threads, by their ident: kill what they wait for, and let each know."""
    with _LOCK:
        _INTERRUPTED.update(threads)
        for thread in threads:
            for program in _PROGRAMS.get(thread, ()):
                kill_group(program)


def forget(threads: Collection[int]) -> None:
    """The threads have ended; another may get the ident of one that never noticed."""
    with _LOCK:
        _INTERRUPTED.difference_update(threads)


def kill_group(program: Program) -> None:
    """Kill a program and all of its group, unless it was already waited for."""
    if program.returncode is None:
        try:
            os.killpg(program.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
