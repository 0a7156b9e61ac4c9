"""Findings: by severity, then by code, each code with its cure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from certify.finding import Severity
from certify.report.page.listing import items, more
from certify.report.page.markup import Html, counted, join, name, prose, tag

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from certify.finding import Finding

_WORDS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_MEANING: Final = {Severity.ERROR: "These forbid a certificate.", Severity.INFO: "Worth knowing.",
                   Severity.WARNING: "These will trouble somebody, sooner or later."}
_GROUPS: Final = 60         # codes of one severity: there are fewer rules than that
_LINES: Final = 600         # of one severity, so that a page stays one that can be read
_LEAST, _MOST = 5, 100      # of one code
_OPEN: Final = 8            # that are not folded away


def section(findings: Sequence[Finding]) -> Html:
    """All of them."""
    if not findings:
        return tag("p", "Nothing was found.")
    return join(_degree(severity, [one for one in findings if one.severity is severity]) for severity in Severity)


def _degree(severity: Severity, findings: Sequence[Finding]) -> Html | None:
    if not findings:
        return None
    groups: dict[tuple[str, str], list[Finding]] = {}
    for one in sorted(findings, key=lambda one: (one.code, one.name)):
        groups.setdefault((one.code, one.name), []).append(one)
    shown = list(groups.values())[:_GROUPS]
    room = min(_MOST, max(_LEAST, _LINES // len(shown)))
    left = len(findings) - sum(map(len, shown))
    return tag("section", tag("h3", counted(len(findings), _WORDS[severity])), tag("p", _MEANING[severity], class_="lead"),
               *(_group(one, severity, room) for one in shown), more(left, "of other codes"), class_=str(severity))


def _group(findings: Sequence[Finding], severity: Severity, room: int) -> Html:
    """The findings of one code: what they share is said once."""
    first = findings[0]
    shared = first.help if all(one.help == first.help for one in findings) else None
    lines = [_line(one, with_help=shared is None) for one in findings[:room]]
    count = tag("span", f"{len(findings):,} times", class_="count") if len(findings) > 1 else None
    badge = tag("span", _WORDS[severity], class_="badge")
    return tag("article", tag("h4", badge, " ", name(first.code, 40), " ", prose(first.name, 60), " ", count),
               items(lines, _OPEN, left=len(findings) - len(lines)),
               tag("p", tag("strong", "Cure"), " ", prose(shared), class_="cure") if shared else None,
               tag("p", "More: ", name(f"certify explain {first.code}", 60), class_="page"))


def _line(one: Finding, *, with_help: bool) -> Html:
    """A message; its place too, where the message does not say it itself."""
    place = _place(one)
    return tag("li", prose(one.message), tag("div", name(place), class_="place") if place and place not in one.message else None,
               tag("div", tag("strong", "Cure"), " ", prose(one.help), class_="cure") if with_help and one.help else None,
               *_related(one))


def _related(one: Finding) -> Iterable[Html]:
    for other in one.related[:5]:
        yield tag("div", name(f"{other.file}:{other.span.line}"), " ", prose(other.message), class_="place")


def _place(one: Finding) -> str:
    if one.file is not None:
        return f"{one.file}:{one.span.line}:{one.span.column}" if one.span is not None else one.file
    return one.path or ""
