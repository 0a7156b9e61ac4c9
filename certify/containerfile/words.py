"""The small grammars inside an instruction: words with quotes, flags, JSON lists, names of here-documents."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from certify.containerfile.mapped import Mapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.containerfile.mapped import Piece

_BLANK = re.compile(r"\s*")
_FLAG = re.compile(r"--([A-Za-z][A-Za-z0-9-]*)(=?)")
_HEREDOC = re.compile(r"\d*<<(-?)([^<]+)")
_QUOTES = re.compile(r"['\"\\]")
_QUOTED = r'(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*'
_STRING = re.compile(rf'\s*"({_QUOTED})"\s*([,\]])')
_ITEM = re.compile(rf'\s*(?:("){_QUOTED}"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)\s*([,\]])')
_JSON_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))")
_JSON_CHARACTER = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


@dataclass(frozen=True, slots=True)
class Token:
    """A stretch of an instruction's line."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Flag:
    """An option such as ``--from=build``; the token is its value."""

    name: str
    value: Token
    whole: Token


@dataclass(frozen=True, slots=True)
class Mark:
    """What announces a here-document: ``<<-'EOF'``. ``literal`` if its variables stay as they are."""

    name: str
    token: Token
    chomp: bool
    literal: bool


@functools.cache
def _word(escape: str) -> re.Pattern[str]:
    sign = re.escape(escape)
    return re.compile(rf"""(?:{sign}.|'[^']*'|"(?:{sign}.|[^"{sign}])*"|[^\s'"{sign}])+""", re.DOTALL)


def words(text: str, start: int, end: int, escape: str) -> Iterator[Token]:
    """Words divided by blanks, quotes and escapes as they stand; an open quote goes on to the end."""
    pattern = _word(escape)
    at = skip(text, start, end)
    while at < end:
        match = pattern.match(text, at, end)
        stop = match.end() if match else at
        if stop < end and not text[stop].isspace():
            stop = end
        yield Token(at, stop)
        at = skip(text, stop, end)


def skip(text: str, start: int, end: int) -> int:
    """The offset of what is no blank."""
    match = _BLANK.match(text, start, end)
    return match.end() if match else start


def flags(text: str, start: int, end: int, escape: str) -> Iterator[Flag]:
    """The options before the first word that is none."""
    for token in words(text, start, end, escape):
        match = _FLAG.match(text, token.start, token.end)
        if match is None:
            return
        yield Flag(match[1], Token(match.end(), token.end), token)


def marks(text: str, start: int, end: int, escape: str) -> Iterator[Mark]:
    """The here-documents that a line announces."""
    if text.find("<<", start, end) < 0:
        return
    for token in words(text, start, end, escape):
        match = _HEREDOC.fullmatch(text, token.start, token.end)
        if match is not None:
            name = _QUOTES.sub("", match[2])
            yield Mark(name, token, chomp=bool(match[1]), literal=name != match[2])


def strings(line: Mapped, start: int, end: int) -> list[tuple[Mapped, Token]] | None:
    """The strings of a JSON list and where they stand, without quotes; None if the text is no such list."""
    if not line.text.startswith("[", start):
        return None
    if line.text[start + 1:end].strip() == "]":
        return []
    found, at, more = [], start + 1, True
    while more:
        match = _STRING.match(line.text, at, end)
        if match is None:
            return None
        found.append((_unescaped(line, *match.span(1)), Token(*match.span(1))))
        at, more = match.end(), match[2] == ","
    return found if skip(line.text, at, end) == end else None


def is_mixed(text: str, start: int, end: int) -> bool:
    """Whether the text is a JSON list in which not all are strings."""
    at, strings_only, more = start + 1, True, text.startswith("[", start)
    while more:
        match = _ITEM.match(text, at, end)
        if match is None:
            return False
        strings_only &= match[1] == '"'
        at, more = match.end(), match[2] == ","
    return not strings_only and skip(text, at, end) == end


def _unescaped(line: Mapped, start: int, end: int) -> Mapped:
    return Mapped(_json_pieces(line, start, end), line.place(start, start)[0])


def _json_pieces(line: Mapped, start: int, end: int) -> Iterator[Piece]:
    at = start
    for match in _JSON_ESCAPE.finditer(line.text, start, end):
        yield from line.cut(at, match.start())
        character = chr(int(match[1], 16)) if match[1] else _JSON_CHARACTER.get(match[2], match[2])
        yield (_harmless(character), *line.place(*match.span()))
        at = match.end()
    yield from line.cut(at, end)


def _harmless(character: str) -> str:
    """Half of a surrogate pair is no character that can be written out again, and NUL means "unknown"."""
    return "\ufffd" if character == "\0" or "\ud800" <= character <= "\udfff" else character
