"""Draws what a loader would load, as lines: each need below the one who needs it, the file found and who decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from certify.linking.model import LOADED
from certify.report.safe import escaped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.linking.model import Loaded, Step

_INDENT: Final = "    "
_MAX_DEPTH: Final = 40      # of indenting: deeper chains stay at this one


def lines(loaded: Loaded) -> Iterator[str]:
    """The tree of an object, its own path first. What several need is drawn below the first that asked for it."""
    below: dict[str, list[Step]] = {}
    for step in loaded.steps:
        below.setdefault(step.by, []).append(step)
    yield escaped(loaded.path)
    top = loaded.steps[0].by if loaded.steps else loaded.path
    pending = [(step, 1) for step in reversed(below.pop(top, []))]
    while pending:
        step, depth = pending.pop()
        yield from (f"{_INDENT * min(depth, _MAX_DEPTH)}{line}" for line in _told(step))
        if step.found is not None and step.how != LOADED:
            pending += [(inner, depth + 1) for inner in reversed(below.pop(step.found, []))]


def _told(step: Step) -> Iterator[str]:
    name = escaped(step.needed) or "(no name)"
    if step.found is None:
        yield f"{name} => {escaped(step.how)}"
        if step.tried:
            yield f"{_INDENT}looked into {', '.join(map(escaped, step.tried))}"
        return
    site = ", the site's" if step.of_site else ""
    yield f"{name} => {escaped(step.found)} ({escaped(step.how)}{site})"
