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
_PACE = 4e-6            # seconds for each character, beside _START: eight times what common text needs
_START = 0.03
_PATIENCE = 0.1         # seconds, before the pace is judged: common text is read at twice the pace that it needs
_SMALL = 2000           # below this even the worst text is read at once
_CHUNK = 256
_LONG = 20_000          # from here on parsing once more is felt

_last: list[tuple[str, Node | None]] = []

# Bash takes every character outside ASCII for a part of a word, as it takes a letter.
_NOT_ASCII = re.compile(r"[^\x01-\x7f]")


def parse(text: str, until: float = 0.0) -> Node | None:
    """The root of the tree of a text; None where reading it would cost too much, or beyond a time of the thread.

    The tree of the last long text is kept for who asks again.
    """
    if until or len(text) <= _LONG:
        return _parsed(text, until)
    if not _last or _last[0][0] != text:
        _last[:] = [(text, _parsed(text, until))]
    return _last[0][1]


def _parsed(text: str, until: float) -> Node | None:
    if text.count("|") > MAX_PIPES and _longest_chain(text) > MAX_PIPES:
        return None
    data = _NOT_ASCII.sub("x", text).encode("ascii")
    if len(data) <= _SMALL:
        return _parser().parse(data).root_node
    latest = time.thread_time() + min(MAX_SECONDS, _START + _PACE * len(data))
    return _parse_bounded(data, min(until, latest) if until else latest)


def _longest_chain(text: str) -> int:
    """The most pipes of a stretch that line ends do not divide: a long script may have many, in many lines."""
    most = chain = 0
    for line in text.split("\n"):
        chain += line.count("|")
        most = max(most, chain)
        if not line.rstrip().endswith(("|", "\\", "&")):
            chain = 0
    return most


def _parse_bounded(data: bytes, deadline: float) -> Node | None:
    start, late, parsing = time.thread_time(), False, True

    def read(offset: int, _point: object) -> bytes:
        nonlocal late
        if not parsing:     # a node's text is read in the same way, and again and again until it is all there
            return data[offset:offset + _CHUNK]
        now = time.thread_time()
        hopeless = now - start > _PATIENCE and offset * MAX_SECONDS < len(data) * (now - start) / 2
        late = late or now > deadline or hopeless
        return b"" if late else data[offset:offset + _CHUNK]

    tree = _parser().parse(read)
    parsing = False
    return None if late else tree.root_node


@functools.cache
def _parser() -> Parser:
    import tree_sitter_bash  # 22 ms: only for steps that may hold something to find
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_bash.language()))
