"""Syntax of bash that other shells do not have, in shell text that one of them will read.

Where dash, which is Debian's /bin/sh, meets it, the command fails, or worse: it does something else, as ``a &> b``
puts a into the background. What stands in quotes and in here-documents is for others, so it is not looked at.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from certify.patterns import pattern
from certify.shell.parse import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

MAX_NODES = 10_000      # of one text: some 50 KB, much more than anybody writes into one RUN

TRACE = pattern(r"\[\[|[<>]\(|<<<|&>|\|&|==|\w\+?=\(|\]=|\$'|(?<!\$)\(\(|\$\{!|\$\{\w+(?:\[|/|:\d|\^|,)|\{[^\s{},.]*(?:,|\.\.)"
                r"|\b(?:source|function|pipefail|declare|typeset|shopt|pushd|popd|mapfile|readarray|let)\b")

_BUILTINS = frozenset({"source", "shopt", "pushd", "popd", "mapfile", "readarray", "let"})
_TOKENS = {"[[": "[[", "&>": "&>", "&>>": "&>>", "|&": "|&", "function": "function", "declare": "declare",
           "typeset": "typeset", "<(": "<(...)", ">(": ">(...)"}
_NODES = {"array": "an array", "subscript": "an array", "herestring_redirect": "<<<", "ansi_c_string": "$'...'",
          "c_style_for_statement": "for ((...))"}
_EXPANSIONS = frozenset({"/", "//", "/#", "/%", "^", "^^", ",", ",,", ":", "!"})
_BRACES = re.compile(r"\{([^{}]*)\}")
_PLAIN = frozenset({"word", "number", "brace_expression"})
_OWN_BRACES = frozenset({"curl", "git"})        # these expand them by themselves
_CONDITIONS = frozenset({"binary_expression", "unary_expression", "parenthesized_expression"})


def bashisms(text: str) -> Iterator[tuple[str, int, int]]:
    """What only bash reads, and where it starts and ends; nothing of a text that the parser stumbles over."""
    root = parse(text) if TRACE.search(text) else None
    stack = [root] if root is not None and not root.has_error else []
    left = MAX_NODES
    while stack and left:
        node, left = stack.pop(), left - 1
        name = _name(node, text)
        if name:
            yield name, node.start_byte, node.end_byte
        if node.child_count and node.type != "heredoc_body":
            stack += reversed(node.children)


def _name(node: Node, text: str) -> str:
    kind = node.type
    if kind in _TOKENS or kind in _NODES:
        return _TOKENS.get(kind) or _NODES[kind]
    reader = _READERS.get(kind)
    return reader(node, text) if reader is not None else ""


def _command(node: Node, text: str) -> str:
    name = _source(node.children[0], text)
    if name == "set" and any(_source(child, text) == "pipefail" for child in node.children):
        return "pipefail"
    if name == "test" and any(child.type == "==" for child in node.children):
        return "== in test"
    return name if name in _BUILTINS else ""


def _equals(node: Node, _text: str) -> str:
    """``==`` as an operator of ``[``; in $((...)) and [[ every shell that has them knows it."""
    above = node.parent
    while above is not None and above.type in _CONDITIONS:
        above = above.parent
    return "== in [" if above is not None and above.type == "test_command" and above.children[0].type == "[" else ""


def _expansion(node: Node, text: str) -> str:
    changed = any(child.type in _EXPANSIONS for child in node.children)
    return _source(node, text)[:40] if changed else ""


def _braces(node: Node, text: str) -> str:
    """``{a,b}`` and ``{a..b}`` outside quotes; {1,3} alone may be a pattern's count."""
    plain = "".join(_source(child, text) if child.type in _PLAIN else "_" for child in node.children)
    found = next((match[0] for match in _BRACES.finditer(plain)
                  if ("," in match[1] and not re.fullmatch(r"\d*,\d*", match[1])) or ".." in match[1]), "")
    above = node.parent if found else None
    name = _source(above.children[0], text) if above is not None and above.type == "command" else ""
    return "" if name in _OWN_BRACES else found[:40]


def _range(node: Node, text: str) -> str:
    return "" if node.parent is not None and node.parent.type == "concatenation" else _source(node, text)


def _arithmetic(node: Node, _text: str) -> str:
    return "((...))" if node.children[0].type == "((" else ""


def _source(node: Node, text: str) -> str:
    """The text of a node: offsets in the tree are offsets in the text."""
    return text[node.start_byte:node.end_byte]


_READERS = {"command": _command, "==": _equals, "expansion": _expansion, "concatenation": _braces, "brace_expression": _range,
            "compound_statement": _arithmetic}
