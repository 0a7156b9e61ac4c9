"""Works out what a word of shell text will be, as far as the text itself tells.

A word folds to one or more texts: several after ``for v in a b``. A piece that only running would tell
becomes as many UNKNOWN characters as it has in the source, so that ``/home/$USER/x`` is still known to lie
below /home, and positions in ``eval "..."`` stay what they are.
"""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from certify.shell.output import printed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tree_sitter import Node

Values = tuple[str, ...]

UNKNOWN = "\0"
MAX_DEPTH = 20              # of ${a:-${b:-...}}
MAX_ALTERNATIVES = 32
MAX_PIECES = 5000           # of one word or here-document
MAX_GROWTH = 1024           # characters; a fold may be as long as its source, or this long

_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED_IN_QUOTES = re.compile(r'\\([\\$"`\n])')
_ESCAPED_ANSI = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|([0-7]{1,3})|(.))", re.DOTALL)
_ANSI = {"a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t",
         "v": "\v"}
_EXPANSION = re.compile(r"\$\{(\w+)(:?[-=+]|\^\^\}|,,\}|\})")
_TRIMMED = re.compile(r"\$\{(\w+)(%%?|##?)/\}")
_ELEMENT = re.compile(r"\$\{(!?)(\w+)\[(.*)\]\}", re.DOTALL)
_SUBSTITUTIONS = frozenset({"simple_expansion", "expansion", "command_substitution", "arithmetic_expansion",
                            "process_substitution"})


@dataclass(frozen=True, slots=True)
class Scope:
    """A shell text, and what is known about variables where it is being read."""

    text: str
    known: Mapping[str, Values]
    arrays: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

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
        return _trimmed(node, scope) or _element(node, scope, depth)
    name, operator = match[1], match[2]
    values = scope.known.get(name)
    if operator.endswith("}"):
        change = _CASES.get(operator[0], str)
        return tuple(map(change, values)) if values else _unknown(node)
    absent = values is None or (operator[0] == ":" and values == ("",))
    if operator[-1] == "+":
        return ("",) if absent else _rest(node, match, scope, depth)
    return _rest(node, match, scope, depth) if absent or values is None else values


def _trimmed(node: Node, scope: Scope) -> Values:
    """``${name%/}`` and ``${name#/}``."""
    match = _TRIMMED.fullmatch(scope.source(node))
    if match is None:
        return ()
    cut = str.removesuffix if match[2][0] == "%" else str.removeprefix
    return tuple(dict.fromkeys(cut(value, "/") for value in scope.known.get(match[1], ())))


def _element(node: Node, scope: Scope, depth: int) -> Values:
    """One element of an array, all of them, or (``${!a[@]}``) all its keys."""
    match = _ELEMENT.fullmatch(scope.source(node))
    array = scope.arrays.get(match[2]) if match is not None else None
    if match is None or not array:
        return _unknown(node)
    if match[3] in ("@", "*"):
        found = tuple(array if match[1] else array.values())
    else:
        index = next((child.child_by_field_name("index") for child in node.children if child.type == "subscript"), None)
        keys = fold(index, scope, depth) if index is not None and not match[1] else ()
        found = tuple(array[key] for key in keys if key in array)
    return found if 0 < len(found) <= MAX_ALTERNATIVES else _unknown(node)


def _substitution(node: Node, scope: Scope, depth: int) -> Values:
    """What ``$(echo ...)`` and ``$(cat <<E ...)`` give; other commands would have to run."""
    commands = [child for child in node.children if child.is_named]
    if len(commands) != 1:
        return _unknown(node)
    (inner,) = commands
    if scope.source(inner) in ("pwd", "pwd -P"):
        return scope.known.get("PWD") or _unknown(node)
    if inner.type == "redirected_statement":
        return _document(inner, scope) or _unknown(node)
    words = [fold(child, scope, depth) for child in inner.children if child.is_named]
    if inner.type != "command" or not all(len(word) == 1 for word in words):
        return _unknown(node)
    text = printed([word[0] for word in words])
    return _unknown(node) if text is None else (text.rstrip("\n"),)


def _document(node: Node, scope: Scope) -> Values:
    """The here-document that a lone ``cat`` would print."""
    body = node.child_by_field_name("body")
    others = [child for child in node.children if child != body]
    if body is None or scope.source(body) != "cat" or [child.type for child in others] != ["heredoc_redirect"]:
        return ()
    return tuple(text.rstrip("\n") for text in heredoc(others[0], scope)[1])


def heredoc(node: Node, scope: Scope) -> tuple[Node | None, Values]:
    """The body of a here-document and its text, as its delimiter says with or without expansions."""
    body = next((child for child in node.children if child.type == "heredoc_body"), None)
    if body is None:
        return None, ()
    quoted = any(mark in scope.source(node).partition("\n")[0].partition(";")[0] for mark in "'\"\\")
    return body, ((scope.source(body),) if quoted else fold_heredoc(body, scope))


def _rest(node: Node, match: re.Match[str], scope: Scope, depth: int) -> Values:
    return _pieces(node, node.start_byte + match.end(), node.end_byte - 1, scope, depth, quoted=False)


def _pieces(node: Node, start: int, end: int, scope: Scope, depth: int, *, quoted: bool = True) -> Values:
    """The text from start to end, in which the children of the node are folded."""
    if node.child_count > MAX_PIECES:
        return (UNKNOWN * max(1, end - start),)
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
    if size > max(MAX_GROWTH, length):
        return (UNKNOWN * max(1, length),)
    if math.prod(map(len, parts)) > MAX_ALTERNATIVES:      # each of them at least once: k=${m[$k]} goes in step
        rounds = range(max(map(len, parts)))
        return tuple("".join(part[number % len(part)] for part in parts) for number in rounds)
    return tuple("".join(chosen) for chosen in itertools.product(*parts))


_CASES: dict[str, Callable[[str], str]] = {"^": str.upper, ",": str.lower}

_FOLDERS: dict[str, Callable[[Node, Scope, int], Values]] = {
    "word": _word, "number": _word, "variable_name": _word, "extglob_pattern": _word, "regex": _word,
    "raw_string": _raw, "ansi_c_string": _ansi, "string": _string, "translated_string": _translated,
    "concatenation": _concatenation, "command_name": _command_name,
    "simple_expansion": _simple, "expansion": _expansion, "command_substitution": _substitution,
}
