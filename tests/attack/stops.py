"""Running a step in a child that is stopped before any one of its file-system calls, or refused it."""

from __future__ import annotations

import errno
import os
import pickle
import select
import shutil
import signal
import socket
import traceback
from dataclasses import dataclass

import calls

KILL = -1
PARTS = os.cpu_count() or 1
COUNTS: list[str] = []          # lines for the end of the tests' output
_CLOSED = (errno.ENOENT, errno.EBADF)


@dataclass(frozen=True)
class Outcome:
    """How a child ended: killed, or with what it raised (None: it came back), and the calls in a folder that it made."""

    killed: bool
    error: Exception | None
    calls: tuple[calls.Call, ...]


def watched(function, root, decide=None, seen=None):
    """Run a function in a child, and ask ``decide(number, call)`` before each call that changes something below ``root``.

    Its answer is None to let the call be made, KILL, or the errno that it fails with. Numbers count from 1.
    ``seen(call)`` is called before it. Whoever was killed is gone when this returns, and so are its children.
    """
    here, there = socket.socketpair()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _child(function, there, writing)
    os.close(writing)
    there.close()
    with here:
        listener = socket.recv_fds(here, 1, 1)[1][0]
    try:
        made, killed = _listen(listener, child, os.fspath(root), decide, seen)
    finally:
        os.close(listener)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        with os.fdopen(reading, "rb") as pipe:
            said = pipe.read()
    if not killed:
        assert code == 0, f"the child ended with {code}"
    return Outcome(killed, None if killed else pickle.loads(said), tuple(made))


def _child(function, there, writing):
    try:
        listener = calls.install()
        socket.send_fds(there, [b"x"], [listener])
        os.close(listener)
        there.close()
        error = None
        try:
            function()
        except Exception as raised:  # noqa: BLE001  (it is judged outside)
            error = raised
        try:
            said = pickle.dumps(error)
            pickle.loads(said)
        except Exception:  # noqa: BLE001  (an error that cannot travel)
            said = pickle.dumps(RuntimeError(f"{type(error).__name__}: {error}; help: {getattr(error, 'hint', None)}"))
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(said)
        os._exit(0)
    finally:
        os._exit(3)


def _listen(listener, child, root, decide, seen):
    made, poll, ended = [], select.poll(), os.pidfd_open(child)
    poll.register(listener, select.POLLIN)
    poll.register(ended, select.POLLIN)
    try:
        while True:
            ready = dict(poll.poll())
            if not ready.get(listener, 0) & select.POLLIN:
                return made, False          # nobody is left who could ask
            try:
                number, call = calls.receive(listener)
            except OSError as error:
                if error.errno in _CLOSED:
                    continue
                raise
            verdict = None
            if any(path == root or path.startswith(f"{root}/") for path in call.paths):
                made.append(call)
                if seen is not None:
                    seen(call)
                verdict = decide(len(made), call) if decide is not None else None
            if verdict == KILL:
                _kill(child, call.pid)
                return made, True
            calls.answer(listener, number, verdict or 0)
    finally:
        os.close(ended)


def _kill(*pids):
    """kill -9; gives back when they are gone, or only wait to be asked how they ended."""
    handles = [os.pidfd_open(pid) for pid in dict.fromkeys(pids)]
    for handle in handles:
        signal.pidfd_send_signal(handle, signal.SIGKILL)
    for handle in handles:
        select.select([handle], [], [])
        os.close(handle)


def shared(numbers, work, parts=PARTS):
    """Give ``work(part, number)`` for all numbers, by number; each processor has a child that does a part of them."""
    numbers, pipes = list(numbers), []
    for part in range(parts):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            _part(lambda one, part=part: work(part, one), numbers[part::parts], writing)
        os.close(writing)
        pipes.append((reading, child))
    found = {}
    for reading, child in pipes:
        with os.fdopen(reading, "rb") as pipe:
            said = pipe.read()
        assert os.waitpid(child, 0)[1] == 0, "a part did not come to its end: see what it printed"
        found |= pickle.loads(said)
    return found


def _part(work, numbers, writing):
    code = 1
    try:
        found = {number: work(number) for number in numbers}
        with os.fdopen(writing, "wb") as pipe:
            pickle.dump(found, pipe)
        code = 0
    except BaseException:  # noqa: BLE001  (a child that must not come back into pytest)
        traceback.print_exc()
    finally:
        os._exit(code)


def copy_tree(source, target):
    """Copy a tree with modes, ACLs and hard links, in the place of what is at ``target``."""
    if os.path.lexists(target):
        shutil.rmtree(target)
    _copy(source, target, {})


def _copy(source, target, known):
    status = source.lstat()
    if source.is_dir():
        target.mkdir()
        for entry in source.iterdir():
            _copy(entry, target / entry.name, known)
    elif status.st_ino in known:
        target.hardlink_to(known[status.st_ino])
        return
    else:
        target.write_bytes(source.read_bytes())
        known[status.st_ino] = target
    target.chmod(status.st_mode & 0o7777)
    for name in os.listxattr(source):
        os.setxattr(target, name, os.getxattr(source, name))
