"""Findings as text for people: where, what, the line itself with carets, and what to do."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from certify.finding import Finding, Severity
from certify.lint.outcome import Sources
from certify.report.formats import NOTHING
from certify.report.safe import defused, escaped, width, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from builder.recipe import Span

MAX_LINE = 160      # characters of a source line that are shown, around the place
_BEFORE = 60

_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.INFO: "36"}


def render(findings: Sequence[Finding], *, colour: bool, columns: int | None = None, sources: Sources | None = None) -> str:
    """One block for each finding, and a last line with the counts; no line longer than ``columns``."""
    sources, paint = sources or Sources(), _Paint(on=colour)
    blocks = ["\n".join(map(defused, _block(finding, sources, paint, columns))) + "\n\n" for finding in findings]
    return "".join(blocks) + counts(findings) + "\n"


def counts(findings: Sequence[Finding]) -> str:
    """How many findings of each severity there are, in words."""
    found = Counter(finding.severity for finding in findings)
    shown = [f"{found[one]} {one}{'s' if found[one] > 1 and one is not Severity.INFO else ''}"
             for one in Severity if found[one]]
    return ", ".join(shown) or NOTHING


def _block(finding: Finding, sources: Sources, paint: _Paint, columns: int | None) -> Iterator[str]:
    kind = f"[{finding.severity}: {finding.name}]"
    head = f"{_place(finding)}: {finding.code} {escaped(finding.message)} {kind}"
    for number, line in enumerate(wrapped(head, columns, "    ")):
        yield _painted(line, finding, paint) if number == 0 else line.replace(kind, _kind(finding, paint))
    if finding.file is not None and finding.span is not None:
        yield from _frame(finding.file, finding.span, sources, paint, columns)
    for other in finding.related:
        place = f"{escaped(other.file)}:{other.span.line}:{other.span.column}"
        yield from wrapped(f"  = see: {place}: {escaped(other.message)}", columns, "    ")
        yield from _frame(other.file, other.span, sources, paint, columns)
    if finding.help:
        yield from wrapped(f"  = help: {escaped(finding.help)}", columns, "    ")


def _painted(head: str, finding: Finding, paint: _Paint) -> str:
    """The first line with its colours: the place, the code, and what kind of finding it is."""
    place = _place(finding)
    if not paint.on or not head.startswith(f"{place}: {finding.code}"):
        return head
    rest = head[len(place) + 2 + len(finding.code):]
    rest = rest.replace(f"[{finding.severity}: {finding.name}]", _kind(finding, paint))
    return f"{paint.bold(place)}: {paint.severity(finding.severity, finding.code)}{rest}"


def _kind(finding: Finding, paint: _Paint) -> str:
    return f"[{paint.severity(finding.severity, f'{finding.severity}: {finding.name}')}]"


def _frame(file: str, span: Span, sources: Sources, paint: _Paint, columns: int | None) -> Iterator[str]:
    line = sources.line(file, span.line)
    if line is not None:
        yield from _quoted(line, span, paint, columns)


def _place(finding: Finding) -> str:
    if finding.file is not None and finding.span is not None:
        return f"{escaped(finding.file)}:{finding.span.line}:{finding.span.column}"
    return f"image {escaped(finding.path)}" if finding.path else escaped(finding.file or "image")


def _quoted(line: str, span: Span, paint: _Paint, columns: int | None) -> Iterator[str]:
    number = str(span.line)
    start = min(span.column - 1, len(line))
    end = span.end_column - 1 if span.end_line == span.line else len(line)
    first, last = _window(line, start, end, MAX_LINE if columns is None else columns - len(number) - 5)
    cut = "..." if first else ""
    shown = cut + escaped(line[first:last]) + ("..." if len(line) > last else "")
    before = width(cut + escaped(line[first:start]))
    carets = "^" * max(1, width(escaped(line[start:max(start, min(end, last))])))
    yield f"  {number} | {shown}"
    yield f"  {' ' * len(number)} | {' ' * before}{paint.bold(carets)}"


def _window(line: str, start: int, end: int, room: int) -> tuple[int, int]:
    """The part of a line that is shown: all of it if it fits, otherwise what stands around the place."""
    if len(line) <= MAX_LINE and width(escaped(line)) <= room:
        return 0, len(line)
    room = max(room - 6, 20)        # without the dots at both ends
    before = min(_BEFORE, max(0, room - width(escaped(line[start:min(end, start + room)]))) * 3 // 4)
    first = start - _fitting(line[max(0, start - before):start][::-1], before)
    last = first + _fitting(line[first:first + room], room)
    return first, max(last, min(start + 1, len(line)))


def _fitting(text: str, room: int) -> int:
    """How many characters of a text fit into some columns."""
    if text.isascii() and text.isprintable():
        return min(len(text), max(0, room))
    taken = 0
    for number, letter in enumerate(text):
        taken += width(escaped(letter))
        if taken > room:
            return number
    return len(text)


class _Paint(NamedTuple):
    on: bool

    def severity(self, severity: Severity, text: str) -> str:
        return self._in(f"1;{_COLOURS[severity]}", text)

    def bold(self, text: str) -> str:
        return self._in("1", text)

    def _in(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.on else text
