"""What checks and tests found in an image: made by the one who signs, from the very bytes that are signed."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from builder.digest import CHUNK
from builder.image import ImageConfig
from builder.progress import Progress, Stage, human_size
from certify.finding import Finding, Severity
from certify.packages import Inventory
from certify.sandbox import enter
from certify.sandbox.enter import Look
from certify.survey import Survey

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from builder.recipe.model import Test
    from certify.site import Site

_ALL: Final = Look()
_UNKNOWN: Final = ImageConfig(name="unknown", version="0", revision=1, platform="unknown", environment={})
_ORDER: Final = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """How a test of the recipe went: its exit code, its seconds, the end of its output."""

    __test__ = False

    name: str
    run: str
    code: int
    seconds: float
    output: str

    @property
    def passed(self) -> bool:
        """Whether the test succeeded."""
        return self.code == 0


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
        """The tests that did not pass."""
        return [test for test in self.tests if not test.passed]


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
            test = TestResult(**event)
            result.tests.append(test)
            progress.done(Stage(f"test: {test.name}", test.seconds, "" if test.passed else f"FAILED, exit code {test.code}"))

    progress.started("check and test")
    plain = [{"name": test.name, "run": test.run} for test in tests]
    enter.examine(handle, site, look=look, tests=plain, on_event=heard, config=None if config is None else config.to_json())
    result.findings.sort(key=lambda one: (_ORDER[one.severity], one.code, one.path or ""))
    return result


def libraries(handle: int, path: str, site: Site) -> list[str]:
    """What the loader would load for a program or library of an open image, and who decided each step, in lines for people."""
    lines: list[str] = []
    enter.examine(handle, site, look=Look(libraries=path), tests=(),
                  on_event=lambda event: lines.extend(event.get("lines", ())))
    return lines


def _hash(handle: int) -> tuple[str, int]:
    hasher, size = hashlib.sha256(), 0
    while chunk := os.pread(handle, CHUNK, size):
        hasher.update(chunk)
        size += len(chunk)
    return hasher.hexdigest(), size


