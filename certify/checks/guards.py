"""Settings that only count while software is built: scripts of conda packages ask for CONDA_BUILD first."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tree_sitter import Node

    from certify.checks.scripts import Text

_NAMES: Final = r"[\"']?\$\{?(?:CONDA_BUILD|CONDA_BUILD_STATE|SPACK_ENV_BUILD|EBBUILD)\b[^\s\]]{0,20}"
_BUILDING: Final = re.compile(rf"-n\s+{_NAMES}|{_NAMES}\s+(?:=|==|-eq)\s+[\"']?(?:1|BUILD)\b")
_NOT_BUILDING: Final = re.compile(rf"-z\s+{_NAMES}|{_NAMES}\s+(?:!=|-ne)\s+[\"']?(?:1|BUILD)\b")
_MAX_DEPTH: Final = 100


def is_guarded(text: Text, start: int) -> bool:
    """Whether what stands at a place of a shell text only runs while software is built."""
    if text.kind != "sh" or "BUILD" not in text.text:
        return False
    from certify.shell.parse import parse

    root = parse(text.text)
    node = root.descendant_for_byte_range(start, start + 1) if root is not None else None
    inside = node
    for _ in range(_MAX_DEPTH):
        inside, node = node, node.parent if node is not None else None
        if node is None or inside is None:
            return False
        if _excludes(text.text, node, inside):
            return True
    return False


def _excludes(text: str, node: Node, inside: Node) -> bool:
    """Whether a statement lets the part that is ``inside`` it run only while software is built."""
    if node.type == "if_statement":
        then = next((child for child in node.children if child.type == "then"), None)
        condition = text[node.start_byte:then.start_byte] if then is not None else ""
        pattern = _NOT_BUILDING if inside.type == "else_clause" else _BUILDING
        return inside.type != "elif_clause" and inside.start_byte >= node.start_byte + len(condition) > node.start_byte \
            and pattern.search(condition) is not None
    if node.type == "list" and len(node.children) == 3:
        first, between = node.children[0], node.children[1]
        pattern = _BUILDING if between.type == "&&" else _NOT_BUILDING
        return inside.start_byte > first.end_byte and pattern.search(text, first.start_byte, first.end_byte) is not None
    return False
