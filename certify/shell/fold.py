"""Works out what a word of shell text will be, as far as the text itself tells.

A word folds to one or more texts: several after ``for v in a b``. A piece that only running would tell
becomes as many UNKNOWN characters as it has in the source, so that ``/home/$USER/x`` is still known to lie
below /home, and positions in ``eval "..."`` stay what they are.
"""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tree_sitter import Node

Values = tuple[str, ...]

UNKNOWN = "\0"
MAX_DEPTH = 20              # of ${a:-${b:-...}}
MAX_ALTERNATIVES = 8
MAX_GROWTH = 1024           # characters; a fold may be as long as its source, or this long

_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED_IN_QUOTES = re.compile(r'\\([\\$"`\n])')
_ESCAPED_ANSI = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|([0-7]{1,3})|(.))", re.DOTALL)
_ANSI = {"a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t",
         "v": "\v"}
_EXPANSION = re.compile(r"\$\{(\w+)(:?[-=+]|\})")
_SUBSTITUTIONS = frozenset({"simple_expansion", "expansion", "command_substitution", "arithmetic_expansion",
                            "process_substitution"})


@dataclass(frozen=True, slots=True)
class Scope:
    """A shell text, and what is known about variables where it is being read."""

    text: str
    known: Mapping[str, Values]

    def source(self, node: Node) -> str:
        """The text of a node."""
        return self.text[node.start_byte:node.end_byte]


def fold(node: Node, scope: Scope, depth: int = 0) -> Values:
    """What a word will be: never empty, with UNKNOWN for what the text does not tell."""
    folder = _FOLDERS.get(node.type) if node.is_named else _word      # such as the keyword export
    if folder is None or depth > MAX_DEPTH:
        return _unknown(node)
    return folder(node, scope, depth + 1)


def fold_heredoc(node: Node, scope: Scope) -> Values:
    """The text of a here-document whose delimiter is not quoted."""
    return _pieces(node, node.start_byte, node.end_byte, scope, 0)


def default_of(node: Node, scope: Scope) -> tuple[str, Values] | None:
    """The variable that ``${name:=value}`` may set, and the value; None for other expansions."""
    match = _EXPANSION.match(scope.source(node))
    if match is None or match[2] not in (":=", "="):
        return None
    return match[1], _rest(node, match, scope, 0)


def _unknown(node: Node) -> Values:
    return (UNKNOWN * max(1, node.end_byte - node.start_byte),)


def _word(node: Node, scope: Scope, _depth: int) -> Values:
    return (_plain(scope.source(node)),)


def _plain(source: str) -> str:
    return _ESCAPED.sub(lambda match: match[1].strip("\n"), source)


def _quoted(source: str) -> str:
    return _ESCAPED_IN_QUOTES.sub(lambda match: match[1].strip("\n"), source)


def _raw(node: Node, scope: Scope, _depth: int) -> Values:
    return (scope.source(node)[1:-1],)


def _ansi(node: Node, scope: Scope, _depth: int) -> Values:
    return (_ESCAPED_ANSI.sub(_ansi_character, scope.source(node)[2:-1]),)


def _ansi_character(match: re.Match[str]) -> str:
    hexadecimal, octal, letter = match[1] or match[2], match[3], match[4]
    if hexadecimal:
        return chr(int(hexadecimal, 16))
    return chr(int(octal, 8) & 0xFF) if octal else _ANSI.get(letter, letter)


def _string(node: Node, scope: Scope, depth: int) -> Values:
    end = node.end_byte - 1 if scope.source(node).endswith('"') else node.end_byte
    return _pieces(node, node.start_byte + 1, end, scope, depth)


def _translated(node: Node, scope: Scope, depth: int) -> Values:
    return fold(node.children[-1], scope, depth) if node.children else _unknown(node)


def _concatenation(node: Node, scope: Scope, depth: int) -> Values:
    return _pieces(node, node.start_byte, node.end_byte, scope, depth, quoted=False)


def _command_name(node: Node, scope: Scope, depth: int) -> Values:
    return fold(node.children[0], scope, depth) if node.child_count == 1 else _concatenation(node, scope,
                                                                                             depth)


def _simple(node: Node, scope: Scope, _depth: int) -> Values:
    return scope.known.get(scope.source(node)[1:]) or _unknown(node)


def _expansion(node: Node, scope: Scope, depth: int) -> Values:
    match = _EXPANSION.match(scope.source(node))
    if match is None:
        return _unknown(node)
    name, operator = match[1], match[2]
    values = scope.known.get(name)
    if operator == "}":
        return values or _unknown(node)
    absent = values is None or (operator[0] == ":" and values == ("",))
    if operator[-1] == "+":
        return ("",) if absent else _rest(node, match, scope, depth)
    return _rest(node, match, scope, depth) if absent or values is None else values


def _rest(node: Node, match: re.Match[str], scope: Scope, depth: int) -> Values:
    return _pieces(node, node.start_byte + match.end(), node.end_byte - 1, scope, depth, quoted=False)


def _pieces(node: Node, start: int, end: int, scope: Scope, depth: int, *, quoted: bool = True) -> Values:
    """The text from start to end, in which the children of the node are folded."""
    plain, parts, at = _quoted if quoted else _plain, list[Values](), start
    for child in node.children:
        wanted = child.type in _SUBSTITUTIONS or (not quoted and child.type in _FOLDERS)
        if wanted and at <= child.start_byte and child.end_byte <= end:
            parts += [(plain(scope.text[at:child.start_byte]),), fold(child, scope, depth)]
            at = child.end_byte
    parts.append((plain(scope.text[at:end]),))
    return _joined(parts, end - start)


def _joined(parts: list[Values], length: int) -> Values:
    size = sum(max(map(len, part)) for part in parts)
    if size > max(MAX_GROWTH, length) or math.prod(map(len, parts)) > MAX_ALTERNATIVES:
        return (UNKNOWN * max(1, length),)
    return tuple("".join(chosen) for chosen in itertools.product(*parts))


_FOLDERS: dict[str, Callable[[Node, Scope, int], Values]] = {
    "word": _word, "number": _word, "variable_name": _word, "extglob_pattern": _word, "regex": _word,
    "raw_string": _raw, "ansi_c_string": _ansi, "string": _string, "translated_string": _translated,
    "concatenation": _concatenation, "command_name": _command_name,
    "simple_expansion": _simple, "expansion": _expansion,
}
