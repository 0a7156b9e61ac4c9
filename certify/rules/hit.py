"""What a rule says about a subject: a route and words. The engine turns it into a finding with a span."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from builder.recipe import Route


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A part of one line within a text value; line and column count from 0."""

    line: int
    column: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One problem: the route to the value, the part of it where that is known, and what to do.

    What is not ``shipped`` (it belongs to a stage that does not become the image) weighs one degree less.
    """

    route: Route
    message: str
    help: str
    within: Stretch | None = None
    shipped: bool = True
