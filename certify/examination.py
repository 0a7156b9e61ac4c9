"""What checks and tests found in an image: made by the one who signs, from the very bytes that are signed."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from builder.digest import CHUNK
from builder.errors import Error
from builder.image import ImageConfig
from builder.progress import Progress, Stage, human_size
from builder.recipe.model import SUCCESS, TEST_SECONDS, Expect, Test
from certify.finding import Finding, Severity
from certify.packages import Inventory
from certify.runtimes import tested
from certify.sandbox import enter, testing
from certify.sandbox.enter import Look
from certify.sandbox.injecting import Injection, Proven
from certify.startup import Start, Wish
from certify.survey import Survey

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from certify.real.known import Runtime
    from certify.site import Site

_ALL: Final = Look()
_UNKNOWN: Final = ImageConfig(name="unknown", version="0", revision=1, platform="unknown", environment={})
_ORDER: Final = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """How a test of the recipe went: its exit code, its seconds, the end of its output; and what was asked for.

    ``lacking`` are the capabilities for want of which it was not run. ``late`` is one that was not over in time. ``matched``
    says whether its output holds what was expected: None where nothing was, or where the search came to no end.
    ``code`` is negative for one that did not start, or was killed with all of its sandbox. ``injected`` are the libraries of
    the site that it ran with, and what was loaded of them; what that proves is said in certify.sandbox.injecting.
    """

    __test__ = False

    name: str
    run: str
    code: int
    seconds: float
    output: str
    expect: Expect = SUCCESS
    needs: tuple[str, ...] = ()
    timeout: int = TEST_SECONDS
    lacking: tuple[str, ...] = ()
    late: bool = False
    matched: bool | None = None
    host_libraries: tuple[str, ...] | None = None
    injected: tuple[Injection, ...] = ()

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> TestResult:
        """A result as certify.sandbox.testing tells it; raises Error for a test that was skipped although it needs nothing.

        The same for one that says nothing of a library that it should have run with.
        """
        plural = {key: tuple(event[key]) for key in ("needs", "lacking", "host_libraries") if key in event}
        injected = tuple(Injection(**one) for one in event.get("injected", ()))
        made = cls(**{**event, **plural, "expect": Expect(**event.get("expect", {})), "injected": injected})
        if not set(made.lacking) <= {*made.needs, *(made.host_libraries or ())}:
            raise Error(f"the test '{made.name}' was skipped, and nothing that it needs is missing")
        if not made.lacking and made.host_libraries is not None and set(made.host_libraries) != {one.library for one in injected}:
            raise Error(f"the test '{made.name}' ran with other libraries of the site than it names")
        return made

    @property
    def test(self) -> Test:
        """The test that was run."""
        return Test(name=self.name, run=self.run, expect=self.expect, needs=self.needs, timeout=self.timeout,
                    host_libraries=self.host_libraries)

    @property
    def skipped(self) -> str | None:
        """Why it was not run; None if it was."""
        needs = [name for name in self.lacking if name in self.needs]
        libraries = [name for name in self.lacking if name in (self.host_libraries or ())]
        told = [f"needs {', '.join(needs)}, which the simulated site does not have"] if needs else []
        told += [f"runs with the site's {', '.join(libraries)}, whose files are not on this machine"] if libraries else []
        return "; ".join(told) or None

    @property
    def failure(self) -> str | None:
        """What speaks against the image; None if it passed or was not run."""
        if self.lacking:
            return None
        if self.late:
            return f"not over after {self.timeout} s"
        if self.code < 0:
            return "did not start, or was killed with its sandbox"
        if self.code != self.expect.exit:
            return f"exit code {self.code}" + (f", not {self.expect.exit}" if self.expect.exit else "")
        if (self.expect.output is None and self.expect.text is None) or self.matched:
            return self._unused
        return "its output is not what was expected" if self.matched is False else "the search in its output came to no end"

    @property
    def _unused(self) -> str | None:
        """That nothing of a library which the test asks for was loaded: it shows nothing of it then."""
        unused = [one.library for one in self.injected if self.host_libraries is not None and not one.loaded]
        return f"no program loaded the site's {', '.join(unused)}, which it runs with" if unused else None

    def as_json(self) -> dict[str, Any]:
        """The result as ``--format json`` shows it."""
        return {"name": self.name, "run": self.run, "passed": self.passed, "failure": self.failure, "skipped": self.skipped,
                "code": self.code, "seconds": self.seconds, "output": self.output}

    @property
    def passed(self) -> bool:
        """Whether it was run, and did what was expected; one that was skipped has neither passed nor failed."""
        return not self.lacking and self.failure is None


@dataclass(slots=True, kw_only=True)
class Examination:
    """The results on one image, known by its digest (sha256 in hex, empty for a tree) and size (bytes).

    ``proven`` says what was loaded with the site's libraries that the recipe names; ``start`` is what a start costs, if its
    recipe has a budget. ``runtime`` is the real one that ran the tests; it is empty where they ran in the simulated site. Of an
    image that was not ``looked`` into, nothing is known but how its tests went.
    """

    digest: str
    size: int
    config: ImageConfig
    findings: list[Finding] = field(default_factory=list)
    tests: list[TestResult] = field(default_factory=list)
    proven: list[Proven] = field(default_factory=list)
    start: Start | None = None
    runtime: str = ""
    inventory: Inventory | None = None
    survey: Survey | None = None
    looked: bool = False

    @property
    def errors(self) -> list[Finding]:
        """The findings that forbid a certificate."""
        return [finding for finding in self.findings if finding.severity is Severity.ERROR]

    @property
    def unfit(self) -> bool:
        """Whether anything speaks against the image, before a policy has weighed it."""
        return bool(self.errors or self.failed or self.faults)

    @property
    def failed(self) -> list[TestResult]:
        """The tests that were run and did not do what was expected."""
        return [test for test in self.tests if test.failure is not None]

    @property
    def faults(self) -> tuple[str, ...]:
        """What of its start exceeds the budget."""
        return self.start.faults if self.start else ()

    @property
    def passed(self) -> list[TestResult]:
        """The tests that were run and did what was expected."""
        return [test for test in self.tests if test.passed]

    @property
    def skipped(self) -> list[TestResult]:
        """The tests that were not run, as what they need is not here."""
        return [test for test in self.tests if test.skipped is not None]


def examine(image: Path, site: Site, tests: Sequence[Test], progress: Progress, *, look: Look | None = _ALL,
            wish: Wish | None = None) -> Examination:
    """Hash, look into and test a squashfs, all through one open handle. Raises Fault if it cannot be read as one.

    ``look`` says what is looked for; with None, only the tests are run. ``wish`` is a start that is measured as well.
    """
    handle = enter.opened(image)
    try:
        return examine_handle(handle, site, tests, progress, look=look, wish=wish)
    finally:
        os.close(handle)


def examine_handle(handle: int, site: Site, tests: Sequence[Test], progress: Progress, *, look: Look | None = _ALL,
                   config: ImageConfig | None = None, wish: Wish | None = None, real: Runtime | None = None) -> Examination:
    """As ``examine``, for what is open: a squashfs, or a folder with a tree, which has no digest.

    ``config`` is for an image made elsewhere, which has no image.json. ``real`` is a runtime that runs the tests, instead of the
    simulated site; a start is measured in that alone.
    """
    result = Examination(digest="", size=0, config=_UNKNOWN, runtime=real.title if real else "")
    if not stat.S_ISDIR(os.fstat(handle).st_mode):
        with progress.stage("hash") as notes:
            result.digest, result.size = _hash(handle)
            notes.append(human_size(result.size))

    def heard(event: dict[str, Any]) -> None:
        kind = event.pop("event")
        if kind == "config":
            result.config = ImageConfig.from_json(event["text"])
        elif kind == "finding":
            result.findings.append(Finding(**{**event, "severity": Severity(event["severity"])}))
        elif kind == "checked":
            progress.done(Stage("check", event["seconds"], f"{len(result.errors)} errors in {len(result.findings)} findings"))
        elif kind == "contents":
            result.inventory, result.survey = Inventory.from_json(event["inventory"]), Survey.from_json(event["survey"])
            result.looked = True
        else:
            progress.done(_tried(result, kind, event, wish))

    progress.started("check and test")
    asked = [testing.plain(test) for test in tests]
    enter.examine(handle, tested(site), look=look, tests=asked, on_event=heard, config=config.to_json() if config else None,
                  start=testing.plain(wish.test) if wish else None, real=real.name if real else None)
    result.findings.sort(key=lambda one: (_ORDER[one.severity], one.code, one.path or ""))
    return result


def _tried(result: Examination, kind: str, event: Mapping[str, Any], wish: Wish | None) -> Stage:
    """What came of running something of the image, written to the result; and how it is told."""
    if kind == "proven":
        result.proven.append(proven := Proven.from_event(event))
        return Stage(f"host library {proven.library}", event["seconds"], proven.told)
    if kind == "start" and wish is not None:
        result.start = start = Start.from_event(wish, event)
        return Stage("start", start.seconds, start.told)
    if kind == "runtime":
        result.runtime += "" if event["mounts"] else ", where certify has mounted the image"
        return Stage("runtime", 0.0, result.runtime)
    result.tests.append(test := TestResult.from_event(event))
    return Stage(f"test: {test.name}", test.seconds, _note(test))


def libraries(handle: int, path: str, site: Site) -> list[str]:
    """What the loader would load for a program or library of an open image, and who decided each step, in lines for people."""
    lines: list[str] = []
    enter.examine(handle, site, look=Look(libraries=path), tests=(),
                  on_event=lambda event: lines.extend(event.get("lines", ())))
    return lines


def _note(test: TestResult) -> str:
    return f"skipped: {test.skipped}" if test.skipped else f"FAILED, {test.failure}" if test.failure else ""


def _hash(handle: int) -> tuple[str, int]:
    hasher, size = hashlib.sha256(), 0
    while chunk := os.pread(handle, CHUNK, size):
        hasher.update(chunk)
        size += len(chunk)
    return hasher.hexdigest(), size


