"""Applies edits to a text, until there is nothing more to mend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certify.fix.fixers import FIXERS
from certify.lint.lines import Lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from certify.finding import Edit, Finding
    from certify.lint.judge import Judged

MAX_ROUNDS = 10     # what is mended can show more: a recipe that is read at last is judged by the rules


def fixable(finding: Finding, file: str, lines: Lines) -> tuple[Edit, ...]:
    """The edits that mend a finding in a file; none where that is not safe, or not known."""
    if finding.file != file or finding.span is None:
        return ()
    fixer = FIXERS.get(finding.code)
    return finding.fix or (fixer(finding, lines) if fixer is not None else ())


def apply(text: str, file: str, findings: Iterable[Finding]) -> tuple[str, int]:
    """The text with the findings mended, and how many changes that took; of two that touch, only the first is made."""
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    body = text[len(mark):]
    lines = Lines(body, file)
    places = sorted((lines.offset(edit.span.line, edit.span.column), lines.offset(edit.span.end_line, edit.span.end_column),
                     edit.text) for finding in findings for edit in fixable(finding, file, lines))
    pieces, done, count = [mark], 0, 0
    for start, end, new in places:
        if start >= done:
            pieces += (body[done:start], new)
            done, count = end, count + 1
    return "".join((*pieces, body[done:])), count


def mend(data: bytes, file: str, judge: Callable[[bytes], Judged]) -> bytes:
    """The bytes of a file with all mended that can be; the same ones where there is nothing, or no text."""
    return mended(data, file, judge)[0]


def mended(data: bytes, file: str, judge: Callable[[bytes], Judged]) -> tuple[bytes, int]:
    """The same, and how many changes that took."""
    total = 0
    for _ in range(MAX_ROUNDS):
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            break
        changed, count = apply(text, file, judge(data).findings)
        if not count:
            break
        data, total = changed.encode("utf-8"), total + count
    return data, total
