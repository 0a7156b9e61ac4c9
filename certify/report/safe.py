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


def defused(line: str) -> str:
    """A line that no continuous integration takes for a command: GitHub obeys ``::x::`` at a start, ``##[x]`` anywhere."""
    if "##[" in line:
        line = line.replace("##[", "#\\x23[")
    head = line.lstrip()
    return line[:len(line) - len(head)] + "\\x3a" + head[1:] if head.startswith("::") else line


def wrapped(text: str, columns: int | None, indent: str) -> list[str]:
    """An escaped line as lines of at most ``columns``; those after the first are indented. Without columns it stays one."""
    if columns is None or width(text) <= columns:
        return [text]
    lines = []
    while width(text) > columns:
        cut = _cut(text, columns, len(text) - len(text.lstrip()))
        lines.append(text[:cut].rstrip())
        text = indent + text[cut:].lstrip()
    return [*lines, text]


def _cut(text: str, columns: int, least: int) -> int:
    """Where a line is broken: at its last space that fits, or else in the middle of a word."""
    taken = fits = 0
    for taken, letter in enumerate(text):       # noqa: B007
        fits += _columns(letter)
        if fits > columns:
            break
    space = text.rfind(" ", least, taken + 1)
    return space if space > least + 8 else max(taken, least + 1)


def _shown(character: str) -> str:
    if character == "\t":
        return TAB
    if character.isprintable():     # no control, no mark that reverses text, no separator of lines
        return character
    return character.encode("unicode_escape").decode("ascii")


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):      # also what has no combining class: vowel signs, variants of emoji
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
