"""Whether a name fits a pattern with ``*``, ``?`` and brackets, as git reads them: byte by byte, each taken for a letter."""

from __future__ import annotations

import functools
import os
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_KINDS: Final = {"alnum": "0-9A-Za-z", "alpha": "A-Za-z", "blank": " \\t", "cntrl": "\\x00-\\x1f\\x7f", "digit": "0-9",
                 "graph": "!-~", "lower": "a-z", "print": " -~", "punct": "!-/:-@\\[-`{-~", "space": " \\t-\\r",
                 "upper": "A-Z", "xdigit": "0-9A-Fa-f"}
_KIND = re.compile(r"\[:([^\]]*):\]")
_SPECIAL = re.compile(r"[*?\[\\]")


def plain(name: str) -> str:
    """A name by its bytes, each a letter."""
    return name if name.isascii() else os.fsencode(name).decode("latin-1")


def fits(pattern: str, name: str) -> bool:
    """Whether all of a name fits; raises ValueError for a pattern without its end."""
    return bool(_test(pattern)(name))


@functools.lru_cache(maxsize=4096)
def _test(pattern: str) -> Callable[[str], object]:
    """Most patterns are plain, or one ending: these need no regular expression."""
    if not _SPECIAL.search(pattern):
        return pattern.__eq__
    if pattern[0] == "*" and not _SPECIAL.search(pattern, 1):
        return lambda name: name.endswith(pattern[1:])
    return re.compile(_expression(pattern), re.DOTALL).fullmatch


def _expression(pattern: str) -> str:
    """Between two asterisks the first place that fits is as good as any other: so no name takes long."""
    pieces, at = [""], 0
    while at < len(pattern):
        if pattern[at] == "*":
            pieces.append("")
            at += 1
        elif pattern[at] == "?":
            pieces[-1] += "."
            at += 1
        else:
            said, at = bracket(pattern, at) if pattern[at] == "[" else _letter(pattern, at)
            pieces[-1] += said
    inner = "".join(f"(?=(?P<g{number}>.*?{piece}))(?P=g{number})" for number, piece in enumerate(pieces[1:-1]) if piece)
    return pieces[0] + (f"{inner}.*{pieces[-1]}" if len(pieces) > 1 else "")


def bracket(pattern: str, at: int) -> tuple[str, int]:
    """The letters that the brackets at a place stand for, and where these end; raises ValueError where they do not."""
    negated = pattern[at + 1:at + 2] in ("!", "^")
    at = first = at + 1 + negated
    said, before = "", ""
    while at < len(pattern) and (at == first or pattern[at] != "]"):
        kind = _KIND.match(pattern, at)
        if kind is not None:
            if kind[1] not in _KINDS:
                raise ValueError(pattern)
            said, before, at = said + _KINDS[kind[1]], "", kind.end()
        elif before and pattern[at] == "-" and pattern[at + 1:at + 2] not in ("", "]"):
            last, at = _letter(pattern, at + 1)
            said, before = said + (f"{before}-{last}" if last >= before else ""), ""
        else:
            before, at = _letter(pattern, at)
            said += before
    if at >= len(pattern):
        raise ValueError(pattern)
    return f"[{'^' * negated}{said}]", at + 1


def _letter(pattern: str, at: int) -> tuple[str, int]:
    """A letter, or the one behind a backslash, and where the next begins."""
    at += pattern[at] == "\\"
    if at >= len(pattern):
        raise ValueError(pattern)
    return f"\\x{ord(pattern[at]):02x}", at + 1
