"""What ``read`` takes from text that can be told: a here-document, a here-string, or what a command prints."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from certify.shell import builtins
from certify.shell.flow import CHAINS
from certify.shell.fold import MAX_ALTERNATIVES, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tree_sitter import Node

    from certify.shell.items import Word

DOCUMENTS = frozenset({"heredoc_redirect", "herestring_redirect"})
_MAPFILE_OPTION_WITH_WORD = re.compile(r"-\w*[dnOsuCc]")


def feeding(node: Node) -> Iterator[Node]:
    """The documents and commands that feed a ``read``: its own, or those of the loop in whose condition it stands."""
    reader = _loop(node) or node
    around = reader.parent
    if around is not None and around.type == "pipeline" and reader.prev_named_sibling is not None:
        yield reader.prev_named_sibling
    statements = (reader, around) if around is not None and around.type == "redirected_statement" else (reader,)
    for child in (child for statement in statements for child in statement.children):
        target = child.child_by_field_name("destination") if child.type == "file_redirect" else None
        if child.type in DOCUMENTS:
            yield child
        elif target is not None and target.type == "process_substitution" and target.named_child_count == 1:
            yield target.named_children[0]


def is_loop(node: Node) -> bool:
    """Whether a ``read`` is the condition of a loop, and so reads one line after the other."""
    return _loop(node) is not None


def _loop(node: Node) -> Node | None:
    above = node.parent
    while above is not None and above.type in CHAINS:
        above = above.parent
    return above if above is not None and above.type == "while_statement" else None


def names(words: Sequence[Word]) -> tuple[list[str], bool]:
    """The variables that ``read`` or ``mapfile`` sets, and whether it reads on beyond the end of a line."""
    found, beyond, skip = list[str](), False, False
    with_word = builtins.READ_OPTION_WITH_WORD if words[0].value == "read" else _MAPFILE_OPTION_WITH_WORD
    for word in words[1:]:
        if skip:
            skip = False
        elif word.value.startswith("-"):
            skip = with_word.fullmatch(word.value) is not None
            beyond = beyond or "d" in word.value
        else:
            found.append(word.value)
    return found, beyond


def rows(text: str, count: int, separators: str | None) -> list[list[str]]:
    """The fields of each line, for as many variables; lines that do not fill all of them, or are unknown, are left out."""
    found = []
    for line in text.splitlines()[:MAX_ALTERNATIVES]:
        fields = _fields(line, count, separators)
        if len(fields) == count and all(fields) and not fields[0].startswith(UNKNOWN):
            found.append(fields)
    return found


def _fields(line: str, count: int, separators: str | None) -> list[str]:
    marks = (separators or "").strip()
    if separators is None or (separators and not marks):
        return line.strip().split(None, count - 1)
    return re.split(f"[{re.escape(marks)}]", line, maxsplit=count - 1) if marks and count > 1 else [line]
