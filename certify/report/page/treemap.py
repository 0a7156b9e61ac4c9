"""Rectangles whose areas are sizes, as close to squares as they can be.

After Bruls, Huizing and van Wijk, Squarified Treemaps (2000): rows are laid along the shorter side of what room is left,
and a row takes one more as long as its worst proportion gets no worse by that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Box(NamedTuple):
    """A rectangle, in any unit; ``x`` and ``y`` are its upper left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def area(self) -> float:
        """Its area."""
        return self.width * self.height

    def inset(self, side: float, top: float) -> Box:
        """What is left of it within a margin."""
        return Box(self.x + side, self.y + top, max(0.0, self.width - 2 * side), max(0.0, self.height - side - top))


def squarified(sizes: Sequence[float], box: Box) -> list[Box]:
    """A rectangle for each size, in the order of the sizes; together they are the box. Sizes of 0 get nothing."""
    found = [Box(box.x, box.y, 0.0, 0.0)] * len(sizes)
    pending = sorted((number for number, size in enumerate(sizes) if size > 0), key=lambda number: (-sizes[number], number))
    while pending and box.area:
        left = float(sum(sizes[number] for number in pending))
        row = _row([sizes[number] for number in pending], left, box)
        chosen, pending = pending[:row], pending[row:]
        share = sum(sizes[number] for number in chosen)
        strip, box = _halved(box, share / left if pending else 1.0)
        for number, one in zip(chosen, _along(strip, [sizes[number] for number in chosen]), strict=True):
            found[number] = one
    return found


def _row(sizes: Sequence[float], left: float, box: Box) -> int:
    """How many of the sizes, the largest first, make the first row."""
    side, unit = min(box.width, box.height), box.area / left
    total, best = 0.0, float("inf")
    for count, size in enumerate(sizes):
        total += size
        worst = _worst(sizes[0] * unit, size * unit, total * unit, side)
        if worst > best:
            return count
        best = worst
    return len(sizes)


def _worst(largest: float, smallest: float, total: float, side: float) -> float:
    """The worst proportion (1 is a square) among areas of a row along a side."""
    thick = total / side
    return max(largest / thick / thick, thick * thick / smallest) if smallest and thick else float("inf")


def _halved(box: Box, share: float) -> tuple[Box, Box]:
    """A strip along the shorter side with that share of the box, and the rest of it."""
    if box.width >= box.height:
        width = box.width * share
        return box._replace(width=width), box._replace(x=box.x + width, width=max(0.0, box.width - width))
    height = box.height * share
    return box._replace(height=height), box._replace(y=box.y + height, height=max(0.0, box.height - height))


def _along(strip: Box, sizes: Sequence[float]) -> list[Box]:
    """A strip divided along its longer side; each begins where the one before ends, so that no gaps come of rounding."""
    total, done, before = sum(sizes), 0.0, 0.0
    found = []
    for size in sizes:
        done += size
        after = min(1.0, done / total)
        found.append(_part(strip, before, after))
        before = after
    return found


def _part(strip: Box, before: float, after: float) -> Box:
    if strip.height >= strip.width:
        return strip._replace(y=strip.y + strip.height * before, height=strip.height * (after - before))
    return strip._replace(x=strip.x + strip.width * before, width=strip.width * (after - before))
