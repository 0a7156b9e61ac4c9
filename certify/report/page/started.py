"""What a start of the image costs where nothing of it was read before, beside what its recipe allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from builder.progress import human_size
from certify.report.page.folders import bounded
from certify.report.page.listing import folded, table
from certify.report.page.markup import Html, join, prose, tag
from certify.startup import ADVICE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.startup import Start


def section(start: Start | None) -> Html:
    """A line for each figure, and what exceeds the budget."""
    if start is None:
        return tag("p", "Not measured: that is done where a recipe has a budget for it, in the simulated site.")
    if start.lacking:
        return tag("p", prose(f"Not measured: {start.lacking}."))
    what = tag("p", "In the simulated site, where nothing of the image was read before, beside a start that does nothing.",
               class_="lead")
    return join([what, *(tag("p", prose(fault)) for fault in start.faults), tag("p", prose(ADVICE)) if start.faults else None,
                 table("Cost of a start", ("", "Measured", "Budget"), list(_rows(start))) if start.works else None,
                 folded("What was started", tag("pre", tag("code", start.wish.test.run)))])


def _rows(start: Start) -> Iterator[list[str]]:
    budget = start.wish.budget
    yield ["Seconds more than an empty start", f"{start.seconds:.2f}",
           "none" if budget.seconds is None else f"{budget.seconds:g}"]
    yield ["Seconds of the empty start", f"{start.empty:.2f}", "none"]
    yield ["Read from the image", human_size(bounded(start.bytes)),
           "none" if budget.bytes is None else human_size(bounded(budget.bytes))]
    yield ["Requests", f"{start.requests:,}", "none" if budget.requests is None else f"{budget.requests:,}"]
