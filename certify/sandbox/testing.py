"""How a recipe's tests are run: all of them, as many at once as there are processors, each in a sandbox and a log of its own.

A test that fails stops no other, and the results are told in the recipe's order, whichever was over first. When a test
ends, by itself or because its time is over, all that it started ends with it: its processes are in a PID namespace whose
first one is killed with the sandbox. The exit code that counts is the one that bubblewrap reports after it has started the
program: a sandbox that does not start has none, and can never pass for a test that expects to fail.

What a test prints is searched where it cannot do harm. ``text`` is looked for as it stands. A regular expression comes from
the recipe and the output from the image, and together they can keep ``re`` busy for years: so the search is made by a
process of its own, which has nothing, may take some seconds and some memory, and is killed if it needs more. A search
that came to no end has found nothing. Only the end of what was printed is searched, see _KEPT.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections import deque
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from builder import process
from builder.cgroup import PROCESSES
from builder.script import shell
from certify.sandbox import mount
from certify.sandbox.identity import ORDINARY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from builder.recipe.model import Test
    from certify.sandbox.identity import Identity
    from certify.sandbox.injecting import Injected, Injector
    from certify.sandbox.plan import Plan

    # Makes the sandbox of a plan: gives its command, which begins with bwrap, and the descriptors that it reads.
    Sandboxed = Callable[[Plan, Path], AbstractContextManager[tuple[tuple[str, ...], tuple[int, ...]]]]

SECONDS: Final = 600            # that a test may take if it does not say
NO_CODE: Final = -1             # of a test that was skipped, did not start, or was killed with its sandbox
_KEPT: Final = 1 << 18          # characters of output that are searched, from its end
_HEARD: Final = 1 << 24         # characters after which only the end is listened to
_LINES: Final = 200             # of the output that is told
_TOLD: Final = 65_536           # characters of it
_SEARCH_SECONDS: Final = 10     # of a processor, for one search
_SEARCH_MEMORY: Final = 1 << 29
_PATIENCE: Final = 120.0        # seconds, where the machine is busy with other things
_FOUND, _NOT_FOUND = 10, 11     # codes that no failing interpreter has

# The search itself, without anything of ours: who makes it may not be able to read our files.
_SEARCH: Final = (f"import json, re, sys; text, wanted = json.load(sys.stdin); "
                  f"sys.exit({_FOUND} if re.search(wanted, text, re.MULTILINE) else {_NOT_FOUND})")

# How a capability that a test may need is seen in the simulated site; what is not shown there is not there for a test.
CAPABILITIES: Final[Mapping[str, Callable[[Plan], bool]]] = {
    "gpu": lambda plan: any(place.kind == "devices" for place in plan.places) and has_gpu(),
    "network": lambda plan: plan.network,
    "mpi-launcher": lambda _plan: False,        # nothing here starts ranks on several nodes, as the site's launcher does
}
_GPUS: Final = ("/dev/nvidiactl", "/dev/kfd")


def plain(test: Test) -> dict[str, Any]:
    """A test as it is asked for: what ``asked`` and ``run`` take."""
    expect = {"exit": test.expect.exit, "output": test.expect.output, "text": test.expect.text}
    libraries = {} if test.host_libraries is None else {"host_libraries": list(test.host_libraries)}
    return {"name": test.name, "run": test.run, "expect": expect, "needs": list(test.needs), "timeout": test.timeout, **libraries}


def asked(values: Mapping[str, Any]) -> tuple[object, ...]:
    """All that makes a test what it is, of one that is asked for or of a result, to compare them."""
    expect = values.get("expect", {})
    return (values["name"], values["run"], expect.get("exit", 0), expect.get("output"), expect.get("text"),
            tuple(values.get("needs", ())), values.get("timeout", SECONDS),
            tuple(values["host_libraries"]) if "host_libraries" in values else None)


def lacking(needs: Sequence[str], made: Plan) -> list[str]:
    """Which of the needed capabilities the simulated site does not have; one that is not known is none."""
    return [name for name in needs if name not in CAPABILITIES or not CAPABILITIES[name](made)]


def run(tests: Sequence[Mapping[str, Any]], made: Plan, texts: Path, sandboxed: Sandboxed,
        dropped: Callable[[Identity], tuple[str, ...]], injector: Injector | None = None) -> Iterator[dict[str, Any]]:
    """The results of tests in their order, each as soon as it and all before it are there.

    ``made`` is the plan of all, but for the command; below ``texts`` each gets a folder for what its sandbox shows and may
    change. ``dropped`` gives the prefix under which a command runs as somebody else. ``injector`` makes the plan of a test
    that runs with libraries of the site; without one there are none. Raises what a sandbox's making raises.
    """
    def one(number: int) -> dict[str, Any]:
        own = _Run(tests[number], made, texts / f"test-{number}", injector)
        return own.go(sandboxed, dropped(ORDINARY))

    from concurrent.futures import ThreadPoolExecutor  # who only asks for tests has no use for it

    with ThreadPoolExecutor(max_workers=len(os.sched_getaffinity(0))) as pool:
        try:
            yield from pool.map(one, range(len(tests)))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


@dataclass(slots=True)
class Log:
    """The end of what a test prints; a ``builder.lines.Sieve``."""

    size: int = 0
    kept: int = 0
    lines: deque[str] = field(default_factory=deque)

    def __call__(self, line: str) -> None:
        """Take a line."""
        self.lines.append(line)
        self.size += len(line) + 1
        self.kept += len(line) + 1
        while self.kept > _KEPT and len(self.lines) > 1:
            self.kept -= len(self.lines.popleft()) + 1

    @property
    def full(self) -> bool:
        """Whether only the end of what comes now is wanted."""
        return self.size > _HEARD

    def lost(self, size: int) -> None:  # noqa: ARG002
        """Something was dropped, and what came before it is no more a part of the end."""
        self.lines.clear()
        self.kept = 0

    @property
    def text(self) -> str:
        """What is searched."""
        return "\n".join(self.lines)

    @property
    def told(self) -> str:
        """What is shown to people."""
        return "\n".join(list(self.lines)[-_LINES:])[-_TOLD:]


@dataclass(slots=True)
class _Run:
    """One test on its way; ``texts`` is its own folder."""

    test: Mapping[str, Any]
    made: Plan
    texts: Path
    injector: Injector | None = None
    seen: list[dict[str, Any]] = field(default_factory=list)

    def go(self, sandboxed: Sandboxed, prefix: tuple[str, ...]) -> dict[str, Any]:
        """Run it, unless something that it needs is not there, and judge what came of it."""
        names = self.test.get("host_libraries", ())
        absent = [*lacking(self.test.get("needs", ()), self.made), *(self.injector.lacking(names) if self.injector else names)]
        told = judged(self.test, absent, lambda log: self._run(sandboxed, prefix, log))
        return {**told, "injected": self.seen} if self.seen else told

    def _run(self, sandboxed: Sandboxed, prefix: tuple[str, ...], log: Log) -> int:
        try:
            with self._injected() as given, \
                    sandboxed(replace(given.plan, command=shell(self.test["run"])), self.texts) as (argv, handles):
                code = program(argv, handles, prefix, self.test.get("timeout", SECONDS), log)
                self.seen = given.seen()
                return code
        finally:
            shutil.rmtree(self.texts, ignore_errors=True)

    def _injected(self) -> AbstractContextManager[Injected]:
        if self.injector is None:
            from certify.sandbox.injecting import Injected  # who only asks for tests has no use for it

            return nullcontext(Injected(self.made, ()))
        return self.injector.injected(self.test.get("host_libraries"), self.texts.with_name(f"{self.texts.name}-libraries"))


def judged(test: Mapping[str, Any], absent: Sequence[str], start: Callable[[Log], int]) -> dict[str, Any]:
    """Start a test, unless something that it needs is ``absent``, and judge what came of it."""
    told = {key: test[key] for key in ("name", "run", "expect", "needs", "timeout", "host_libraries") if key in test}
    if absent:
        return {**told, "code": NO_CODE, "seconds": 0.0, "output": "", "lacking": list(absent)}
    log, begin = Log(), time.monotonic()
    code = start(log)
    seconds = time.monotonic() - begin
    late = code == NO_CODE and seconds >= test.get("timeout", SECONDS)
    return {**told, "code": code, "seconds": round(seconds, 2), "output": log.told, "late": late,
            "matched": matches(test.get("expect", {}), log.text)}


def program(argv: Sequence[str], handles: Sequence[int], prefix: Sequence[str], seconds: float, log: Log) -> int:
    """Run the program of a sandbox, under limits, to its end or that of its time; its exit code, or NO_CODE."""
    limits = (*limited(seconds), argv[0], "--json-status-fd")
    with _status() as status:
        process.stream((*prefix, *limits, str(status), *argv[1:]), log, check=False, pass_fds=(*handles, status), sieve=log)
        return _exit_code(os.pread(status, 65_536, 0))


def limited(seconds: float) -> tuple[str, ...]:
    """The prefix under which a program of an image is run: so many processes, so many seconds."""
    return ("prlimit", f"--nproc={PROCESSES}", "timeout", "--signal=KILL", f"{seconds:g}")


def matches(expect: Mapping[str, Any], text: str) -> bool | None:
    """Whether the expected is found in the output; None where nothing was expected, or the search came to no end."""
    literal, expression = expect.get("text"), expect.get("output")
    if literal is None and expression is None:
        return None
    if literal is not None and literal not in text:
        return False
    return expression is None or _search(expression, text)


def _search(expression: str, text: str) -> bool | None:
    limits = ("prlimit", f"--cpu={_SEARCH_SECONDS}", f"--as={_SEARCH_MEMORY}", "--core=0")
    done = process.run((*_searcher(), *limits, sys.executable, "-IS", "-W", "ignore", "-c", _SEARCH), check=False,
                       input=json.dumps([text, expression]), timeout=_PATIENCE)
    return {_FOUND: True, _NOT_FOUND: False}.get(done.code)


def _searcher() -> tuple[str, ...]:
    """The prefix that takes everything but what is needed to start an interpreter that only root may read."""
    if os.getuid() != 0:
        return mount.UNPRIVILEGED
    reads = "-all,+dac_read_search"
    return ("unshare", "--net", "--", "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--no-new-privs",
            f"--inh-caps={reads}", f"--ambient-caps={reads}", f"--bounding-set={reads}", "--")


@contextmanager
def _status() -> Iterator[int]:
    """A file in memory where bubblewrap writes what became of the program; nothing in the sandbox can open it."""
    handle = os.memfd_create("status", os.MFD_CLOEXEC)
    try:
        yield handle
    finally:
        os.close(handle)


def _exit_code(said: bytes) -> int:
    """The exit code among bubblewrap's lines of JSON; NO_CODE where the program did not start, or all was killed."""
    for line in said.splitlines():
        try:
            code = json.loads(line).get("exit-code")
        except ValueError:      # the last line of one that was killed
            continue
        if isinstance(code, int):
            return code
    return NO_CODE


def has_gpu() -> bool:
    """Whether this machine has a GPU that programs can use."""
    return any(os.path.exists(path) for path in _GPUS)  # noqa: PTH110
