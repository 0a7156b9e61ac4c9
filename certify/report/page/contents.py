"""The packages of an image, one table for each kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from builder.progress import human_size
from certify.report.page.folders import bounded
from certify.report.page.listing import folded, items, table
from certify.report.page.markup import Html, counted, join, name, prose, tag

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from certify.packages import Inventory, Package
    from certify.packages.model import Kind
    from certify.survey import Survey

# What people came for is first: what somebody chose, then what the system brought along.
_KINDS: Final[Mapping[Kind, str]] = {"python": "Python", "conda": "conda", "deb": "Debian", "rpm": "RPM"}
_MOST: Final = 400
_NOTES: Final = 50
_OPEN: Final = 100          # a kind with no more is not folded away


def section(inventory: Inventory | None, survey: Survey | None) -> Html:
    """The tables, and what could not be read."""
    if inventory is None:
        return tag("p", "The image was not looked into.")
    sizes = dict(survey.packages) if survey else {}
    kinds = {kind: [one for one in inventory.packages if one.kind == kind] for kind in _KINDS}
    return join([tag("p", _sentence(kinds), class_="lead"), _field() if inventory.packages else None,
                 *(_kind(kind, found, sizes) for kind, found in kinds.items() if found), _notes(inventory.notes)])


def _sentence(kinds: Mapping[Kind, Sequence[Package]]) -> str:
    told = ", ".join(f"{len(found):,} {_KINDS[kind]}" for kind, found in kinds.items() if found)
    return f"By the image's own package databases: {told}." if told else "No package database was found in the image."


def _field() -> Html:
    """Hidden until the script shows it: without one it would do nothing."""
    field = tag("input", id="filter", type="search", autocomplete="off", spellcheck="false")
    found = tag("span", id="found", aria_live="polite")
    return tag("p", tag("label", "Find a package ", field), " ", found, id="finder", hidden=True)


def _kind(kind: Kind, packages: Sequence[Package], sizes: Mapping[str, int]) -> Html:
    anywhere = kind in ("python", "conda")
    rows = [_row(one, name(one.path, 60) if anywhere else _size(sizes.get(one.name))) for one in packages[:_MOST]]
    told = table(f"{_KINDS[kind]} packages", ("Package", "Version", "Licence", "Where" if anywhere else "Size"), rows,
                 kind=f"packages {kind}", left=len(packages) - len(rows))
    return folded(counted(len(packages), f"{_KINDS[kind]} package"), told, unfolded=len(packages) <= _OPEN, kind="kind")


def _row(one: Package, last: Html | None) -> list[Html | None]:
    return [name(one.name, 60), name(one.version, 40), prose(", ".join(one.licences), 60) if one.licences else None, last]


def _size(size: int | None) -> Html | None:
    """A cell that is sorted by its bytes."""
    return None if size is None else tag("data", human_size(bounded(size)), value=bounded(size))


def _notes(notes: Sequence[str]) -> Html | None:
    if not notes:
        return None
    told = [tag("li", prose(one)) for one in notes[:_NOTES]]
    return tag("div", tag("h3", "What could not be read"), items(told, _NOTES, left=len(notes) - len(told)))
