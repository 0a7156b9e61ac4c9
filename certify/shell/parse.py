"""From shell text to tree-sitter's tree, whatever the text is.

The parser is fed one byte for each character, so that offsets in the tree are offsets in the text.
Its effort is bounded: on texts made to hurt, it needs time and memory that grow with the square of the length
(measured with 100 KB: 12 s for ``<<E``, all memory for ``a|``). Nobody writes such steps by accident.
"""

from __future__ import annotations

import functools
import re
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

MAX_PIPES = 1000        # a chain of 1,000 costs 30 ms and 20 MB, one of 8,000 a whole node's patience
MAX_SECONDS = 0.5       # of this thread's CPU; 100 KB of common shell text need 0.05
_SMALL = 2000           # below this even the worst text is read at once
_CHUNK = 256

# Bash takes every character outside ASCII for a part of a word, as it takes a letter.
_NOT_ASCII = re.compile(r"[^\x01-\x7f]")


def parse(text: str) -> Node | None:
    """The root of the tree of a text; None where reading it would cost too much."""
    if text.count("|") > MAX_PIPES:
        return None
    data = _NOT_ASCII.sub("x", text).encode("ascii")
    if len(data) <= _SMALL:
        return _parser().parse(data).root_node
    return _parse_bounded(data)


def _parse_bounded(data: bytes) -> Node | None:
    deadline = time.thread_time() + MAX_SECONDS
    late = False

    def read(offset: int, _point: object) -> bytes:
        nonlocal late
        late = late or time.thread_time() > deadline
        return b"" if late else data[offset:offset + _CHUNK]

    tree = _parser().parse(read)
    return None if late else tree.root_node


@functools.cache
def _parser() -> Parser:
    import tree_sitter_bash  # 22 ms: only for steps that may hold something to find
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_bash.language()))
