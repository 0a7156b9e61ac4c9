"""The regular expressions of a recipe's tests: whether Python takes them, and reading all of them takes no time.

Compiling one cannot be interrupted. It takes longest for sets of characters: Python looks at each of the first 65,536
characters that a range beyond Latin-1 has, so that one expression may take half a second, and a thousand of them minutes.
"""

from __future__ import annotations

import functools
import re
import warnings
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

# Of all expressions of a recipe: half a second at most. A kilobyte of common ones takes some 40,000, and few recipes have more.
MOST_EFFORT: Final = 4_000_000

_CHARACTER: Final = 10          # for each, as measured beside ...
_RANGE: Final = 512             # ... a range of Latin-1,
_WIDE_SET: Final = 1_000        # a set that may hold other characters,
_WIDE_RANGE: Final = 65_536     # and a range of those

_WIDE: Final = re.compile(r"[^\x00-\xff]|\\[uUN]")


class Fault(NamedTuple):
    """What is wrong with the expression of the test of that number (from 0)."""

    number: int
    message: str
    advice: str


def faults(tests: Any) -> Iterator[Fault]:  # noqa: ANN401
    """What is wrong with the expressions of a recipe's tests, as the document has them; nothing of what is no text."""
    left = MOST_EFFORT
    for number, test in enumerate(tests if isinstance(tests, list) else ()):
        expect = test.get("expect") if isinstance(test, dict) else None
        wanted = expect.get("output") if isinstance(expect, dict) else None
        if isinstance(wanted, str):
            left -= effort(wanted)
            if left < 0:
                yield Fault(number, "the regular expressions of this recipe take too long to read",
                            "look for less, or with 'text'; ranges of letters beyond Latin-1 take the longest")
                return
            fault = _fault_of(wanted)
            if fault is not None:
                yield Fault(number, f"'tests[{number}].expect.output' is not a regular expression: {fault}",
                            "to look for it as it stands, write 'text' instead of 'output'")


def effort(text: str) -> int:
    """What it takes to compile an expression, at most: each bracket may open a set, and each dash be a range."""
    sets, ranges = text.count("["), text.count("-")
    if _WIDE.search(text):
        return _CHARACTER * len(text) + _WIDE_SET * sets + _WIDE_RANGE * ranges
    return _CHARACTER * len(text) + _RANGE * ranges


@functools.lru_cache(maxsize=1000)
def _fault_of(text: str) -> str | None:
    """Why it is no regular expression; None if it is one. Asked by the checks, and by whoever makes a recipe of values."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")     # of what may mean something else in a later Python
            re.compile(text, re.MULTILINE)
    except (re.error, OverflowError, RecursionError) as error:
        return str(error)
    return None
