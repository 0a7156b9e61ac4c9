"""Lists that are compared as if they went on for ever, as the versions of Debian and conda are."""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@functools.total_ordering
class Endless:
    """Parts in their order, and then ``rest`` again and again: 1.0 and 1.0.0 are one if the rest is 0."""

    __slots__ = ("_parts", "_rest")

    def __init__(self, parts: Sequence[Any], rest: object) -> None:
        self._parts, self._rest = parts, rest

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Endless) and all(mine == its for mine, its in self._pairs(other))

    def __lt__(self, other: Endless) -> bool:
        return next((bool(mine < its) for mine, its in self._pairs(other) if mine != its), False)

    __hash__ = None  # type: ignore[assignment]  # two that are equal may be written in different ways

    def _pairs(self, other: Endless) -> Iterator[tuple[Any, Any]]:
        return itertools.zip_longest(self._parts, other._parts, fillvalue=self._rest)
