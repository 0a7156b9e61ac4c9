"""Long lists: their beginning, the rest folded away, and where they end, how much is not shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from certify.report.page.markup import Html, join, tag

if TYPE_CHECKING:
    from collections.abc import Sequence

    Row = Sequence[str | None]

_ROWS: Final = 400      # of a table: more are not read by anybody, and the other formats have all


def table(caption: str, heads: Sequence[str], rows: Sequence[Row], *, kind: str = "", left: int = 0) -> Html:
    """A table. The first cell of a row names it. ``left`` is how many rows were left out before."""
    head = tag("tr", *(tag("th", one, scope="col") for one in heads))
    body = [tag("tr", tag("th", row[0], scope="row"), *(tag("td", cell) for cell in row[1:])) for row in rows[:_ROWS]]
    left += max(0, len(rows) - _ROWS)
    return join([tag("table", tag("caption", caption), tag("thead", head), tag("tbody", *body), class_=kind or None), more(left)])


def opening(caption: str, heads: Sequence[str], rows: Sequence[Row], first: int, *, kind: str = "", left: int = 0) -> Html:
    """A table of the first rows; the others are in a second one that unfolds."""
    if len(rows) <= first + 2:      # nobody unfolds two rows
        return table(caption, heads, rows, kind=kind, left=left)
    rest = table(f"{caption}, continued", heads, rows[first:], kind=f"{kind} on", left=left)
    return join([table(caption, heads, rows[:first], kind=kind), folded(f"{len(rows) - first + left:,} more", rest)])


def items(parts: Sequence[Html], first: int, *, left: int = 0) -> Html:
    """A list of which the first items are shown, and the others unfold."""
    rest, end = parts[first:], more(left, kind="li")
    if len(rest) <= 2:
        return tag("ul", *parts, end)
    return join([tag("ul", *parts[:first]), folded(f"{len(rest) + left:,} more", tag("ul", *rest, end))])


def more(left: int, words: str = "more", *, kind: str = "p") -> Html | None:
    """The end of what is not shown to its end; nothing where nothing is left."""
    return tag(kind, f"and {left:,} {words}", class_="more") if left > 0 else None


def folded(title: str | Html, *inside: str | None, unfolded: bool = False, kind: str | None = None) -> Html:
    """What is behind a line that one clicks on."""
    return tag("details", tag("summary", title), *inside, open=unfolded, class_=kind)
