"""Which of two versions is the later one: for each kind of package by its own rules, as keys that sort.

Sources: deb-version(7); rpm-version(7) and rpm's table of test cases; PEP 440; conda's CEP 33 (version order).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from certify.packages.condaversion import conda
from certify.packages.endless import Endless

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from certify.packages.model import Kind

Key: TypeAlias = tuple[Any, ...]

_DIGITS: Final = re.compile(r"([0-9]+)")
_SEGMENTS: Final = re.compile(r"[0-9]+|[A-Za-z]+|[~^]")
_END: Final = (0,)


def deb(text: str) -> Key:
    """Debian's order: ``[epoch:]upstream[-revision]``; no epoch is 0, no revision is as an empty one."""
    epoch, rest = _epoch(text)
    upstream, _, revision = rest.rpartition("-") if "-" in rest else (rest, "", "")
    return epoch, _debian(upstream), _debian(revision)


def rpm(text: str) -> Key:
    """RPM's order: ``[epoch:]version[-release]``; no epoch is 0."""
    epoch, rest = _epoch(text)
    version, _, release = rest.partition("-")
    return epoch, _segments(version), _segments(release)


def python(text: str) -> Key:
    """The order of PEP 440; what is no version in its terms comes before all others, in the order of its text."""
    from packaging.version import Version

    try:
        return 1, Version(text)
    except ValueError:      # InvalidVersion is one, and so is a number of more than 4,300 digits
        return 0, text


KEYS: Final[Mapping[Kind, Callable[[str], Key]]] = {"deb": deb, "rpm": rpm, "python": python, "conda": conda}


def comparable(kind: Kind, version: str, wanted: str) -> str:
    """The part of a version that is compared with a wanted one, as each kind's own requirements have it.

    RPM's leave the release out where none is named: 3.0.7-2.el9 is 3.0.7. PEP 440's leave out the local part, so 2.1+cu118
    is 2.1. Debian's and conda's compare the whole.
    """
    if kind == "rpm" and "-" not in wanted:
        return version.partition("-")[0]
    return version.partition("+")[0] if kind == "python" and "+" not in wanted else version


def _epoch(text: str) -> tuple[tuple[int, str], str]:
    before, colon, rest = text.partition(":")
    return (_number(before), rest) if colon and before.isdigit() else (_number(""), text)


def _number(digits: str) -> tuple[int, str]:
    """A key of a number of any length: Python turns no more than 4,300 digits into a number."""
    return len(digits.lstrip("0")), digits.lstrip("0")


def _debian(text: str) -> Endless:
    """Words and numbers by turns, beginning with a word, which may be empty."""
    parts = _DIGITS.split(text)
    pairs = [(_word(word), _number(number)) for word, number in zip(parts[::2], [*parts[1::2], ""], strict=True)]
    return Endless(pairs, (_END, _number("")))      # one that ends is later than one that goes on with ~


def _word(text: str) -> Key:
    """A tilde before the end, the end before letters, letters before all else."""
    return (*(-1 if letter == "~" else ord(letter) + (0 if letter.isalpha() else 0x110000) for letter in text), 0)


def _segments(text: str) -> Key:
    """A tilde before the end, the end before a caret, then words, then numbers; what separates them counts for nothing."""
    return (*map(_segment, _SEGMENTS.findall(text)), _END)


def _segment(text: str) -> Key:
    if text in "~^":
        return (-1,) if text == "~" else (1,)
    return (3, _number(text)) if text.isdigit() else (2, text)
