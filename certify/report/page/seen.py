"""What the page of an image shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from certify.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from builder.image import ImageConfig
    from certify.examination import TestResult
    from certify.finding import Finding
    from certify.packages import Inventory
    from certify.startup import Start
    from certify.survey import Survey


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """All that is known of one image. Nothing in it is trusted: names may hold anything, sizes may be any number.

    ``title`` is the image's reference, or the path of one made elsewhere; ``summary`` is its recipe's, if that is known.
    ``digest`` is the sha256 (hex) of the squashfs and ``size`` its bytes; a tree of files has neither. Of an image that
    was not ``looked`` into, only the tests were run, by the simulated site or by a real ``runtime``. ``start`` is what a
    start costs, if its recipe has a budget.
    ``host_libraries`` are names, each with a sentence on how the site's own library fares; ``commands`` are command lines
    by runtime. ``made_at`` is shown as it is: without it, the page of the same image is the same bytes at any time.
    """

    title: str
    config: ImageConfig
    site: str
    summary: str = ""
    digest: str = ""
    size: int = 0
    looked: bool = True
    findings: Sequence[Finding] = ()
    tests: Sequence[TestResult] = ()
    runtime: str = ""
    start: Start | None = None
    inventory: Inventory | None = None
    survey: Survey | None = None
    host_libraries: tuple[tuple[str, str], ...] = ()
    commands: Mapping[str, str] = field(default_factory=dict)
    made_at: str | None = None

    def count(self, severity: Severity) -> int:
        """How many findings are of that severity."""
        return sum(one.severity is severity for one in self.findings)

    @property
    def failed(self) -> int:
        """How many tests were run and did not do what was expected."""
        return sum(one.failure is not None for one in self.tests)

    @property
    def faults(self) -> tuple[str, ...]:
        """What of a start exceeds its budget."""
        return self.start.faults if self.start else ()

    @property
    def skipped(self) -> int:
        """How many tests were not run, as what they need was not there."""
        return sum(one.skipped is not None for one in self.tests)

    @property
    def untested(self) -> bool:
        """Whether there are tests, and none of them was run."""
        return bool(self.tests) and self.skipped == len(self.tests)

    @property
    def certifiable(self) -> bool:
        """Whether nothing that was seen forbids a certificate."""
        return self.looked and not self.failed and not self.faults and not self.untested and not self.count(Severity.ERROR)
