"""The comments of a file that may silence something, and the lines that each of them is for.

A recipe's comments are in none of libyaml's events. A ``#`` starts one where a line starts or after a space, unless it
stands in quotes or in a block; in a block or a quoted text that is a step's, it is shell text, and bash's own parser
tells. The reader of Containerfiles keeps their comments, and all that may be one in a RUN: there bash's parser tells, too.
A text that is written into a file or fed to a program holds lines that findings stand in: what looks like a comment there
is taken for one of ours where it is for such a finding, and for anybody's words otherwise.
"""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING, Final, NamedTuple

from builder.recipe.source import Document
from certify.lint.lines import names_us
from certify.lint.shelltext import Text, maybe_comments, texts, whole
from certify.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from builder.recipe import Route, Span
    from certify.containerfile import ContainerDocument
    from certify.lint.lines import Lines
    from certify.rules.subject import Script, Subject

_START: Final = pattern(r"(?:(?<=[ \t])|^)#")


class Comment(NamedTuple):
    """A comment from its ``#`` on, and the first and the last line that it is for.

    One that is ``written`` stands in a text that goes elsewhere: it may be meant for others.
    """

    text: str
    line: int
    column: int
    first: int
    last: int
    written: bool = False


def comments(document: Document | ContainerDocument, subject: Subject, lines: Lines) -> list[Comment]:
    """The comments that name us, in the order of the file."""
    if not isinstance(document, Document):
        return sorted(_of_containerfile(document, subject, lines), key=lambda one: (one.line, one.column))
    found = list(_of_yaml(document, lines))
    for script in subject.scripts:
        if names_us(script.text):
            found += _of_shell(script, document, lines)
    return sorted(found, key=lambda one: (one.line, one.column))


def _of_yaml(document: Document, lines: Lines) -> Iterator[Comment]:
    quoted = sorted(_quoted(document, lines))
    blocks = _Blocks.of(document, lines)
    for number, line in enumerate(lines.all, 1):
        starts = (match.start() + 1 for match in _START.finditer(line)) if names_us(line) else ()
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


def _of_containerfile(document: ContainerDocument, subject: Subject, lines: Lines) -> Iterator[Comment]:
    places = {(number, column) for number, column, text in document.comments if names_us(text)}
    written: list[Comment] = []
    for script in subject.scripts:
        found = texts(script.text) if names_us(script.text) else None
        if found is not None:
            places -= {_start(document, script.route, one) for one in maybe_comments(script.text)}
            places |= {_start(document, script.route, one) for one in found.comments}
            written += (one for text in found.written for one in _of_written(document, script.route, text, lines))
    for file in subject.written:
        if names_us(file.text):
            written += _of_written(document, file.route, whole(file.text), lines)
    for number, column in places:
        alone = not lines.line(number)[:column - 1].strip()
        target = lines.next_after(number) if alone else number
        between = alone and lines.line(number - 1).endswith("\\")
        yield Comment(lines.line(number)[column - 1:], number, column, target,
                      target if between else lines.command(target)[1])
    yield from written


def _start(document: ContainerDocument, route: Route, where: tuple[int, int, int]) -> tuple[int, int]:
    span = document.inside(route, *where)
    return span.line, span.column


def _of_written(document: ContainerDocument, route: Route, text: Text, lines: Lines) -> Iterator[Comment]:
    for row, column, length, target in text.comments():
        number, at = _start(document, route, (row, column, length))
        line = _start(document, route, (target, 0, 1))[0]
        yield Comment(lines.line(number)[at - 1:], number, at, line, line, written=True)


def _of_shell(script: Script, document: Document, lines: Lines) -> Iterator[Comment]:
    values = script.text.splitlines()
    found = texts(script.text)
    if found is None:
        return
    for row, column, length in found.comments:
        number, at = _place(script, document, lines, values, (row, column, length))
        if not lines.line(number)[at - 1:].startswith("#"):     # folding or escapes moved it: it is for the whole text
            span = document.span(script.route)
            last = max(span.line, span.end_line - (span.end_column == 1))
            yield Comment(values[row][column:column + length], span.line, span.column, span.line, last)
            continue
        alone = not values[row][:column].strip()
        first, last = lines.command(lines.next_after(number) if alone else number)
        yield Comment(lines.line(number)[at - 1:at - 1 + length], number, at, first, last)
    for text in found.written if document.scalars[script.route].style == "|" else ():
        for row, column, length, target in text.comments():
            number, at = _place(script, document, lines, values, (row, column, length))
            line = number + target - row
            yield Comment(lines.line(number)[at - 1:], number, at, line, line, written=True)


def _place(script: Script, document: Document, lines: Lines, values: list[str], where: tuple[int, int, int]) -> tuple[int, int]:
    """The line and column in the file; as ``Document.inside``, without counting the file's lines again for each."""
    row, column, _ = where
    if document.scalars[script.route].style == "|":
        number = document.span(script.route).line + 1 + row
        return number, len(lines.line(number)) - len(values[row]) + column + 1
    span = document.inside(script.route, *where)
    return span.line, span.column
