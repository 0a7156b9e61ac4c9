"""The options and the operands among a command's words, as getopt tells them apart."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence, Set

    from certify.shell.items import Word


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a command is given: the options that have a value, with it; the other ones; and the operands."""

    valued: tuple[tuple[str, Word], ...]
    flags: frozenset[str]
    operands: tuple[Word, ...]

    def values(self, *options: str) -> Iterator[tuple[str, Word]]:
        """These options and their values, in order."""
        return (one for one in self.valued if one[0] in options)


def arguments(words: Sequence[Word], takes: str) -> Arguments:
    """Tell the words after a command's name apart; ``takes`` names the options that have a value: ``t S target-directory``.

    The value is the next word, or the rest of the same: ``-t x``, ``-tx``, ``-at x``, ``--name x``, ``--name=x``.
    """
    names = _dashed(takes)
    valued, flags, operands, number = list[tuple[str, "Word"]](), set[str](), list["Word"](), 0
    while number < len(words):
        word, number = words[number], number + 1
        if word.value == "--":
            operands += words[number:]
            break
        if not word.value.startswith("-") or word.value == "-":
            operands.append(word)
            continue
        found, length = _long(word.value, names) if word.value.startswith("--") else _short(word.value, names, flags)
        if found in names and length < len(word.value):
            valued.append((found, replace(word, values=tuple(value[length:] for value in word.values))))
        elif found in names and number < len(words):
            valued.append((found, words[number]))
            number += 1
        else:
            flags.add(found)
    return Arguments(tuple(valued), frozenset(flags), tuple(operands))


@functools.lru_cache(maxsize=64)
def _dashed(takes: str) -> frozenset[str]:
    return frozenset(f"-{name}" if len(name) == 1 else f"--{name}" for name in takes.split())


def _long(text: str, names: Set[str]) -> tuple[str, int]:
    name, equals, _ = text.partition("=")
    return name, len(name) + len(equals) if name in names else len(text)


def _short(text: str, names: Set[str], flags: set[str]) -> tuple[str, int]:
    """The first letter that has a value, and where that starts; those before it are flags."""
    for at, letter in enumerate(text[1:], start=2):
        if f"-{letter}" in names:
            return f"-{letter}", at
        flags.add(f"-{letter}")
    return text, len(text)
