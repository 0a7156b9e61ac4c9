"""How two images differ, as a table: for a person on a terminal, or in plain columns."""

from __future__ import annotations

import itertools
import sys
from typing import TYPE_CHECKING, Final

from certify.report.safe import escaped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from builder.compare import Difference
    from certify.sandbox.comparing import Comparison

_SHOWN: Final = 200     # lines of differences
_FEW: Final = 5         # of them in one folder and of one kind
_PATH: Final = 60       # columns that a longer path does not widen
_COLUMNS: Final = ("path", "kind", "why")
_HELP: Final = ("steps that write the date, random numbers, a process id, the number of processors (a rebuild has one) or the "
                "order in which a folder lists its files make other bytes each time")
_ONLY: Final = {"missing": "only in the published image", "extra": "only in the rebuilt image"}


def show(found: Comparison) -> None:
    """Print the differences, the most telling ones of many."""
    rows = list(itertools.islice(table(found.differences), _SHOWN + 1))
    shown, cut = rows[:_SHOWN], len(rows) > _SHOWN
    if sys.stdout.isatty():
        _rich(shown)
    else:
        widths = [min(_PATH, max(map(len, column))) for column in zip(_COLUMNS, *shown, strict=True)]
        for row in (_COLUMNS, *shown):
            print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    if cut or found.count > len(found.differences):
        print(f"  and more: {found.count} in all; --format json lists "
              + (f"the first {len(found.differences)}" if found.count > len(found.differences) else "them"))
    print(f"  help: {_HELP}", file=sys.stderr)


def table(differences: Iterable[Difference]) -> Iterator[tuple[str, str, str]]:
    """The lines of the table. Of files that differ alike in one folder the first few stand for all."""
    alike: dict[tuple[str, str, str], list[Difference]] = {}
    for one in differences:
        why = one.detail.partition("from byte")[0] if one.kind == "content" else ""
        alike.setdefault((one.path.rpartition("/")[0], one.kind, why), []).append(one)
    for (folder, kind, _), group in alike.items():
        few = group if len(group) <= _FEW + 1 else group[:_FEW]
        yield from map(_row, few)
        if len(group) > len(few):
            yield f"{escaped(folder)}/...", escaped(kind), f"{len(group) - len(few)} more like these"


def _row(one: Difference) -> tuple[str, str, str]:
    why = f"{one.detail}, {_ONLY[one.kind]}" if one.kind in _ONLY else one.detail
    return escaped(one.path), escaped(one.kind), escaped(f"differs {why}" if why.startswith("from byte") else why)


def _rich(rows: Sequence[tuple[str, str, str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*_COLUMNS, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console(highlight=False).print(table)
