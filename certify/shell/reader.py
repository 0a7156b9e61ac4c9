"""Walks over shell text in its order, and into the text that it hands to eval and to other shells.

The walk keeps its own stack, and its time and the depth and amount of nested text are bounded, so any text
ends well. Branches and the bodies of functions are read as if they ran one after the other, once; a function
is read again, with its arguments, where it is called.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from certify.shell.commands import Commands
from certify.shell.documents import straightened
from certify.shell.flow import Context
from certify.shell.fold import UNKNOWN, Values
from certify.shell.folders import SCOPES, Folders
from certify.shell.items import Assigned, Command, Effect, Item, Redirection
from certify.shell.parse import parse
from certify.shell.script import Script
from certify.shell.variables import MAX_VALUE, Variables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tree_sitter import Node

MAX_NESTED = 400_000        # characters of such text in one reading
MAX_CALLED = 100_000        # characters of bodies that are read again for a call
MAX_SECONDS = 0.3           # of this thread's CPU for a walk, beside the parser's limit: some 50 KB of common text
MAX_SECONDS_AFTER = 0.15    # for the rest of a longer text, of which only what names the loader's variables is read
MAX_KEPT = 150_000          # characters of texts whose readings are kept: the rules look at all texts, one after the other

_TRACE = re.compile(r"LD_|LIBRARY")
_kept: dict[tuple[str, tuple[tuple[str, str], ...]], tuple[Effect, ...]] = {}
_size = [0]                 # characters of the texts in it

# Set before a step starts, to something that the recipe does not tell.
_PRESET = dict.fromkeys(("HOME", "PWD", "OLDPWD", "PATH", "USER", "SHELL", "HOSTNAME", "IFS"), (UNKNOWN,))


def read(text: str, known: Mapping[str, str] | None = None) -> Iterator[Item]:
    """The items of a text in order; ``known`` is the environment that it starts with."""
    for effect in effects(text, known):
        if isinstance(effect, Command | Assigned | Redirection):
            yield effect


def effects(text: str, known: Mapping[str, str] | None = None) -> tuple[Effect, ...]:
    """The items of a text in order, and what it writes into files and hands to other interpreters."""
    key = text, tuple(sorted((known or {}).items()))
    found = _kept.get(key)
    if found is None:
        found = _effects(*key)
        if _size[0] + len(text) > MAX_KEPT:
            _kept.clear()
            _size[0] = 0
        _kept[key] = found
        _size[0] += len(text)
    return found


def _effects(text: str, known: tuple[tuple[str, str], ...]) -> tuple[Effect, ...]:
    given: dict[str, Values] = {name: (value,) for name, value in known if len(value) <= MAX_VALUE}
    return tuple(Reader({**_PRESET, **given}).items(Script(text, 0, len(text), exact=True), 0, Context()))


class Reader:
    """One reading: what is known so far, and what may still be spent."""

    def __init__(self, known: dict[str, Values]) -> None:
        self.variables = Variables(known)
        self.folders = Folders(self.variables)
        self.functions: dict[str, tuple[Script, Node]] = {}
        self.opened: dict[str, Values] = {}     # files, by the descriptor that exec has given them
        self.budget, self.calls = MAX_NESTED, MAX_CALLED
        self.deadline = self.end = 0.0

    def items(self, script: Script, depth: int, context: Context) -> Iterator[Effect]:
        """The effects of a script."""
        script = straightened(script)
        root = parse(script.text, self.end)
        if root is not None:
            if not self.end:
                self.deadline = time.thread_time() + MAX_SECONDS
                self.end = self.deadline + MAX_SECONDS_AFTER
            yield from self.walked(script, root, depth, context)

    def walked(self, script: Script, top: Node, depth: int, context: Context) -> Iterator[Effect]:
        """The effects of a part of a script, which is a tree's node."""
        walk, now = Commands(self, script, depth), 0.0
        stack: list[tuple[Node, Context | None]] = [(top, context)]
        while stack and now <= self.end:
            node, inside = stack.pop()
            if inside is None:
                self.folders.leave(node.type)
                continue
            now = time.thread_time()
            if now > self.deadline and not _TRACE.search(script.text, node.start_byte, node.end_byte):
                continue
            handler = _HANDLERS.get(node.type)
            if handler is not None:
                for effect in handler(walk, node, inside):
                    yield effect
                    if time.thread_time() > self.end:
                        return
            if node.child_count:
                if node.type in SCOPES:
                    self.folders.enter(node.type)
                    stack.append((node, None))
                children = walk.flow.inside(node, inside)
                stack += [(child, how) for child, how in reversed(children) if child.child_count or child.is_named]


_HANDLERS: dict[str, Callable[[Commands, Node, Context], Iterator[Effect]]] = {
    "variable_assignment": Commands.assignment, "declaration_command": Commands.declaration,
    "command": Commands.command, "function_definition": Commands.function,
    "for_statement": Commands.loop, "expansion": Commands.default, "file_redirect": Commands.redirection,
    "redirected_statement": Commands.fed,
}
