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
from certify.sandbox import enter, testing
from certify.sandbox.enter import Look
from certify.survey import Survey

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from certify.site import Site

_ALL: Final = Look()
_UNKNOWN: Final = ImageConfig(name="unknown", version="0", revision=1, platform="unknown", environment={})
_ORDER: Final = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """How a test of the recipe went: its exit code, its seconds, the end of its output; and what was asked for.

    ``lacking`` are the capabilities for want of which it was not run. ``late`` is one that was not over in time. ``matched``
    says whether its output holds what was expected: None where nothing was, or where the search came to no end.
    ``code`` is negative for one that did not start, or was killed with all of its sandbox.
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

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> TestResult:
        """A result as certify.sandbox.testing tells it; raises Error for a test that was skipped although it needs nothing."""
        plural = {key: tuple(event.get(key, ())) for key in ("needs", "lacking")}
        made = cls(**{**event, **plural, "expect": Expect(**event.get("expect", {}))})
        if not set(made.lacking) <= set(made.needs):
            raise Error(f"the test '{made.name}' was skipped, and nothing that it needs is missing")
        return made

    @property
    def test(self) -> Test:
        """The test that was run."""
        return Test(name=self.name, run=self.run, expect=self.expect, needs=self.needs, timeout=self.timeout)

    @property
    def skipped(self) -> str | None:
        """Why it was not run; None if it was."""
        return f"needs {', '.join(self.lacking)}, which the simulated site does not have" if self.lacking else None

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
            return None
        return "its output is not what was expected" if self.matched is False else "the search in its output came to no end"

    @property
    def passed(self) -> bool:
        """Whether it was run, and did what was expected; one that was skipped has neither passed nor failed."""
        return not self.lacking and self.failure is None


@dataclass(slots=True, kw_only=True)
class Examination:
    """The results on one image, known by its digest (sha256 in hex, empty for a tree) and size (bytes).

    Of one that was not ``looked`` into, nothing is known but how its tests went.
    """

    digest: str
    size: int
    config: ImageConfig
    findings: list[Finding] = field(default_factory=list)
    tests: list[TestResult] = field(default_factory=list)
    inventory: Inventory | None = None
    survey: Survey | None = None
    looked: bool = False

    @property
    def errors(self) -> list[Finding]:
        """The findings that forbid a certificate."""
        return [finding for finding in self.findings if finding.severity is Severity.ERROR]

    @property
    def failed(self) -> list[TestResult]:
        """The tests that were run and did not do what was expected."""
        return [test for test in self.tests if test.failure is not None]

    @property
    def passed(self) -> list[TestResult]:
        """The tests that were run and did what was expected."""
        return [test for test in self.tests if test.passed]

    @property
    def skipped(self) -> list[TestResult]:
        """The tests that were not run, as what they need is not here."""
        return [test for test in self.tests if test.skipped is not None]


def examine(image: Path, site: Site, tests: Sequence[Test], progress: Progress, *, look: Look | None = _ALL) -> Examination:
    """Hash, look into and test a squashfs, all through one open handle. Raises Fault if it cannot be read as one.

    ``look`` says what is looked for; with None, only the tests are run.
    """
    handle = enter.opened(image)
    try:
        return examine_handle(handle, site, tests, progress, look=look)
    finally:
        os.close(handle)


def examine_handle(handle: int, site: Site, tests: Sequence[Test], progress: Progress, *, look: Look | None = _ALL,
                   config: ImageConfig | None = None) -> Examination:
    """As ``examine``, for what is open: a squashfs, or a folder with a tree, which has no digest.

    ``config`` is for an image made elsewhere, which has no image.json.
    """
    result = Examination(digest="", size=0, config=_UNKNOWN)
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
        elif kind == "test":
            test = TestResult.from_event(event)
            result.tests.append(test)
            progress.done(Stage(f"test: {test.name}", test.seconds, _note(test)))

    progress.started("check and test")
    asked = [testing.plain(test) for test in tests]
    enter.examine(handle, site, look=look, tests=asked, on_event=heard, config=None if config is None else config.to_json())
    result.findings.sort(key=lambda one: (_ORDER[one.severity], one.code, one.path or ""))
    return result


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


