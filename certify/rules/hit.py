"""What a rule says about a subject: a route and words. The engine turns it into a finding with a span."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from builder.recipe import Route


class Stretch(NamedTuple):
    """A part of one line within a text value; line and column count from 0."""

    line: int
    column: int
    length: int


class Second(NamedTuple):
    """A second place, which explains the first; of a whole value, or of a part of it."""

    route: Route
    message: str
    within: Stretch | None = None


class Hit(NamedTuple):
    """One problem: the route to the value, the part of it where that is known, and what to do.

    What is not ``shipped`` (it belongs to a stage that does not become the image) weighs one degree less, and so does
    what the rule itself takes for a ``weaker`` case.
    """

    route: Route
    message: str
    help: str
    within: Stretch | None = None
    shipped: bool = True
    weaker: bool = False
    related: tuple[Second, ...] = ()
