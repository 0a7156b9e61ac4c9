"""Makes quoted text harmless: what comes from a recipe or an image must not steer the reader's terminal."""

from __future__ import annotations

import unicodedata

TAB = "    "


def escaped(text: str) -> str:
    """The text in one line, with whatever does not show itself written as an escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def width(text: str) -> int:
    """How many columns of a terminal an escaped text takes."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _shown(character: str) -> str:
    if character == "\t":
        return TAB
    if character.isprintable():     # no control, no mark that reverses text, no separator of lines
        return character
    return character.encode("unicode_escape").decode("ascii")


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
