"""What ed, ex and sed put into files by a script that they read from their input."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from certify.shell.output import MAX_PROGRAM, put_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from certify.shell.items import Word

EDITORS = {"ed": "ed", "red": "ed", "ex": "ed", "sed": "sed", "gsed": "sed"}

_APPENDS = re.compile(r"(?![wrefE] )(?:.{0,200}[^\w\s\\]|\d{0,9})[ \t]{0,9}[aic]!?\n?")
_IN_PLACE = re.compile(r"-[nrEsz]{0,9}i.*|--in-place.*")
_FROM_INPUT = re.compile(r"(?:-f|--file=?)?(?:-|/dev/stdin)")
_READS = re.compile(r"r\s*/dev/stdin\b")


def edited(words: Sequence[Word]) -> tuple[str, ...] | None:
    """The files that an editor changes by the script on its input; None if its input is none, or it changes no file."""
    name = words[0].value.rpartition("/")[2]
    files = [word for word in words[1:] if not word.value.startswith(("-", "+"))]
    if EDITORS[name] == "ed":
        return files[-1].values if files and not any(word.value == "-c" for word in words) else None
    given = any(_FROM_INPUT.fullmatch(word.value) for word in words[1:])
    return files[-1].values if given and files and in_place(words) else None


def in_place(words: Sequence[Word]) -> bool:
    """Whether sed changes its files."""
    return any(_IN_PLACE.fullmatch(word.value) for word in words[1:])


def reads_in(words: Sequence[Word]) -> bool:
    """Whether sed puts the text of its input into the file that it changes."""
    return in_place(words) and any(_READS.search(word.value) for word in words[1:])


def edits(editor: str, script: str) -> Iterator[tuple[int | None, str]]:
    """The texts that a script puts in, and where in it each starts; None for what is not there as it stands."""
    if editor == "sed":
        yield from ((None, text) for text, _ in put_in(script))
        return
    at, start = 0, None
    for line in script[:MAX_PROGRAM].splitlines(keepends=True):
        if start is not None and line.rstrip("\n") == ".":
            yield start, script[start:at]
            start = None
        elif start is None and _APPENDS.fullmatch(line):
            start = at + len(line)
        elif start is None:
            yield from ((None, text) for text, _ in put_in(line))
        at += len(line)
    if start is not None:
        yield start, script[start:at]
