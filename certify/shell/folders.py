"""The folder that the commands of a shell text run in, as far as cd, pushd and popd tell.

It is kept where the shell keeps it, in PWD, and is unknown to start with, after a branch that may have left it, and in the
body of a function, which may be called from anywhere.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from certify.shell.fold import UNKNOWN, Values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tree_sitter import Node

    from certify.shell.items import Word
    from certify.shell.variables import Variables

NAMES = frozenset({"cd", "pushd", "popd", "chdir"})
NOT_TOLD: Values = (UNKNOWN,)
MAX_UP = 20         # nodes above a cd that are looked at

# A shell of its own: what it changes ends with it.
_OWN = frozenset({"subshell", "command_substitution", "process_substitution", "pipeline", "function_definition"})
_ALTERNATIVES = frozenset({"elif_clause", "else_clause", "case_item"})
_BRANCHES = _ALTERNATIVES | {"if_statement", "case_statement", "while_statement", "for_statement", "c_style_for_statement"}
SCOPES = _OWN | _BRANCHES

_State = tuple[Values, tuple[Values, ...]]       # the folder, and those that pushd keeps


class Folders:
    """Where the commands of one reading run; ``moved`` once the text itself has gone somewhere."""

    def __init__(self, variables: Variables) -> None:
        self._variables = variables
        self._scopes, self._left = list[_State](), list[bool]()     # how each began, and whether a branch of it went elsewhere
        self._stack: tuple[Values, ...] = ()
        self.moved = False

    @property
    def here(self) -> Values:
        """Where the next command runs; not told before the text went somewhere itself."""
        return self._now() if self.moved else NOT_TOLD

    def enter(self, kind: str) -> None:
        """A part of the text begins, which may leave the folder as it was."""
        if kind in _ALTERNATIVES and self._scopes:
            self._left[-1] |= self._state() != self._scopes[-1]
            self._restore(self._scopes[-1])
        self._scopes.append(self._state())
        self._left.append(False)
        if kind == "function_definition":
            self._go(NOT_TOLD)

    def leave(self, kind: str) -> None:
        """It ends."""
        before, left = self._scopes.pop(), self._left.pop()
        if kind in _OWN:
            self._restore(before)
        elif left or self._state() != before:
            self._restore((NOT_TOLD, ()))

    def change(self, words: Sequence[Word], node: Node) -> None:
        """Follow cd and its like."""
        name, where = words[0].value, [word for word in words[1:] if word.value not in ("-P", "-L", "-e", "-@", "--", "-n")]
        before, self.moved = self._now(), True
        if _is_otherwise(node):
            self._stack, target = (), NOT_TOLD
        elif name == "popd" or (name == "pushd" and not where):
            target = self._stack[-1] if self._stack and not where else NOT_TOLD
            self._stack = self._stack[:-1] if name == "popd" else ()
        elif not where:
            target = self._variables.known.get("HOME", NOT_TOLD)
        elif where[0].value == "-":
            target = self._variables.known.get("OLDPWD", NOT_TOLD)
        else:
            target = joined(before, where[0].values)
            self._stack = (*self._stack, before) if name == "pushd" else self._stack
        self._go(target)
        self._variables.keep("OLDPWD", before)

    def _now(self) -> Values:
        return self._variables.known.get("PWD", NOT_TOLD)

    def _go(self, target: Values) -> None:
        self._variables.keep("PWD", tuple(posixpath.normpath(one) if one.startswith("/") else UNKNOWN for one in target))

    def _state(self) -> _State:
        return self._now(), self._stack

    def _restore(self, state: _State) -> None:
        if self._now() != state[0]:
            self._variables.keep("PWD", state[0])
            self._variables.keep("OLDPWD", NOT_TOLD)
        self._stack = state[1]


def joined(folders: Values, paths: Values) -> Values:
    """Paths as seen from folders; what is not told stays so."""
    found = (path if path.startswith(("/", UNKNOWN)) else posixpath.join(folder, path) for folder in folders for path in paths)
    return tuple(dict.fromkeys(found))


def _is_otherwise(node: Node) -> bool:
    """Whether a command only runs where another one fails: ``a || cd b``."""
    for _ in range(MAX_UP):
        above = node.parent
        if above is None or above.type in SCOPES:
            return False
        if above.type == "list" and above.children[0] != node and any(child.type == "||" for child in above.children):
            return True
        node = above
    return True
