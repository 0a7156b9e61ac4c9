"""The README's table of rules is what ``certify rules --format md`` prints."""

from __future__ import annotations

import re
from pathlib import Path

from certify.cli.rules import markdown, rows

README = Path(__file__).parents[2] / "README.md"


def test_the_table_in_the_readme_is_the_generated_one():
    found = re.search(r"<!-- rules -->\n+(.*?)\n+<!-- /rules -->", README.read_text(encoding="utf-8"), re.DOTALL)
    assert found, "the README needs a block between <!-- rules --> and <!-- /rules -->"
    assert found[1].strip() == markdown(rows()).strip(), "run: certify rules --format md"
