"""The table of attacks as it stands in SECURITY.md; run as a program, it writes it there."""

from __future__ import annotations

import re
from itertools import groupby
from pathlib import Path

import attacks_on_certificates
import attacks_on_freshness
import attacks_on_images
import attacks_on_meta
import attacks_on_paths
import attacks_on_publishing
from attack_table import ATTACKS, Attack

TOP = Path(__file__).parents[2]
PAGE = TOP / "SECURITY.md"
BLOCK = re.compile(r"(<!-- attacks -->\n\n)(.*?)(\n<!-- /attacks -->)", re.DOTALL)
HEAD = "| attack | what the attacker does | what falls for it | what ours does |"
MODULES = (attacks_on_certificates, attacks_on_freshness, attacks_on_meta, attacks_on_paths, attacks_on_images,
           attacks_on_publishing)


def table() -> str:
    """Give a table for each theme."""
    parts = []
    for theme, rows in groupby(ATTACKS, key=lambda one: one.theme):
        lines = [f"### {theme[0].upper()}{theme[1:]}", "", HEAD, "|---|---|---|---|", *map(_row, rows)]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _row(row: Attack) -> str:
    naive = f"`{row.fooled}`: {row.fools}" if row.run else f"see `{row.shown_by.partition('::')[0]}`"
    cells = (row.name, row.does, naive, f"refuses: *{row.refused}*" if row.refused else row.harmless)
    return "| " + " | ".join(cell.rstrip(".").replace("``", "`").replace("|", "\\|") for cell in cells) + " |"


def page() -> str:
    """Give the page with today's table in it."""
    text = PAGE.read_text(encoding="utf-8")
    return BLOCK.sub(lambda found: found[1] + table() + "\n" + found[3], text, count=1)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
