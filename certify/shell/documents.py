"""Here-documents where the grammar can read them: behind their command, and each right after the line that announces it.

Bash takes ``<<A cat > f && <<B cat > g``, and reads both texts after the line. The grammar knows neither a document before its
command nor a second one in a line, and loses what follows a semicolon. Such a text is parsed in another order, as two lines with
a text each; where each piece stood is kept. Where the order is in doubt, the text stays as it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from certify.shell.script import Script

_ODD = re.compile(r"(?:^|[;&|({!]|\bthen|\bdo|\belse)[ \t]*\d?<<-?[ \t]*[\w'\"\\]|<<[^\n]*(?:<<|[;&])", re.MULTILINE)
_TOKEN = re.compile(r"\\.|'[^']*'|\"(?:[^\"\\]|\\.)*\"|(?<![^\s;&|(])#[^\n]*|\$?\(\([^\n]{0,80}?\)\)|<<<|[<>]&|&>|>\|"
                    r"|(?P<mark>\d?<<(?P<tabs>-?)[ \t]*(?P<name>'[^'\n]+'|\"[^\"\n]+\"|\\?[\w.+-]+))"
                    r"|(?P<operator>&&|\|\||\|&|;;&?|;&|;|&|\|)|(?P<nested>[(`])|(?P<closing>\))|(?P<end>\n)", re.DOTALL)
_BEGINS = re.compile(r"\s*(?:(?:then|do|else|[{!])\s+)?")
_SHELL = re.compile(r"\s*(?:\S{0,40}/)?(?:ba|da|z|k)?sh\b")      # its document read as commands is what it makes of it
_ENDS = frozenset({"&&", ";", "&"})     # what stands between commands that may as well be in two lines


@dataclass(frozen=True, slots=True)
class _Mark:
    """The announcement of a document, from start to end; ``early`` if it stands before its command."""

    start: int
    end: int
    name: str
    tabs: bool
    early: bool


@dataclass(slots=True)
class _Line:
    """A line that announces documents: its operators and the ends of its commands, in order."""

    marks: list[_Mark] = field(default_factory=list)
    operators: list[tuple[int, str]] = field(default_factory=list)
    stops: list[int] = field(default_factory=list)
    nested: bool = False


@dataclass(slots=True)
class _Pieces:
    """The new text, and where each piece of it starts there and in the old one."""

    source: str
    parts: list[str] = field(default_factory=list)
    places: list[tuple[int, int]] = field(default_factory=list)
    length: int = 0

    def take(self, start: int, end: int) -> None:
        """A piece of the old text."""
        self.put(self.source[start:end], start)

    def put(self, text: str, start: int) -> None:
        """A text that stands for what was at ``start``."""
        if text:
            self.parts.append(text)
            self.places.append((self.length, start))
            self.length += len(text)


def straightened(script: Script) -> Script:
    """A script whose documents stand where the grammar can read them; mostly the same one."""
    if "<<" not in script.text or _ODD.search(script.text) is None:
        return script
    pieces, at = _Pieces(script.text), 0
    changed = False
    while at < len(script.text):
        line, end = _line(script.text, at)
        bodies = _bodies(script.text, end, line.marks)
        if bodies is None:
            break
        after = bodies[-1][1] if bodies else end
        if bodies and (_breaks(line) or any(mark.early and not _SHELL.match(script.text, mark.end) for mark in line.marks)):
            _rewrite(pieces, at, end, line, bodies)
            changed = True
        else:
            pieces.take(at, after)
        at = after
    if not changed:
        return script
    pieces.take(at, len(script.text))
    return replace(script, text="".join(pieces.parts), source=script.text, places=tuple(pieces.places))


def _line(text: str, at: int) -> tuple[_Line, int]:
    """A line with what it has of documents, and where the next one starts."""
    line, fresh, last = _Line(), True, at
    while (match := _TOKEN.search(text, last)) is not None:
        kind, between = match.lastgroup, text[last:match.start()]
        fresh = fresh and _BEGINS.fullmatch(between) is not None
        if kind == "end":
            line.stops.append(match.start())
            return line, match.end()
        if match["mark"] is not None:
            line.marks.append(_Mark(match.start(), match.end(), _bare(match["name"]), match["tabs"] != "", fresh))
            last = match.end()
            continue
        if match[0] == "\\\n":
            last = match.end()
            continue
        if kind in ("operator", "closing") or match[0].startswith("#"):
            line.stops.append(match.start())
        if kind == "operator":
            line.operators.append((match.start(), match[0]))
        line.nested = line.nested or (kind == "nested" and bool(line.marks))
        fresh, last = kind in ("operator", "nested"), match.end()
    line.stops.append(len(text))
    return line, len(text)


def _bare(name: str) -> str:
    return name[1:] if name.startswith("\\") else name.strip("'\"")


def _bodies(text: str, at: int, marks: list[_Mark]) -> list[tuple[int, int]] | None:
    """Where the text of each document starts and where it ends, with its last line; None if one has no end."""
    found = []
    for mark in marks:
        start, line = at, None
        while line != mark.name:
            if at >= len(text):
                return None
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            line = text[at:end].lstrip("\t") if mark.tabs else text[at:end]
            at = min(len(text), end + 1)
        found.append((start, at))
    return found


def _breaks(line: _Line) -> list[tuple[int, str]]:
    """The operators at which a line is divided, so that each part announces one document or none."""
    found, last = [], line.marks[-1]
    starts = [mark.start for mark in line.marks]
    for mark, following in zip(starts, (*starts[1:], None), strict=True):
        operator = next(((at, text) for at, text in line.operators if at > mark and text not in ("|", "|&")), None)
        if operator is None or (following is not None and operator[0] > following):
            if following is not None:
                return []
        elif mark != last.start or operator[1] != "&&":
            found.append(operator)
    return found if not line.nested and all(text in _ENDS for _, text in found) else []


def _rewrite(pieces: _Pieces, at: int, end: int, line: _Line, bodies: list[tuple[int, int]]) -> None:
    """A line with its documents: marks go behind their commands, texts behind the part that announces them."""
    breaks = _breaks(line)
    for place, operator in breaks:
        _put_part(pieces, at, place, line)
        pieces.put("\n", place)
        first, *bodies = bodies
        _put_body(pieces, first)
        at = place + len(operator)
    _put_part(pieces, at, end, line)
    if bodies and pieces.parts[-1][-1:] != "\n":
        pieces.put("\n", end - 1)
    for body in bodies:
        _put_body(pieces, body)


def _put_body(pieces: _Pieces, body: tuple[int, int]) -> None:
    pieces.take(*body)
    if pieces.parts[-1][-1:] != "\n":       # the last line of all
        pieces.put("\n", body[1] - 1)


def _put_part(pieces: _Pieces, at: int, end: int, line: _Line) -> None:
    early = [mark for mark in line.marks if mark.early and at <= mark.start < end]
    for mark in early:
        stop = min(end, next(one for one in line.stops if one > mark.start))
        command = len(pieces.source[:stop].rstrip(" \t")) if stop > mark.end else mark.end
        pieces.take(at, mark.start)
        pieces.take(mark.end, command)
        pieces.put(" ", mark.start)
        pieces.take(mark.start, mark.end)
        at = command
    pieces.take(at, end)
