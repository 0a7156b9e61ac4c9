"""Where the commands of a shell text put files: prefixes, and targets of copies and redirections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from certify.shell import prefixes, targets
from certify.shell.items import Assigned, Command, Lines
from certify.shell.reader import read
from certify.shell.targets import Target

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_WRITING = frozenset({">", ">>", ">|", "&>", "&>>"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A path that a command writes to, and where that stands in the text (line and column count from 0).

    ``what`` is the construct, such as ``--prefix`` or ``cp``. ``prefix`` tells an installation's place, which
    the software will look for again, from a mere file; ``folder`` marks what only makes an empty folder.
    ``path`` may hold fold.UNKNOWN.
    """

    path: str
    what: str
    prefix: bool
    folder: bool
    line: int
    column: int
    length: int


def destinations(text: str, known: Mapping[str, str] | None = None) -> Iterator[Destination]:
    """Every absolute path that a text installs or writes to, in order."""
    lines, seen = Lines(text), set[tuple[str, int, int]]()
    for target in _targets(text, known):
        for path in target.paths:
            if path.startswith("/") and (path, target.start, target.end) not in seen:
                seen.add((path, target.start, target.end))
                line, column, length = lines.place(target.start, target.end)
                yield Destination(path=path, what=target.what, prefix=target.prefix, folder=target.folder,
                                  line=line, column=column, length=length)


def _targets(text: str, known: Mapping[str, str] | None) -> Iterator[Target]:
    exported: dict[str, Assigned] = {}
    for item in read(text, known):
        if isinstance(item, Command):
            yield from prefixes.of(item, exported)
            yield from targets.of(item.words)
        elif isinstance(item, Assigned):
            if item.how == "export":
                exported[item.name] = item
        elif item.operator in _WRITING:
            yield Target.at(item.target, item.target.values, item.operator)
