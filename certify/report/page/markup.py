"""HTML in which text cannot become markup: whatever was not made here is escaped when it is put in.

Names in an image are made by anybody. Beside what HTML knows as markup, a page can be bent by characters that do not show
or that turn the direction of writing (shown as escapes), by letters that are written from right to left (kept to
their own place by ``bdi``, and in names by the style), by towers of accents, and by sheer length.
"""

from __future__ import annotations

import html
import unicodedata
from typing import TYPE_CHECKING, Final

from certify.report.safe import escaped

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST: Final = 4096       # characters of anything, also in a tooltip: PATH_MAX of limits.h
NAME: Final = 110           # characters of a name that are shown
PROSE: Final = 700          # the same of a message

_EMPTY: Final = frozenset({"input", "meta"})    # elements without an end tag; see the HTML standard, "void elements"
_ACCENTS: Final = 3         # on one letter: Vietnamese needs two, Hebrew three


class Html(str):
    """Text that is HTML: made by ``tag`` and ``join``, and by ``Html`` only from words of our own."""

    __slots__ = ()


def tag(kind: str, *children: str | None, **attributes: str | int | bool | None) -> Html:
    """An element. ``class_`` and ``aria_label`` name the attributes class and aria-label; None and False leave one out."""
    told = "".join(_attribute(name, value) for name, value in attributes.items() if value is not None and value is not False)
    if kind in _EMPTY:
        return Html(f"<{kind}{told}>")
    return Html(f"<{kind}{told}>{join(children)}</{kind}>")


def join(parts: Iterable[str | None]) -> Html:
    """Several parts one after the other; those that are no Html are escaped."""
    return Html("".join(part if isinstance(part, Html) else html.escape(shown(part)) for part in parts if part is not None))


def shown(text: str) -> str:
    """A text in one line as a page may hold it; it is no HTML yet."""
    line = escaped(text[:LONGEST])
    return line if line.isascii() else "".join(_thinned(line))


def name(text: str, most: int = NAME) -> Html:
    """A name, path or value; of a long one the beginning and the end, with the whole as its tooltip."""
    return _cut("code", text, most)


def prose(text: str, most: int = PROSE) -> Html:
    """A sentence, cut in the same way."""
    return _cut("bdi", text, most)


def counted(count: int, word: str) -> str:
    """``1 error``, ``1,200 errors``."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def _attribute(name: str, value: str | int | bool) -> str:
    key = name.rstrip("_").replace("_", "-")
    return f" {key}" if value is True else f' {key}="{html.escape(shown(str(value)))}"'


def _cut(kind: str, text: str, most: int) -> Html:
    whole = shown(text)
    if len(whole) <= most:
        return tag(kind, whole)
    return tag(kind, f"{whole[:most * 2 // 3]}…{whole[-(most // 3):]}", title=whole)


def _thinned(line: str) -> Iterable[str]:
    """The characters, with what towers above and below a letter written as escapes."""
    accents = 0
    for letter in line:
        accents = accents + 1 if unicodedata.category(letter) in ("Mn", "Me") else 0
        yield letter if accents <= _ACCENTS else letter.encode("unicode_escape").decode("ascii")
