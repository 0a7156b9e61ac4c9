"""What a word of an instruction will be: quotes, escapes and variables as BuildKit takes them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from certify.containerfile.mapped import Mapped
from certify.shell.fold import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from certify.containerfile.mapped import Piece

    Lookup = Callable[[str], str | None]
    Report = Callable[[int, int, str], None]

_ALWAYS = "PATH"        # set in every image, and by builders where it is not
MAX_DEPTH = 20          # of ${a:-${b:-...}}
MAX_VALUE = 2048        # so much may variables add to a word: doubling one thirty times would fill the memory

_NAME = re.compile(r"\$([A-Za-z_]\w*)", re.ASCII)
_BRACED = re.compile(r"\$\{([A-Za-z_]\w*)(\}|:?[-+?]|##?|%%?|//?)", re.ASCII)
_WRONG = re.compile(r"\$\{[A-Za-z_]\w*(?:[\^,=@.~!*\[ ]|:[=\d]|$)", re.ASCII)       # ${a^^}, ${a:=b}, ${a at the end


def expand(line: Mapped, start: int, end: int, lookup: Lookup, *, escape: str = "\\", quotes: bool = True,
           as_written: bool = False, report: Report | None = None) -> Mapped:
    """A stretch of a line with its variables in place, and without its quotes unless ``quotes`` is false.

    What only the build knows becomes UNKNOWN characters, as many as it has in the file, or stays ``as_written``.
    What no builder takes (a quote that never closes, ``${a^^}``) is told to ``report`` by its offsets in the file.
    """
    reader = _Expander(line, end, lookup, escape, quotes=quotes, as_written=as_written)
    reader.report = report
    return Mapped(reader.pieces(start), line.place(start, start)[0])


class _Expander:
    def __init__(self, line: Mapped, end: int, lookup: Lookup, escape: str, *, quotes: bool, as_written: bool) -> None:
        self.line, self.end, self.lookup, self.escape = line, end, lookup, escape
        self.quotes, self.as_written = quotes, as_written
        self.at = self.grown = 0
        self.report: Report | None = None
        marks = "$" + escape + ("'\"" if quotes else "")
        self.special = re.compile(f"[{re.escape(marks)}]")
        self.special_or_brace = re.compile(f"[{re.escape(marks)}}}]")

    def pieces(self, start: int) -> Iterator[Piece]:
        self.at = start
        return self._until(self.special, 0)

    def _until(self, special: re.Pattern[str], depth: int) -> Iterator[Piece]:
        """Up to the end, or to a closing brace where that is special."""
        text, quote, opened = self.line.text, "", 0
        while self.at < self.end:
            match = special.search(text, self.at, self.end)
            stop = match.start() if match else self.end
            yield from self.line.cut(self.at, stop)
            self.at = stop
            sign = text[stop:stop + 1] if match else ""
            if sign == "}" and not quote:
                return
            if sign in ("'", '"') and quote in ("", sign):
                quote, opened = "" if quote else sign, stop
                self.at += 1
            elif sign:
                yield from self._sign(sign, quote, depth)
        if quote:
            self._tell(opened, opened + 1, "this quote is never closed")

    def _tell(self, begin: int, end: int, message: str) -> None:
        """Tell what no builder takes: once, as one mistake has others in its wake."""
        if self.report is not None:
            self.report(*self.line.place(begin, end), message)
            self.report = None

    def _sign(self, sign: str, quote: str, depth: int) -> Iterator[Piece]:
        if sign == self.escape and quote != "'":
            yield from self._escaped(quote)
        elif sign == "$" and quote != "'":
            yield from self._variable(depth)
        else:
            yield from self._literal(1)

    def _literal(self, length: int) -> Iterator[Piece]:
        begin, self.at = self.at, min(self.end, self.at + length)
        yield from self.line.cut(begin, self.at)

    def _escaped(self, quote: str) -> Iterator[Piece]:
        following = self.line.text[self.at + 1:min(self.at + 2, self.end)]
        if quote == '"' and following not in ('"', "$", self.escape):
            yield from self._literal(2)
        elif not self.quotes and following not in ("$", self.escape):
            yield from self._literal(1)
        elif following:
            self.at += 2
            yield (following, *self.line.place(self.at - 2, self.at))
        else:
            self.at += 1

    def _variable(self, depth: int) -> Iterator[Piece]:
        begin = self.at
        plain = _NAME.match(self.line.text, begin, self.end)
        if plain is not None:
            self.at = plain.end()
            yield self._value(self.lookup(plain[1]), begin)
            return
        braced = _BRACED.match(self.line.text, begin, self.end)
        if braced is None:
            wrong = _WRONG.match(self.line.text, begin, self.end)
            if wrong is not None:
                self._tell(begin, wrong.end(), "no builder knows this substitution")
            yield from self._literal(1)
            return
        self.at = braced.end()
        yield from self._modified(braced, begin, depth)

    def _modified(self, braced: re.Match[str], begin: int, depth: int) -> Iterator[Piece]:
        value, operator = self.lookup(braced[1]), braced[2]
        if operator == "}":
            yield self._value(value, begin)
            return
        word = self._word(begin, depth)
        is_set = (value is not None or braced[1] == _ALWAYS) and not (operator.startswith(":") and value == "")
        if word is None or operator[-1] not in "-+":
            yield self._value(value if operator[-1] == "?" else None, begin)
        elif is_set == (operator[-1] == "+"):
            yield from word
        elif is_set:
            yield self._value(value, begin)

    def _word(self, begin: int, depth: int) -> list[Piece] | None:
        """What stands before the closing brace; None if it is nested too deep or never closed."""
        if depth < MAX_DEPTH:
            pieces = list(self._until(self.special_or_brace, depth + 1))
            if self.line.text.startswith("}", self.at) and self.at < self.end:
                self.at += 1
                return pieces
            self._tell(begin, begin + 2, "this brace is never closed")
        self.at = self.end
        return None

    def _value(self, value: str | None, begin: int) -> Piece:
        self.grown += len(value or "")
        if value is None or self.grown > MAX_VALUE or (self.as_written and UNKNOWN in value):
            value = self.line.text[begin:self.at] if self.as_written else UNKNOWN * (self.at - begin)
        return (value, *self.line.place(begin, self.at))
