"""What bash's own parser tells of comments: where they are, and where there is only text that a command passes on."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final, NamedTuple

from certify.lint.lines import names_us
from certify.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_SIGNS: Final = 2000        # of one text
_SIGN: Final = pattern(r"(?:(?<=\s)|^)#")


class Text(NamedTuple):
    """Some lines of a shell text that are no shell text: a here-document. ``rows`` are all lines, ``first`` counts from 0."""

    rows: list[str]
    first: int
    end: int

    def comments(self) -> Iterator[tuple[int, int, int, int]]:
        """Row, column and length of what looks like a comment that names us, and the row that it is for."""
        for row in range(self.first, self.end):
            line = self.rows[row]
            found = _SIGN.search(line) if names_us(line) else None
            if found is not None:
                alone = not line[:found.start()].strip()
                target = self._next_after(row) if alone else row
                if target is not None:
                    yield row, found.start(), len(line) - found.start(), target

    def _next_after(self, row: int) -> int | None:
        return next((one for one in range(row + 1, self.end) if self.rows[one].lstrip()[:1] not in ("", "#")), None)


class Texts(NamedTuple):
    """A shell text's comments that name us, each as row, column and length, and the texts that it passes on."""

    comments: list[tuple[int, int, int]]
    written: list[Text]


def whole(text: str) -> Text:
    """A text that is all of it passed on."""
    rows = text.split("\n")
    return Text(rows, 0, len(rows))


def texts(text: str) -> Texts | None:
    """What the parser finds in a shell text; None where reading it would cost too much. Rows and columns count from 0."""
    from certify.shell.items import Lines as Places
    from certify.shell.parse import parse

    places, root = Places(text), parse(text)
    if root is None:
        return None
    rows, found, stack = text.split("\n"), Texts([], []), [root]
    while stack:
        node = stack.pop()
        if node.type == "comment" and names_us(text[node.start_byte:node.end_byte]):
            found.comments.append(places.place(node.start_byte, node.end_byte))
        elif node.type == "heredoc_body" and names_us(text[node.start_byte:node.end_byte]):
            end = node.end_point[0] + (node.end_point[1] > 0)
            found.written.append(Text(rows, node.start_point[0], min(end, len(rows))))
        stack += node.children
    return found


def maybe_comments(text: str) -> Iterator[tuple[int, int, int]]:
    """Where lines of a shell text that name us have what a comment starts with, be it in a string or not."""
    named = ((row, line) for row, line in enumerate(text.split("\n")) if names_us(line))
    found = ((row, match.start(), 1) for row, line in named for match in _SIGN.finditer(line))
    return itertools.islice(found, _MAX_SIGNS)
