"""Measure what a start of an image costs where nothing of it was read before.

Every start has a mount of its own. What the kernel keeps of a file system's files, names and folders belongs to its
mount, so nothing that was looked at before helps. The mount is served by a process that does nothing else, and the
kernel counts what that reads and how many answers it writes: the bytes that are read from the image (together with the
requests themselves, some 60 bytes each), and the requests that are made of it. Both are the same at every start, but for a
per mille of the bytes where several programs read at once: so the least of a few counts. Of the seconds the median does;
starts that do nothing alternate with those that are measured, so that both have the same weather. What is not measured is
the disk: the image was just read to be hashed, and is in memory.
"""

from __future__ import annotations

import os
import shutil
import signal
import stat
import time
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from builder.script import shell
from certify.sandbox import mount, testing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from certify.sandbox.plan import Plan

    # Makes the sandbox of a plan over the image that is mounted at the second folder; see certify.sandbox.testing.
    Sandboxed = Callable[[Plan, Path, Path], AbstractContextManager[tuple[tuple[str, ...], tuple[int, ...]]]]

_ROUNDS: Final = 3
_ENOUGH: Final = 30.0           # seconds after which no further round begins
_NOTHING: Final = ":"           # what an empty start runs
_LOOKS: Final = 100             # at counters that should come to rest
_QUESTION: Final = 40           # bytes of one: struct fuse_in_header of linux/fuse.h
_PATIENCE: Final = 10.0         # seconds until a process must have stopped
_PAUSE: Final = 0.0005


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cost:
    code: int
    seconds: float
    bytes: int
    requests: int
    output: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    bytes: int
    requests: int
    questions: int      # the last of them, which only asked for this


def measure(test: Mapping[str, Any], image: int, made: Plan, folder: Path, sandboxed: Sandboxed,
            prefix: Sequence[str]) -> dict[str, Any]:
    """The event of a start that was measured, for certify.startup.

    ``test`` has its shell text and expected exit code, ``image`` is an open handle, ``made`` the plan but for the command; below
    ``folder`` the mounts are made. ``prefix`` is that under which a command runs as the ordinary user.
    """
    if (lacking := _lacking(image)):
        return _event(testing.NO_CODE, lacking=lacking)
    own = _Starts(image, made, folder, sandboxed, tuple(prefix), test.get("timeout", testing.SECONDS))
    empty: list[_Cost] = []
    costs: list[_Cost] = []
    begin = time.monotonic()
    while len(costs) < _ROUNDS and (not costs or time.monotonic() - begin < _ENOUGH):
        empty.append(own.start(_NOTHING))
        costs.append(own.start(test["run"]))
        if costs[-1].code != test.get("expect", {}).get("exit", 0):
            return _event(costs[-1].code, output=costs[-1].output)
    idle = median(one.seconds for one in empty)
    return _event(costs[-1].code, empty=round(idle, 3), seconds=round(max(0.0, median(one.seconds for one in costs) - idle), 3),
                  bytes=min(one.bytes for one in costs), requests=min(one.requests for one in costs))


def _event(code: int, **known: object) -> dict[str, Any]:
    return {"code": code, "seconds": 0.0, "empty": 0.0, "bytes": 0, "requests": 0, "output": "", "lacking": "", **known}


def _lacking(image: int) -> str:
    if stat.S_ISDIR(os.fstat(image).st_mode):
        return "this is a tree of files, and no squashfs yet"
    return "" if mount.can_serve() else "/dev/fuse cannot be opened here, and nothing else counts what is read"


class _Starts:
    """Starts of one image, each over a mount of its own."""

    def __init__(self, image: int, made: Plan, folder: Path, sandboxed: Sandboxed, prefix: tuple[str, ...],
                 seconds: float) -> None:
        self.image, self.made, self.folder, self.sandboxed = image, made, folder, sandboxed
        self.prefix, self.seconds, self.count = prefix, seconds, 0

    def start(self, text: str) -> _Cost:
        """Run shell text where nothing of the image was read but its tables."""
        self.count += 1
        folder, texts = (self.folder / f"{kind}-{self.count}" for kind in ("image", "texts"))
        folder.mkdir(mode=0o755, parents=True)
        log, place = testing.Log(), None
        try:
            with mount.mounted(self.image, folder, guarded=not self.made.unguarded) as server, \
                    self.sandboxed(replace(self.made, command=shell(text)), texts, folder) as (argv, handles):
                assert server is not None       # as mount.can_serve said
                place = os.open(folder, os.O_PATH | os.O_CLOEXEC)
                before, begin = _counted(server, place), time.monotonic()
                code = testing.program(argv, handles, self.prefix, self.seconds, log)
                seconds, after = time.monotonic() - begin, _counted(server, place)
        finally:
            if place is not None:
                os.close(place)
            shutil.rmtree(texts, ignore_errors=True)
        return _Cost(code=code, seconds=seconds, output=log.told, requests=after.requests - before.requests - after.questions,
                     bytes=after.bytes - before.bytes - after.questions * _QUESTION)


def _counted(server: int, place: int) -> _Counted:
    """What a server has read and answered so far, once it has come to rest.

    Files are closed a moment later than the program ends that opened them. So the server is asked for something more: what is
    asked last is answered last, and it is at rest when nothing else was answered between two such questions.
    """
    seen, questions, answered = _asked(server, place), 1, 0
    while answered != 1 and questions < _LOOKS:
        before, seen = seen, _asked(server, place)
        answered, questions = seen[1] - before[1], questions + 1
    return _Counted(bytes=seen[0], requests=seen[1], questions=questions)


def _asked(server: int, place: int) -> tuple[int, int]:
    """The counters after a question of our own. A stopped process has ended every call that it made before."""
    os.fstatvfs(place)
    os.kill(server, signal.SIGSTOP)
    try:
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end and _state(server) not in ("T", "Z", "X"):
            time.sleep(_PAUSE)
        lines = Path(f"/proc/{server}/io").read_text(encoding="ascii").splitlines()
    finally:
        os.kill(server, signal.SIGCONT)
    values = dict(line.split(": ") for line in lines)
    return int(values["rchar"]), int(values["syscw"])


def _state(server: int) -> str:
    return Path(f"/proc/{server}/stat").read_text(encoding="ascii", errors="replace").rpartition(") ")[2][:1]
