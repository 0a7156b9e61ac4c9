"""Walks over shell text in its order, and into the text that it hands to eval and to other shells.

The walk keeps its own stack and the depth and amount of nested text are bounded, so any text ends well.
Branches and functions are read as if they ran one after the other, once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from certify.shell import builtins
from certify.shell.fold import MAX_ALTERNATIVES, UNKNOWN, Scope, Values, default_of, fold, fold_heredoc
from certify.shell.items import Assigned, Command, Item, Redirection, Word
from certify.shell.parse import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tree_sitter import Node

MAX_NESTING = 5             # eval in eval in ...
MAX_NESTED = 400_000        # characters of such text in one reading
MAX_VALUE = 512             # a longer value of a variable is not kept

# Children of a command that are none of its words.
_NO_WORDS = frozenset({"variable_assignment", "file_redirect", "heredoc_redirect", "herestring_redirect",
                       "comment"})

_FILLER = "_"               # stands for what is unknown when text is read again: a letter that means nothing
_SEEN = "seen"              # an assignment that its declaring builtin has told already
_HOW = {"command": "prefix", "declaration_command": _SEEN}

# Set before a step starts, to something that the recipe does not tell.
_PRESET = dict.fromkeys(("HOME", "PWD", "OLDPWD", "PATH", "USER", "SHELL", "HOSTNAME", "IFS"), (UNKNOWN,))


def read(text: str, known: Mapping[str, str] | None = None) -> Iterator[Item]:
    """The items of a text in order; ``known`` is the environment that it starts with."""
    given = {name: (value,) for name, value in (known or {}).items() if len(value) <= MAX_VALUE}
    return _Reader({**_PRESET, **given}).items(_Script(text, 0, len(text), exact=True), 0)


@dataclass(frozen=True, slots=True)
class _Script:
    """A text and its place in the outermost one; ``exact`` if a character here is a character there."""

    text: str
    start: int
    end: int
    exact: bool

    def place(self, start: int, end: int) -> tuple[int, int]:
        return (self.start + start, self.start + end) if self.exact else (self.start, self.end)


class _Reader:
    def __init__(self, known: dict[str, Values]) -> None:
        self.known = known
        self.references: dict[str, str] = {}
        self.budget = MAX_NESTED

    def items(self, script: _Script, depth: int) -> Iterator[Item]:
        root = parse(script.text)
        stack: list[tuple[Node, str]] = [(root, "plain")] if root is not None else []
        walk = _Walk(self, script, depth)
        while stack:
            node, how = stack.pop()
            handler = _HANDLERS.get(node.type)
            if handler is not None:
                yield from handler(walk, node, how)
            if node.child_count:
                inner = _HOW.get(node.type, "plain")
                stack += [(child,
                           inner) for child in reversed(node.children) if child.child_count or child.is_named]

    def learn(self, found: Assigned, *, added: bool = False) -> Assigned:
        """Keep what a variable now is; names made by ``declare -n`` stand for their variables."""
        name = self.references.get(found.name, found.name)
        before = self.known.get(name, ("",)) if added else ("",)
        values = tuple(one + found.value for one in before)
        self.known[name] = values if all(len(one) <= MAX_VALUE for one in values) else (UNKNOWN,)
        return replace(found, name=name)


class _Walk:
    """The walk over one script."""

    def __init__(self, reader: _Reader, script: _Script, depth: int) -> None:
        self.reader, self.script, self.depth = reader, script, depth
        self.scope = Scope(script.text, reader.known)

    def word(self, node: Node) -> Word:
        start, end = self.script.place(node.start_byte, node.end_byte)
        return Word(values=fold(node, self.scope), start=start, end=end)

    def assignment(self, node: Node, how: str) -> Iterator[Assigned]:
        name, value = self._name(node), node.child_by_field_name("value")
        if name is None or how == _SEEN:
            return
        for text in self._value(name, value):
            start, end = self.script.place(node.start_byte, node.end_byte)
            found = Assigned(name=name, value=text, start=start, end=end, how=how)
            yield self.reader.learn(found, added=any(child.type == "+=" for child in node.children))

    def _name(self, node: Node) -> str | None:
        target = node.child_by_field_name("name")
        if target is not None and target.type == "subscript":
            target = target.child_by_field_name("name")
        return self.scope.source(target) if target is not None else None

    def _value(self, name: str, node: Node | None) -> Values:
        if node is None:
            return ("",)
        if node.type == "array":
            return (UNKNOWN if node.named_child_count else "",)
        own = self.reader.known.get(name)
        self.reader.known[name] = ("",)     # PATH=$PATH:/x adds /x: what a variable already has is no news
        values = fold(node, self.scope)
        if own is None:
            del self.reader.known[name]
        else:
            self.reader.known[name] = own
        return values

    def declaration(self, node: Node, _how: str) -> Iterator[Item]:
        words = self._words(node)
        if words and builtins.references(words):
            self._refer(node)
        elif words and builtins.declares(words):
            for child in node.children:
                if child.type == "variable_assignment":
                    yield from self.assignment(child, words[0].value)
            yield from self._builtin(words)

    def _refer(self, node: Node) -> None:
        for child in node.children:
            name, value = child.child_by_field_name("name"), child.child_by_field_name("value")
            if child.type == "variable_assignment" and name is not None and value is not None:
                self.reader.references[self.scope.source(name)] = fold(value, self.scope)[0]

    def command(self, node: Node, _how: str) -> Iterator[Item]:
        apart = self._stands_apart(node)
        if apart:
            yield from self._plain_assignments(node)
        words = self._words(node)
        inner = builtins.unwrap(words)
        yield from builtins.wrapped_assignments(words)
        if inner:
            yield Command(words=inner, prefix=() if apart else tuple(self._prefix(node)))
            yield from self._builtin(inner)
            yield from self.fed(node, "")

    def _words(self, node: Node) -> tuple[Word, ...]:
        words: list[Word] = []
        last = -1
        for child in node.children:
            if child.type in _NO_WORDS or not (child.is_named or node.type == "declaration_command"):
                continue
            word = self.word(child)
            if child.start_byte == last:    # export L'D'=x: the grammar makes two words of it
                before = words.pop()
                joined = tuple(one + other for one in before.values for other in word.values)
                word = replace(before, values=joined[:MAX_ALTERNATIVES], end=word.end)
            words.append(word)
            last = child.end_byte
        return tuple(words)

    def _stands_apart(self, node: Node) -> bool:
        """Whether a line end divides the assignments from the command; the grammar overlooks it after two."""
        name = node.child_by_field_name("name")
        before = node.children[0]
        if name is None or before.type != "variable_assignment":
            return False
        return re.search(r"(?<!\\)\n", self.script.text[before.end_byte:name.start_byte]) is not None

    def _plain_assignments(self, node: Node) -> Iterator[Assigned]:
        for child in node.children:
            if child.type == "variable_assignment":
                yield from self.assignment(child, "plain")

    def _prefix(self, node: Node) -> Iterator[Assigned]:
        for child in node.children:
            name = self._name(child) if child.type == "variable_assignment" else None
            if name is not None:
                start, end = self.script.place(child.start_byte, child.end_byte)
                for text in self._value(name, child.child_by_field_name("value")):
                    yield Assigned(name=name, value=text, start=start, end=end, how="prefix")

    def _builtin(self, words: tuple[Word, ...]) -> Iterator[Item]:
        for found in builtins.assigned(words):
            yield self.reader.learn(found)
        for text in builtins.scripts(words):
            yield from self._nested(text)

    def _nested(self, words: tuple[Word, ...]) -> Iterator[Item]:
        if len(words) == 1:
            for value in words[0].values:
                yield from self.inner(value, words[0].start, words[0].end)
        elif words:
            yield from self.inner(" ".join(word.value for word in words), words[0].start, words[-1].end)

    def inner(self, text: str, start: int, end: int) -> Iterator[Item]:
        """Read text that stands from start to end, in quotes or bare."""
        self.reader.budget -= len(text)
        if self.depth >= MAX_NESTING or self.reader.budget < 0:
            return
        margin = self._margin(text, start, end)
        placed = _Script(text.replace(UNKNOWN, _FILLER), start + (margin or 0), end, exact=margin is not None)
        yield from self.reader.items(placed, self.depth + 1)

    def _margin(self, text: str, start: int, end: int) -> int | None:
        """How far into its place a text starts; None if its characters are not the place's."""
        origin = self.script.start
        source = self.script.text[start - origin:end - origin] if self.script.exact else ""
        if len(source) == len(text):
            return 0
        return 1 if len(source) == len(text) + 2 and source[0] == source[-1] and source[0] in "'\"" else None

    def loop(self, node: Node, _how: str) -> Iterator[Assigned]:
        variable = node.child_by_field_name("variable")
        if variable is None:
            return
        values = [text for child in node.children_by_field_name("value") for text in fold(child, self.scope)]
        name, (start, end) = self.scope.source(variable), self.script.place(variable.start_byte,
                                                                            variable.end_byte)
        few = 0 < len(values) <= MAX_ALTERNATIVES and all(len(text) <= MAX_VALUE for text in values)
        self.reader.known[name] = tuple(values) if few else (UNKNOWN,)
        yield Assigned(name=name, value=UNKNOWN, start=start, end=end, how="for")

    def default(self, node: Node, _how: str) -> Iterator[Assigned]:
        found = default_of(node, self.scope)
        if found is not None and self.reader.known.get(found[0], ("",)) == ("",):
            start, end = self.script.place(node.start_byte, node.end_byte)
            for text in found[1]:
                yield self.reader.learn(Assigned(name=found[0], value=text, start=start, end=end,
                                                 how="default"))

    def redirection(self, node: Node, _how: str) -> Iterator[Redirection]:
        target = node.child_by_field_name("destination")
        operator = next((child.type for child in node.children if not child.is_named), "")
        if target is not None:
            yield Redirection(operator=operator, target=self.word(target))

    def fed(self, node: Node, _how: str) -> Iterator[Item]:
        """Text that a shell reads from a here-document or here-string."""
        body = node.child_by_field_name("body") or node
        texts = [child for child in node.children if child.type in ("heredoc_redirect",
                                                                    "herestring_redirect")]
        if texts and body.type == "command" and builtins.reads_script(builtins.unwrap(self._words(body))):
            for child in texts:
                yield from self._document(child)

    def _document(self, node: Node) -> Iterator[Item]:
        if node.type == "herestring_redirect":
            yield from self._nested(tuple(self.word(child) for child in node.children if child.is_named))
            return
        body = next((child for child in node.children if child.type == "heredoc_body"), None)
        if body is not None:
            quoted = any(mark in self.scope.source(node).partition("\n")[0] for mark in "'\"\\")
            values = (self.scope.source(body),) if quoted else fold_heredoc(body, self.scope)
            start, end = self.script.place(body.start_byte, body.end_byte)
            for value in values:
                yield from self.inner(value, start, end)


_HANDLERS: dict[str, Callable[[_Walk, Node, str], Iterator[Item]]] = {
    "variable_assignment": _Walk.assignment, "declaration_command": _Walk.declaration,
    "command": _Walk.command,
    "for_statement": _Walk.loop, "expansion": _Walk.default, "file_redirect": _Walk.redirection,
    "redirected_statement": _Walk.fed,
}
