"""The comments of a file that may silence something, and the lines that each of them is for.

A recipe's comments are in none of libyaml's events. A ``#`` starts one where a line starts or after a space, unless it
stands in quotes or in a block; in a block or a quoted text that is a step's, it is shell text, and bash's own parser
tells. The reader of Containerfiles keeps their comments.
"""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING, Final, NamedTuple

from builder.recipe.source import Document
from certify.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from builder.recipe import Span
    from certify.containerfile import ContainerDocument
    from certify.lint.lines import Lines
    from certify.rules.subject import Script, Subject

_MARK: Final = "certify:"
_START: Final = pattern(r"(?:(?<=[ \t])|^)#")


class Comment(NamedTuple):
    """A comment from its ``#`` on, and the first and the last line that it is for."""

    text: str
    line: int
    column: int
    first: int
    last: int


def comments(document: Document | ContainerDocument, subject: Subject, lines: Lines) -> list[Comment]:
    """The comments that name us, in the order of the file."""
    if not isinstance(document, Document):
        return sorted(_of_containerfile(document, lines), key=lambda one: (one.line, one.column))
    found = list(_of_yaml(document, lines))
    for script in subject.scripts:
        if _MARK in script.text:
            found += _of_shell(script, document, lines)
    return sorted(found, key=lambda one: (one.line, one.column))


def _of_yaml(document: Document, lines: Lines) -> Iterator[Comment]:
    quoted = sorted(_quoted(document, lines))
    blocks = _Blocks.of(document, lines)
    for number, line in enumerate(lines.all, 1):
        starts = (match.start() + 1 for match in _START.finditer(line)) if _MARK in line else ()
        column = next((one for one in starts if not _is_in(quoted, number, one)), None)
        if column is not None:
            alone = not line[:column - 1].strip()
            target = lines.next_after(number) if alone else number
            yield Comment(lines.line(number)[column - 1:], number, column, target, blocks.end(target, items=alone))


_Stretch = tuple[tuple[int, int], tuple[int, int]]


def _quoted(document: Document, lines: Lines) -> Iterator[_Stretch]:
    """From where to where a ``#`` is text: in quotes, and in blocks but for the line of their ``|``."""
    for route, scalar in document.scalars.items():
        span = document.spans[route]
        if scalar.style in ("|", ">"):
            yield (span.line + 1, 1), (span.end_line, span.end_column)
        elif scalar.style:
            yield (span.line, span.column), (span.end_line, span.end_column)
    for span in document.keys.values():
        if lines.at(span)[:1] in ("'", '"'):
            yield (span.line, span.column), (span.end_line, span.end_column)


def _is_in(stretches: list[_Stretch], line: int, column: int) -> bool:
    before = bisect.bisect_right(stretches, ((line, column), (1 << 30, 0))) - 1
    return before >= 0 and (line, column) < stretches[before][1]


class _Blocks(NamedTuple):
    """The last line of what starts in a line: of the values of its keys, and of its items of lists."""

    keys: dict[int, int]
    items: dict[int, int]

    @classmethod
    def of(cls, document: Document, lines: Lines) -> _Blocks:
        blocks = cls({}, {})
        for route, span in document.spans.items():
            last = _last_line(document, lines, route, span)
            for length in range(1, len(route) + 1):
                part = route[:length]
                table = blocks.items if isinstance(part[-1], int) else blocks.keys
                start = document.spans[part] if table is blocks.items else document.keys.get(part, span)
                table[start.line] = max(last, table.get(start.line, 0))
        return blocks

    def end(self, line: int, *, items: bool) -> int:
        return max(line, self.keys.get(line, 0), self.items.get(line, 0) if items else 0)


def _last_line(document: Document, lines: Lines, route: tuple[str | int, ...], span: Span) -> int:
    scalar = document.scalars.get(route)
    if scalar is None:
        # A collection without brackets ends where the next thing begins: its scalars tell better.
        return span.end_line if lines.line(span.line)[span.column - 1:span.column] in ("{", "[") else span.line
    return span.end_line - 1 if scalar.style in ("|", ">") and span.end_column == 1 else span.end_line


def _of_containerfile(document: ContainerDocument, lines: Lines) -> Iterator[Comment]:
    for number, column, text in document.comments:
        if _MARK in text:
            alone = not lines.line(number)[:column - 1].strip()
            target = lines.next_after(number) if alone else number
            between = alone and lines.line(number - 1).endswith("\\")
            yield Comment(text, number, column, target, target if between else lines.command(target)[1])


def _of_shell(script: Script, document: Document, lines: Lines) -> Iterator[Comment]:
    values = script.text.splitlines()
    for row, column, length in _shell_comments(script.text):
        number, at = _place(script, document, lines, values, (row, column, length))
        if not lines.line(number)[at - 1:].startswith("#"):     # folding or escapes moved it: it is for the whole text
            span = document.span(script.route)
            last = max(span.line, span.end_line - (span.end_column == 1))
            yield Comment(values[row][column:column + length], span.line, span.column, span.line, last)
            continue
        alone = not values[row][:column].strip()
        first, last = lines.command(lines.next_after(number) if alone else number)
        yield Comment(lines.line(number)[at - 1:at - 1 + length], number, at, first, last)


def _place(script: Script, document: Document, lines: Lines, values: list[str], where: tuple[int, int, int]) -> tuple[int, int]:
    """The line and column in the file; as ``Document.inside``, without counting the file's lines again for each."""
    row, column, _ = where
    if document.scalars[script.route].style == "|":
        number = document.span(script.route).line + 1 + row
        return number, len(lines.line(number)) - len(values[row]) + column + 1
    span = document.inside(script.route, *where)
    return span.line, span.column


def _shell_comments(text: str) -> Iterator[tuple[int, int, int]]:
    """Row, column and length of each comment that names us; rows and columns count from 0."""
    from certify.shell.items import Lines as Places
    from certify.shell.parse import parse

    places, root = Places(text), parse(text)
    stack = [root] if root is not None else []
    while stack:
        node = stack.pop()
        if node.type == "comment" and _MARK in text[node.start_byte:node.end_byte]:
            yield places.place(node.start_byte, node.end_byte)
        stack += node.children
