"""Findings as text for people: where, what, the line itself with carets, and what to do."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from builder.recipe.source import MAX_BYTES
from certify.finding import Finding, Severity
from certify.report.safe import escaped, width

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from builder.recipe import Span

MAX_LINE = 160      # characters of a source line that are shown, around the place
_BEFORE = 60

_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.INFO: "36"}


def render(findings: Sequence[Finding], *, colour: bool) -> str:
    """One block for each finding, and a last line with the counts."""
    sources, paint = _Sources(), _Paint(on=colour)
    blocks = ["\n".join(_block(finding, sources, paint)) + "\n\n" for finding in findings]
    return "".join(blocks) + counts(findings) + "\n"


def counts(findings: Sequence[Finding]) -> str:
    """How many findings of each severity there are, in words."""
    found = Counter(finding.severity for finding in findings)
    shown = [f"{found[one]} {one}{'s' if found[one] > 1 and one is not Severity.INFO else ''}"
             for one in Severity if found[one]]
    return ", ".join(shown) or "no findings"


def _block(finding: Finding, sources: _Sources, paint: _Paint) -> Iterator[str]:
    kind = paint.severity(finding.severity, f"{finding.severity}: {finding.name}")
    code = paint.severity(finding.severity, finding.code)
    yield f"{paint.bold(_place(finding))}: {code} {escaped(finding.message)} [{kind}]"
    if finding.file is not None and finding.span is not None:
        line = sources.line(finding.file, finding.span.line)
        if line is not None:
            yield from _quoted(line, finding.span, paint)
    if finding.help:
        yield f"  = help: {escaped(finding.help)}"


def _place(finding: Finding) -> str:
    if finding.file is not None and finding.span is not None:
        return f"{escaped(finding.file)}:{finding.span.line}:{finding.span.column}"
    return f"image {escaped(finding.path)}" if finding.path else escaped(finding.file or "image")


def _quoted(line: str, span: Span, paint: _Paint) -> Iterator[str]:
    start = min(span.column - 1, len(line))
    end = span.end_column - 1 if span.end_line == span.line else len(line)
    first = max(0, start - _BEFORE) if len(line) > MAX_LINE else 0
    last = first + MAX_LINE
    cut = "..." if first else ""
    shown = cut + escaped(line[first:last]) + ("..." if len(line) > last else "")
    before = width(cut + escaped(line[first:start]))
    carets = "^" * max(1, width(escaped(line[start:max(start, min(end, last))])))
    number = str(span.line)
    yield f"  {number} | {shown}"
    yield f"  {' ' * len(number)} | {' ' * before}{paint.bold(carets)}"


@dataclass(slots=True)
class _Sources:
    """The lines of the files that findings stand in; nothing for what cannot be read."""

    files: dict[str, list[str]] = field(default_factory=dict)

    def line(self, file: str, number: int) -> str | None:
        if file not in self.files:
            self.files[file] = _lines(Path(file))
        lines = self.files[file]
        return lines[number - 1] if 0 < number <= len(lines) else None


def _lines(path: Path) -> list[str]:
    try:
        if not path.is_file():      # a pipe would make us wait
            return []
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES).decode("utf-8-sig", errors="replace").splitlines()
    except (OSError, ValueError):
        return []


@dataclass(frozen=True, slots=True, kw_only=True)
class _Paint:
    on: bool

    def severity(self, severity: Severity, text: str) -> str:
        return self._in(f"1;{_COLOURS[severity]}", text)

    def bold(self, text: str) -> str:
        return self._in("1", text)

    def _in(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.on else text
