"""Whether a regular expression can be trusted with names that an image chose: it must answer at once for any of them.

Python's expressions try every way in which repetitions share a text. One that stands in another doubles the ways with each
letter; several beside each other multiply them. What is refused here may be harmless; what is let through answers within
milliseconds for a name of 255 bytes.
"""

from __future__ import annotations

import re
import warnings
from typing import Final

_PART: Final = re.compile(r"\\.|\[\^?\]?(?:[^\]\\]|\\.)*\]|\(\?[^)]|\(|\)|[*+?]|\{[0-9,]*\}|.", re.DOTALL)
_MANY: Final = 2            # repetitions beside each other: 255 * 255 ways at most
_OPTIONAL: Final = 6        # parts that may be there: 2 ** 6 ways at most
_GROUPS: Final = ("(?:", "(?P", "(?s", "(?a", "(?m")     # (?P<name>...) and flags; no look-around, no condition


def unsafe(expression: str) -> str | None:
    """Why an expression is refused; None if it is fine."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")      # what a later Python may read in another way
            re.compile(expression)
    except (re.error, RecursionError, OverflowError, Warning) as error:
        return f"it is no regular expression: {error}"
    if re.search(r"(?<!\\)(?:\\\\)*(?:\\[1-9]|\(\?P=)", expression):
        return "it refers back to a group"
    return _Scan().run(_PART.findall(expression))


class _Scan:
    def __init__(self) -> None:
        self._groups = [False]      # of each group that is open: whether a repetition or a choice stands in it
        self._closed = False        # whether the last part closed such a group
        self._many = self._optional = 0

    def run(self, parts: list[str]) -> str | None:
        after = False               # of a repetition: ? and + say how greedy it is
        for part in parts:
            repeats = part in ("*", "+", "?") or (part.startswith("{") and len(part) > 2)
            if repeats and after:
                after = False
                continue
            after = repeats
            if why := self._repetition(part) if repeats else self._other(part):
                return why
        if self._many > _MANY or self._optional > _OPTIONAL:
            return f"more than {_MANY} repetitions or {_OPTIONAL} optional parts stand in it"
        return None

    def _repetition(self, part: str) -> str | None:
        if self._closed:
            return "a group is repeated in which something is repeated, or chosen"
        self._groups[-1] = True
        if part == "?":
            self._optional += 1
        elif not re.fullmatch(r"\{[0-9]+\}", part):
            self._many += 1
        return None

    def _other(self, part: str) -> str | None:
        self._closed = False
        if part.startswith("(?") and part not in _GROUPS:
            return f"'{part}' is not taken here"
        if part.startswith("("):
            self._groups.append(False)
        elif part == ")":
            self._closed = self._groups.pop() if len(self._groups) > 1 else False
            self._groups[-1] = self._groups[-1] or self._closed
        elif part == "|":
            self._groups[-1] = True
        return None
