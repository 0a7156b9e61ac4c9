"""The prefixes of installations that a command names: options, and variables of make and its like."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from certify.shell.targets import Target

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from certify.shell.items import Assigned, Command, Word

# Understood with every command that is not a talker: each configure script has a name of its own.
_OPTION = re.compile(r"(--(?:exec-)?prefix|(?:-D)?CMAKE_INSTALL_PREFIX(?::[A-Z]+)?|-Dprefix)=(.*)", re.DOTALL)
_OPTION_BEFORE = frozenset({"--prefix", "--exec-prefix"})

# Options that mean a prefix to one program only; the value is the next word, or glued by '='.
_OWN_OPTIONS: dict[str, frozenset[str]] = {
    **dict.fromkeys(("pip", "pip3"), frozenset({"--target", "-t", "--root"})),
    **dict.fromkeys(("conda", "mamba", "micromamba"), frozenset({"-p"})),
    "cargo": frozenset({"--root"}),
}

# Whether the variable is a prefix. DESTDIR and INSTALL_ROOT are where files are staged: the software does not
# look there later, so a folder of scratch is a good place for them.
_VARIABLES = {"PREFIX": True, "prefix": True, "INSTALL_PREFIX": True, "CMAKE_INSTALL_PREFIX": True,
              "DESTDIR": False, "INSTALL_ROOT": False}
_VARIABLE = re.compile(rf"({'|'.join(_VARIABLES)})=(.*)", re.DOTALL)
_MAKES = frozenset({"make", "gmake", "bmake", "scons", "cmake", "meson", "ninja"})

# Commands whose words are text about something, not instructions to install.
_TALKERS = frozenset({"echo", "printf", "grep", "egrep", "fgrep", "sed", "awk", "test", "[", ":", "git",
                      "cat", "rm", "ls", "logger", "true", "false", "read", "export", "declare", "set",
                      "alias"})


def of(command: Command, exported: Mapping[str, Assigned]) -> Iterator[Target]:
    """The prefixes of a command; ``exported`` are the variables that the text exported before it."""
    if command.name in _TALKERS:
        return
    yield from _options(command.words)
    yield from _own_options(command)
    yield from _variables(command.prefix)
    if command.name in _MAKES:
        yield from _arguments(command.words)
        if any(word.value.startswith(("install", "--install")) for word in command.words):
            yield from _variables(tuple(exported.values()))


def _options(words: Sequence[Word]) -> Iterator[Target]:
    for before, word in itertools.pairwise(words):
        if before.value in _OPTION_BEFORE:
            yield Target.at(word, word.values, before.value, prefix=True)
        matches = [match for match in map(_OPTION.fullmatch, word.values) if match]
        if matches:
            yield Target.at(word, tuple(match[2] for match in matches), matches[0][1], prefix=True)


def _own_options(command: Command) -> Iterator[Target]:
    name, words = command.name, command.words
    if name.startswith("python") and [word.value for word in words[1:3]] == ["-m", "pip"]:
        name, words = "pip", words[2:]
    options = _OWN_OPTIONS.get(name, frozenset())
    for before, word in itertools.pairwise(words):
        option, _, glued = word.value.partition("=")
        if before.value in options:
            yield Target.at(word, word.values, before.value, prefix=True)
        elif option in options and glued:
            yield Target.at(word, (glued,), option, prefix=True)


def _arguments(words: Sequence[Word]) -> Iterator[Target]:
    for word in words[1:]:
        matches = [match for match in map(_VARIABLE.fullmatch, word.values) if match]
        if matches:
            name = matches[0][1]
            yield Target.at(word, tuple(match[2] for match in matches), name, prefix=_VARIABLES[name])


def _variables(assigned: Sequence[Assigned]) -> Iterator[Target]:
    for one in assigned:
        if one.name in _VARIABLES:
            yield Target(paths=(one.value,), what=one.name, prefix=_VARIABLES[one.name], start=one.start,
                         end=one.end)
