"""A difference as text for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from certify.difference import words
from certify.report.safe import defused, escaped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from certify.difference.model import Difference, FileChange
    from certify.finding import Finding

_MARKS: Final = {"added": "+", "removed": "-", "changed": "~", "up": "^", "down": "v"}
_SHOWN: Final = 60          # files; of packages and findings all are
_FEW: Final = 5             # of them in one folder


def render(difference: Difference) -> str:
    """The difference in lines; what is in it may be hostile, and is shown escaped."""
    return "".join(f"{defused(line)}\n" for line in _lines(difference))


def _lines(difference: Difference) -> Iterator[str]:
    yield f"{escaped(words.title(difference.one))} -> {escaped(words.title(difference.other))}"
    if size := words.size(difference):
        yield f"size: {size}"
    if difference.empty:
        yield "nothing that is compared differs: packages, files, environment, start command, findings"
        return
    for name, before, after in difference.settings:
        yield f"{name}: {_quoted(before)} -> {_quoted(after)}"
    yield from _section("findings", words.counted(came=len(difference.came), gone=len(difference.went)),
                        [*(f"  + {_finding(one)}" for one in difference.came),
                         *(f"  - {_finding(one)}" for one in difference.went)])
    yield from _section("environment", str(len(difference.variables) or "none"),
                        [_changed(one.how, escaped(one.name), one.before, one.after) for one in difference.variables])
    yield from _section("packages", words.of_packages(difference),
                        [_changed(one.how, f"{one.kind}:{escaped(one.name)}", one.before, one.after)
                         for one in difference.packages])
    yield from _section("files", words.of_files(difference), [*_totals(difference), *_files(difference)])


def _section(name: str, counts: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield ""
        yield f"{name}: {counts}"
        yield from lines


def _finding(finding: Finding) -> str:
    place = f"{escaped(finding.path)}: " if finding.path else ""
    return f"{finding.code} {place}{escaped(finding.message)} [{finding.severity}: {finding.name}]"


def _changed(how: str, name: str, before: str | None, after: str | None) -> str:
    values = " -> ".join(escaped(one) for one in (before, after) if one is not None)
    return f"  {_MARKS[how]} {name} {values}"


def _totals(difference: Difference) -> Iterator[str]:
    for kind, one in words.totals(difference):
        counts = words.counted(added=one.added, removed=one.removed, changed=one.changed)
        yield f"  {kind:<14} {words.signed(one.after - one.before):>9}   {counts}"


def _files(difference: Difference) -> Iterator[str]:
    """The largest changes, and of many in one folder a few."""
    rows = list(_grouped(difference.files.changes))
    yield from rows[:_SHOWN]
    if len(rows) > _SHOWN or difference.files.count > len(difference.files.changes):
        yield f"  ... {difference.files.count} in all: --format json has " + (
            "them" if difference.files.count == len(difference.files.changes) else f"the largest {len(difference.files.changes)}")


def _grouped(changes: Iterable[FileChange]) -> Iterator[str]:
    groups: dict[tuple[str, str], list[FileChange]] = {}
    for one in changes:
        if one.kind != "folder" or one.how == "changed":
            groups.setdefault((one.path.rpartition("/")[0], one.how), []).append(one)
    for (folder, how), group in groups.items():
        few = group if len(group) <= _FEW + 1 else group[:_FEW]
        yield from (f"  {_MARKS[how]} {escaped(one.path)}  {escaped(words.of_file(one))}" for one in few)
        if len(group) > len(few):
            yield f"  {_MARKS[how]} {escaped(folder)}/...  {len(group) - len(few)} more"


def _quoted(text: str) -> str:
    return escaped(text) or "(none)"
