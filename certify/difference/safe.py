"""Hostile text in markdown: a path, a version or a message of an image must not become markup, a link or a mention."""

from __future__ import annotations

import re
from typing import Final

from certify.report.safe import escaped

_TICKS: Final = re.compile(r"`+")
_LONGEST: Final = 200


def code(text: str, *, longest: int = _LONGEST) -> str:
    """The text as a code span for a cell of a table: nothing in it means anything, to a reader or to a forge.

    Within a span only its own fence and, in tables, pipes have a meaning; names are not mentioned and links not made.
    """
    line = escaped(text)
    line = (line if len(line) <= longest else f"{line[:longest]}...").replace("|", "\\|")
    if not line.strip():
        return "(empty)"
    fence = "`" * (max(map(len, _TICKS.findall(line)), default=0) + 1)
    pad = " " if line[0] in "` " or line[-1] in "` " else ""
    return f"{fence}{pad}{line}{pad}{fence}"
