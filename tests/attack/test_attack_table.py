"""Every attack of the table, first on a naive copy of the step, where it works, and then on ours, where it does not."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import naive
import pytest
from attack_markdown import BLOCK, PAGE, TOP, table
from attack_table import ATTACKS

from builder.errors import Error

TRIED = [one for one in ATTACKS if one.run is not None]
SHOWN = [one for one in ATTACKS if one.run is None]


@pytest.mark.parametrize("row", TRIED, ids=[one.name.replace(" ", "-") for one in TRIED])
def test_what_works_on_a_naive_copy_fails_on_ours(world, row):
    attack = row.run(world)
    assert attack.naive() is True, "an attack that does not even work on the naive copy shows nothing"
    if row.harmless:
        assert attack.ours() is False, "the attacker got what was wanted"
        return
    with pytest.raises(Error) as caught:
        attack.ours()
    assert row.refused in caught.value.message


def test_a_row_says_all_that_the_table_shows():
    assert len({one.name for one in ATTACKS}) == len(ATTACKS)
    for one in ATTACKS:
        assert one.does
        assert bool(one.refused) != bool(one.harmless), one.name
        assert bool(one.shown_by) != bool(one.fools), one.name


def test_no_naive_copy_is_there_for_nothing():
    tree = ast.parse(Path(naive.__file__).read_text(encoding="utf-8"))
    written = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    used = {one.fooled.partition(".")[0] for one in TRIED}
    helpers = {"PlainKey", "sha256", "root_of"}
    assert {one for one in written if not one.startswith("_")} - used == helpers


@pytest.mark.parametrize("row", SHOWN, ids=[one.name.replace(" ", "-").replace("/", "-") for one in SHOWN])
def test_what_is_shown_elsewhere_is_shown_there(row):
    path, _, name = row.shown_by.partition("::")
    tree = ast.parse((TOP / path).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_the_table_in_the_security_page_is_this_one():
    found = BLOCK.search(PAGE.read_text(encoding="utf-8"))
    assert found, "SECURITY.md needs a block between <!-- attacks --> and <!-- /attacks -->"
    assert found[2].strip() == table(), "run: .venv/bin/python tests/attack/attack_markdown.py"


def test_what_the_page_names_is_there():
    named = set(re.findall(r"(?<![/\w])(?:builder|certify|tests)/[A-Za-z0-9_/.]*[A-Za-z0-9_/]", PAGE.read_text(encoding="utf-8")))
    assert len(named) > 30
    assert [one for one in sorted(named) if not (TOP / one).exists()] == []
