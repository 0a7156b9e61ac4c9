"""The one door to other programs: the only module that imports subprocess.

Every program is named by its argv, runs with an environment that is given in full, and dies with
the one who started it.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from builder import running
from builder.errors import ToolFailed, ToolMissing
from builder.lines import PIECE, Lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from io import BufferedReader
    from pathlib import Path

    from builder.lines import Sieve

TAIL_LINES: Final = 30
MAX_LINE: Final = 16_384        # a longer line of output is cut there: a program may print without line ends

# Where each program comes from, for the hint of ToolMissing and for `certify doctor`.
PACKAGES: Final[Mapping[str, str]] = {
    "apt-get": "apt", "buildah": "buildah", "bwrap": "bubblewrap", "dnf": "dnf", "dpkg-deb": "dpkg",
    "mksquashfs": "squashfs-tools", "mmdebstrap": "mmdebstrap", "prlimit": "util-linux", "rpmkeys": "rpm", "runc": "runc",
    "sqfstar": "squashfs-tools", "setfacl": "acl", "setpriv": "util-linux", "skopeo": "skopeo",
    "squashfuse_ll": "squashfuse", "tar": "tar", "unshare": "util-linux", "unsquashfs": "squashfs-tools",
}

# The environment for tools: nothing of the caller's may change what they make.
CLEAN: Final[Mapping[str, str]] = {"LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": "/nonexistent",
                                   "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}


@dataclass(frozen=True, slots=True)
class Completed:
    """How a program ended: its exit code (128+n if a signal n killed it) and what it printed."""

    code: int
    stdout: str
    stderr: str


def which(tool: str) -> str | None:
    """The path of a program, looked for where tools are and not only where the caller's PATH points."""
    return shutil.which(tool) or shutil.which(tool, path=CLEAN["PATH"])


def require(*tools: str) -> None:
    """Raise ToolMissing for the first of the programs that is not installed."""
    for tool in tools:
        if which(tool) is None:
            raise ToolMissing(tool, PACKAGES.get(tool))


def tied(argv: Sequence[str]) -> tuple[str, ...]:
    """The argv of a program that is killed when the thread that starts it ends, however that ends. All here are."""
    require(argv[0], "setpriv")
    return (str(which("setpriv")), "--pdeathsig", "KILL", "--", str(which(argv[0])), *argv[1:])


def enclosed(argv: Sequence[str], *, network: bool = False) -> tuple[str, ...]:
    """The argv that runs a program in mount, PID, IPC and network namespaces of its own (needs root).

    When the caller dies, even of kill -9, everything inside dies and every mount is gone.
    """
    net = () if network else ("--net",)
    return ("unshare", "--mount", "--pid", "--ipc", *net, "--fork", "--kill-child", "--mount-proc", "--", *argv)


def run(argv: Sequence[str], *, env: Mapping[str, str] | None = None, check: bool = True, cwd: Path | None = None,
        input: str | None = None, timeout: float | None = None,  # noqa: A002
        pass_fds: Sequence[int] = ()) -> Completed:
    """Run a program to its end and give back what it printed.

    Raises ToolMissing if it is not there, and with ``check`` ToolFailed if its exit code is not 0. ``timeout`` is in
    seconds; a program that takes longer is killed, with all of its group, and counts as code 124.
    """
    with subprocess.Popen(tied(argv), env=dict(CLEAN if env is None else env), cwd=cwd, pass_fds=pass_fds,
                          stdin=subprocess.DEVNULL if input is None else subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, encoding="utf-8", errors="replace", start_new_session=True) as process:
        try:
            with running.listed(process):
                stdout, stderr = process.communicate(input, timeout)
        except subprocess.TimeoutExpired:
            running.kill_group(process)
            return Completed(124, "", f"ended after {timeout:g} seconds")
        except BaseException:
            running.kill_group(process)
            raise
    code = process.returncode if process.returncode >= 0 else 128 - process.returncode
    if check and code:
        raise ToolFailed(argv, code, _tail(stderr.splitlines() or stdout.splitlines()))
    return Completed(code, stdout, stderr)


def stream(argv: Sequence[str], on_line: Callable[[str], None], *, env: Mapping[str, str] | None = None, check: bool = True,
           cwd: Path | None = None, pass_fds: Sequence[int] = (), limit: int = MAX_LINE, sieve: Sieve | None = None) -> int:
    """Run a program and hand over its output, stdout and stderr merged, line by line as it comes.

    A line of more than ``limit`` bytes comes in pieces; -1 is for a program of our own. Once the ``sieve`` is full, only
    the end of the output is handed over. The program gets a session of its own; if anything is raised meanwhile, all
    of its group is killed first.
    """
    tail: deque[str] = deque(maxlen=TAIL_LINES)

    def heard(line: str) -> None:
        tail.append(line)
        on_line(line)

    with subprocess.Popen(tied(argv), env=dict(CLEAN if env is None else env), cwd=cwd,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, pass_fds=pass_fds,
                          start_new_session=True) as process:
        try:
            assert process.stdout is not None
            with running.listed(process):
                lines = Lines(heard, limit, sieve)
                while piece := cast("BufferedReader", process.stdout).read1(PIECE):
                    lines.take(piece)
                lines.end()
                code = process.wait()
        except BaseException:
            running.kill_group(process)
            raise
    code = code if code >= 0 else 128 - code
    if check and code:
        raise ToolFailed(argv, code, _tail(tail))
    return code


def spawn(argv: Sequence[str], *, pass_fds: Sequence[int] = ()) -> subprocess.Popen[bytes]:
    """Start a helper program that serves until it is terminated; it dies with this process, and not of a Ctrl-C for others."""
    return subprocess.Popen(tied(argv), env=dict(CLEAN), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL, pass_fds=pass_fds, start_new_session=True)


def attached(argv: Sequence[str], *, env: Mapping[str, str], pass_fds: Sequence[int] = (), terminal: int | None = None) -> int:
    """Run a program on the caller's own terminal, or on an open one, and give back its exit code; Ctrl-C is the program's."""
    with subprocess.Popen(tied(argv), env=dict(env), pass_fds=pass_fds, stdin=terminal, stdout=terminal,
                          stderr=terminal) as process:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            code = process.wait()
        finally:
            signal.signal(signal.SIGINT, before)
    return code if code >= 0 else 128 - code


def _tail(lines: Iterable[str]) -> str:
    return "\n".join(list(lines)[-TAIL_LINES:])
