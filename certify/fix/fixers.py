"""How findings are mended, by code. Only what cannot change the meaning that was wanted stands here.

Unused suppressions carry their change themselves. A value of LD_LIBRARY_PATH is not taken away: somebody counts on
it, and what has to take its place is for people to say.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from builder.recipe import Span
from certify.finding import Edit
from certify.lint.target import Kind, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from certify.finding import Finding
    from certify.lint.lines import Lines

_PLAIN: Final = re.compile(r"[\w.+~:-]+")     # what stands unquoted where YAML reads a number, true or false


def quote(finding: Finding, lines: Lines) -> tuple[Edit, ...]:
    """Put the text as it is written into quotes."""
    assert finding.span is not None
    written = lines.at(finding.span)
    if finding.span.line != finding.span.end_line or not _PLAIN.fullmatch(written):
        return ()
    return (Edit(span=finding.span, text=f'"{written}"'),)


def run_ldconfig(finding: Finding, lines: Lines) -> tuple[Edit, ...]:
    """Run ldconfig at the end of the step, where its text is a block: a line of its own, after the last one."""
    assert finding.span is not None
    last, indent = _block(finding.span.line, finding.file or "", lines)
    text = lines.line(last)
    if not last or text.strip() == "ldconfig" or text.endswith("\\"):
        return ()
    end = lines.all[last - 1][len(text):]
    newline = end or ("\r\n" if lines.all[0].endswith("\r\n") else "\n")
    place = Span(last, len(text) + 1, last, len(text) + 1)
    return (Edit(span=place, text=f"{newline}{' ' * indent}ldconfig{'' if end else newline}"),)


def _block(line: int, file: str, lines: Lines) -> tuple[int, int]:
    """The last line with something in it of the literal block that a line belongs to, and the block's indentation."""
    from builder.recipe.source import Document

    if kind_of(Path(file).name) is not Kind.RECIPE:
        return 0, 0
    document = Document.parse("".join(lines.all).encode(), file)
    for route, scalar in document.scalars.items():
        span, values = document.spans[route], scalar.text.splitlines()
        if scalar.style == "|" and span.line < line <= span.end_line:
            filled = [number for number, value in enumerate(values) if value.strip()]
            first, last = (span.line + 1 + number for number in (filled[0], filled[-1]))
            return last, len(lines.line(first)) - len(values[filled[0]])
    return 0, 0


FIXERS: Final[Mapping[str, Callable[[Finding, Lines], tuple[Edit, ...]]]] = {"LNK405": run_ldconfig, "SCH005": quote}
