"""Silence in the source: ``# certify: ignore[CODE, ...] until=DATE -- reason``; the date may end the reason as well.

Where a comment stands tells what it is for: its own line and the command that goes on from it; on a line of its own,
the next one; on a key, all of the key's value. What is wrong with a comment is a finding itself (SCH008).
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left, bisect_right
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

from builder.recipe import Span
from certify.finding import Edit, Finding
from certify.lint.comments import Comment, comments
from certify.lint.lines import Lines
from certify.policy import Policy
from certify.rules import registry, sch008_bad_suppression

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from builder.recipe import Document
    from certify.containerfile import ContainerDocument
    from certify.rules.subject import Subject

# Other words after "certify:" are prose.
_WORDS: Final = re.compile(r"#[ \t]*(?i:certify):(?P<rest>\s*(?i:ignore|disable|noqa|skip|allow|silence|suppress)\b.*)")
_FORM: Final = re.compile(r"\s*(?i:ignore)\s*\[(?P<codes>[^\]]*)\](?P<after>.*?)(?:\s*--(?:\s+(?P<reason>.*))?)?\s*")
_UNTIL: Final = re.compile(r"(?i:until)\s*=\s*(?P<date>\S+)")
# In a reason: its last word, or anywhere what looks like a date. An end that is passed over would never come.
_UNTIL_WITHIN: Final = re.compile(r"(?<!\w)(?i:until)\s*=\s*(?P<date>\d[^\s),;]*|[^\s),;]+(?=[\s).,;]*\Z))")
MAX_COMMENTS: Final = 500       # of one file; who needs more needs a baseline
_MAX_CODES: Final = 20
_MAX_LENGTH: Final = 1000       # of one comment: the search for its parts goes by the square of the spaces in it
_HELP: Final = "write: # certify: ignore[CODE] -- reason"
_ENDED: Final = "remove it or set a later date"


class _Ignore:
    """One comment, read."""

    def __init__(self, comment: Comment, span: Span) -> None:
        self.comment, self.span, self.reason = comment, span, ""
        self.codes: list[str] = []
        self.faults: list[str] = []
        self.advice = _HELP
        self.used: set[str] = set()

    def misses(self, shown: Iterable[Finding]) -> bool:
        """Whether it is for a finding that is shown, and is wrong: in a text that goes elsewhere, others' words are no fault."""
        return bool(self.faults) and any(finding.span is not None and finding.code in self.codes
                                         and self.comment.first <= finding.span.line <= self.comment.last for finding in shown)


def silence(document: Document | ContainerDocument, subject: Subject, findings: Iterable[Finding], chosen: Callable[[str], bool],
            policy: Policy, today: date | None = None) -> tuple[list[Finding], list[tuple[Finding, str]]]:
    """The findings that remain, with what is wrong with the comments; and those that are silenced, with the reasons."""
    lines = Lines(document.text, document.path)
    found = (comment for comment in comments(document, subject, lines) if _WORDS.search(comment.text))
    ignores = [_parsed(comment, today or datetime.now(UTC).date()) for comment in itertools.islice(found, MAX_COMMENTS)]
    findings = list(findings)
    owners = _owners(ignores, findings)
    shown, silenced = [], []
    for finding in findings:
        here = finding.file == document.path and finding.span is not None
        ignore = owners.get((finding.code, finding.span.line)) if here and finding.span is not None else None
        if ignore is None:
            shown.append(finding)
        else:
            ignore.used.add(finding.code)
            silenced.append((finding, ignore.reason))
    if chosen(sch008_bad_suppression.CODE):
        severity = policy.severity(sch008_bad_suppression.CODE, sch008_bad_suppression.SEVERITY)
        shown += [Finding(code=sch008_bad_suppression.CODE, name=sch008_bad_suppression.NAME, severity=severity, message=message,
                          help=advice, file=document.path, span=ignore.span, fix=fix)
                  for ignore in ignores if not ignore.comment.written or ignore.misses(shown)
                  for message, advice, fix in _complaints(ignore, chosen, lines)]
    return shown, silenced


def _owners(ignores: list[_Ignore], findings: Iterable[Finding]) -> dict[tuple[str, int], _Ignore]:
    """For each code and line with findings the first comment that silences them: hundreds of comments, thousands of findings."""
    lines: dict[str, set[int]] = {}
    for finding in findings:
        if finding.span is not None:
            lines.setdefault(finding.code, set()).add(finding.span.line)
    owners: dict[tuple[str, int], _Ignore] = {}
    for code in {code for one in ignores for code in one.codes} & lines.keys():
        places = sorted(lines[code])
        mine: list[_Ignore | None] = [None] * len(places)
        for one in reversed([one for one in ignores if code in one.codes and not one.faults]):      # the first has the last word
            start, end = bisect_left(places, one.comment.first), bisect_right(places, one.comment.last)
            mine[start:end] = [one] * (end - start)
        owners.update({(code, place): one for place, one in zip(places, mine, strict=True) if one is not None})
    return owners


def _parsed(comment: Comment, today: date) -> _Ignore:
    words = _WORDS.search(comment.text)
    assert words is not None
    start = comment.column + words.start()
    ignore = _Ignore(comment, Span(comment.line, start, comment.line, comment.column + len(comment.text.rstrip())))
    form = _FORM.fullmatch(words["rest"]) if len(words["rest"]) <= _MAX_LENGTH else None
    if form is None:
        ignore.faults.append("this comment is not understood")
        return ignore
    inner, after = form["codes"].split(","), form["after"].strip()
    ignore.codes = [part.strip() for part in inner if part.strip() and not _UNTIL.fullmatch(part.strip())]
    dates = [part.strip() for part in inner if _UNTIL.fullmatch(part.strip())] + ([after] if after else [])
    ignore.reason, late = _reason((form["reason"] or "").strip())
    ignore.faults += _faults(ignore, [*dates, *late], today)
    if len(ignore.faults) > 1:
        ignore.advice = _HELP
    return ignore


def _reason(text: str) -> tuple[str, list[str]]:
    """The reason without the dates in it, and these."""
    dates = [f"until={match['date'].rstrip('.')}" for match in _UNTIL_WITHIN.finditer(text)]
    return (_UNTIL_WITHIN.sub("", text).strip(" \t-,;.()") if dates else text), dates


def _faults(ignore: _Ignore, dates: list[str], today: date) -> Iterator[str]:
    if not ignore.codes:
        yield "it names no code"
    if len(ignore.codes) > _MAX_CODES:
        yield f"it names more than {_MAX_CODES} codes"
    if not ignore.reason:
        yield "it gives no reason"
    for said in dates:
        until = _date(said)
        if until is None:
            yield f"'{said}' is not understood here: until=YYYY-MM-DD"
        elif until < today:
            ignore.advice = _ENDED
            yield f"it ended on {until.isoformat()}"


def _date(said: str) -> date | None:
    match = _UNTIL.fullmatch(said)
    try:
        return date.fromisoformat(match["date"]) if match else None
    except ValueError:
        return None


def _complaints(ignore: _Ignore, chosen: Callable[[str], bool],
                lines: Lines) -> Iterator[tuple[str, str, tuple[Edit, ...]]]:
    if ignore.faults:
        yield "this silences nothing: " + "; ".join(ignore.faults), ignore.advice, ()
        return
    rules = {module.CODE for module in registry.RULES}
    unknown = next((code for code in ignore.codes if code not in rules), None)
    if unknown is not None:
        yield (*_unknown(unknown), ())
    unused = [code for code in ignore.codes if code in rules and code not in ignore.used and chosen(code)]
    if unused:
        yield f"nothing to silence here: {', '.join(unused)}", "remove it: certify lint --fix", (_without(ignore, unused, lines),)


def _unknown(code: str) -> tuple[str, str]:
    from certify.codes import close_to, is_check

    if code in registry.pages():
        return f"{code} cannot be silenced", "mend it"
    if is_check(code):
        return f"{code} is a check on the image, which no comment silences", "only a waiver in the site's policy permits it"
    return f"{code}: no such rule", close_to(code)


def _without(ignore: _Ignore, unused: list[str], lines: Lines) -> Edit:
    """The change that takes codes out of a comment, or the whole comment where none remains."""
    kept = [code for code in ignore.codes if code not in unused]
    line, span = lines.line(ignore.comment.line), ignore.span
    if kept:
        start = span.column - 1
        inner = re.search(r"\[[^\]]*\]", line[start:])
        assert inner is not None
        dated = [part.strip() for part in inner[0][1:-1].split(",") if _UNTIL.fullmatch(part.strip())]
        return Edit(span=Span(span.line, start + inner.start() + 1, span.line, start + inner.end() + 1),
                    text=f"[{', '.join([*kept, *dated])}]")
    before = line[:span.column - 1].rstrip()
    if before:
        return Edit(span=Span(span.line, len(before) + 1, span.line, span.end_column), text="")
    return Edit(span=Span(span.line, 1, span.line + 1, 1), text="")
