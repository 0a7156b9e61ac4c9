"""A difference as markdown for the comment on a pull request: what matters first, long lists folded and cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from builder.progress import human_size
from certify.difference import words
from certify.difference.safe import code
from certify.report.safe import defused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from certify.difference.model import Difference
    from certify.finding import Finding

_ROWS: Final = 40           # of a table: forges take comments of 65,536 characters
_OPEN: Final = 10           # rows of a table that is not folded


def render(difference: Difference) -> str:
    """The difference as markdown that GitHub and GitLab show alike; hostile text is in code spans, where it is harmless."""
    return "".join(f"{defused(line)}\n" for line in _lines(difference))


def _lines(difference: Difference) -> Iterator[str]:
    yield f"### {code(difference.one.name)} → {code(difference.other.name)}"
    yield ""
    if difference.empty:
        yield "Nothing that is compared differs: packages, files, environment, start command, findings."
        return
    yield from _table("", ("", "before", "after"), _head(difference))
    yield from _table(f"Findings: {words.counted(came=len(difference.came), gone=len(difference.went))}",
                      ("", "code", "where", "what"),
                      [*(_finding("came", one) for one in difference.came), *(_finding("gone", one) for one in difference.went)])
    yield from _table(f"Environment: {len(difference.variables)}", ("variable", "before", "after"),
                      [(code(one.name), _value(one.before), _value(one.after)) for one in difference.variables])
    yield from _table(f"Packages: {words.of_packages(difference)}", ("", "package", "before", "after"),
                      [(one.how, code(f"{one.kind}:{one.name}"), _value(one.before), _value(one.after))
                       for one in difference.packages])
    yield from _table(f"Files: {words.of_files(difference)}",
                      ("kind", "added", "removed", "changed", "before", "after", "difference"),
                      [(kind, str(one.added), str(one.removed), str(one.changed), human_size(one.before), human_size(one.after),
                        words.signed(one.after - one.before)) for kind, one in words.totals(difference)])
    largest = sorted((one for one in difference.files.changes if one.kind != "folder" or one.how == "changed"),
                     key=lambda one: (-abs((one.after or 0) - (one.before or 0)), one.path))
    yield from _table("The files that make the difference", ("", "file", "what"),
                      [(one.how, code(one.path), code(words.of_file(one))) for one in largest])


def _head(difference: Difference) -> list[tuple[str, ...]]:
    one, other = difference.one, difference.other
    rows = [("digest", *(code(f"sha256:{look.digest[:12]}") if look.digest else "" for look in (one, other)))]
    if one.size and other.size:
        rows.append(("size", human_size(one.size), f"{human_size(other.size)} ({words.signed(other.size - one.size)})"))
    return [*rows, *((name, code(before), code(after)) for name, before, after in difference.settings)]


def _finding(how: str, finding: Finding) -> tuple[str, ...]:
    return how, f"{finding.code} {finding.severity}", _value(finding.path), code(finding.message)


def _value(text: str | None) -> str:
    return "" if text is None else code(text)


def _table(title: str, columns: Sequence[str], rows: Sequence[Iterable[str]]) -> Iterator[str]:
    """A table, folded if it is long, and cut if it is very long. The title is ours, and holds no text of an image."""
    if not rows:
        return
    folded = title and len(rows) > _OPEN
    if title:
        yield f"<details><summary>{title}</summary>" if folded else f"**{title}**"
        yield ""
    yield _row(columns)
    yield _row(["---"] * len(columns))
    yield from map(_row, rows[:_ROWS])
    if len(rows) > _ROWS:
        yield ""
        yield f"and {len(rows) - _ROWS} more"
    yield ""
    if folded:
        yield "</details>"
        yield ""


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
