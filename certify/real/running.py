"""Run a recipe's tests with a real runtime: where the image is mounted for it, or where it mounts the image itself."""

from __future__ import annotations

import os
import stat
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from builder import process
from builder.errors import Error
from builder.script import shell
from certify.real import cage
from certify.sandbox import mount, testing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from certify.real.known import Runtime

_PROBE: Final = ":"
_PROBE_SECONDS: Final = 60
_KILLED: Final = 137        # 128 + SIGKILL: of one whose time was over, among others


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What tests are run on.

    ``image`` is what the runtime is given: the squashfs, or the folder where it is mounted. ``variables`` are those of the
    image, ``environment`` is the user's own; ``dropped`` is the prefix under which a command runs as that user.
    """

    runtime: Runtime
    image: Path
    variables: Mapping[str, str]
    environment: Mapping[str, str]
    dropped: tuple[str, ...]


def place(image: int, folder: Path, target: Path) -> Path:
    """The squashfs behind an open handle, at the path ``target``, if the ordinary user may read it; else ``folder``.

    There the image is mounted: a private one, and a tree of files, are run from it.
    """
    mode = os.fstat(image).st_mode
    if stat.S_ISDIR(mode) or not (os.getuid() != 0 or mode & stat.S_IROTH):
        return folder
    target.touch(mode=0o644)
    return target if mount.bound(image, target) else folder


def run(tests: Sequence[Mapping[str, Any]], ground: Ground) -> Iterator[dict[str, Any]]:
    """The results of the tests in their order, in the form of certify.sandbox.testing.

    A runtime that starts nothing in this image has every test fail, whatever it expects. Raises Error where the runtime can
    start nothing on this machine.
    """
    cage.open_loopback()
    probe = testing.Log()
    works = _start(ground, _PROBE, _PROBE_SECONDS, probe) == 0
    if not works and ground.runtime.broken(probe.text):
        raise Error(f"{ground.runtime.name} runs nothing on this machine: {probe.text.strip()[-500:]}",
                    hint="it needs user namespaces, and a /dev/fuse that everybody may open")

    def one(test: Mapping[str, Any]) -> dict[str, Any]:
        return testing.judged(test, _lacking(test), lambda log: _begin(ground, test, log, probe if not works else None))

    from concurrent.futures import ThreadPoolExecutor  # who only asks for tests has no use for it

    with ThreadPoolExecutor(max_workers=len(os.sched_getaffinity(0))) as pool:
        try:
            yield from pool.map(one, tests)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _lacking(test: Mapping[str, Any]) -> list[str]:
    """What a test needs and does not get here: a network, a launcher, and libraries of the site."""
    return [*(need for need in test.get("needs", ()) if not (need == "gpu" and testing.has_gpu())),
            *(test.get("host_libraries") or ())]


def _begin(ground: Ground, test: Mapping[str, Any], log: testing.Log, refused: testing.Log | None) -> int:
    """The exit code of a test; with what the runtime said, if it starts nothing, that of none."""
    if refused is not None:
        for line in refused.lines:
            log(line)
        return testing.NO_CODE
    seconds, begin = test.get("timeout", testing.SECONDS), time.monotonic()
    code = _start(ground, test["run"], seconds, log)
    return testing.NO_CODE if code == _KILLED and time.monotonic() - begin >= seconds else code


def _start(ground: Ground, text: str, seconds: float, log: testing.Log) -> int:
    argv = ground.runtime.command(ground.runtime.path, ground.image, ground.variables, shell(text))
    return process.stream((*cage.prefix(ground.dropped), *testing.limited(seconds), *argv), log, env=ground.environment,
                          check=False, sieve=log)
