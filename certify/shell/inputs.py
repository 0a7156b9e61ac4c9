"""The part of a walk over shell text that is about what commands read from their input."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from certify.shell import builtins, loops
from certify.shell.flow import INTO_FILE, NOWHERE, Flow, Sink, consumer
from certify.shell.fold import MAX_ALTERNATIVES, Values, fold, heredoc
from certify.shell.items import Word
from certify.shell.output import printed
from certify.shell.parse import parse
from certify.shell.script import Script
from certify.shell.variables import Assignments

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tree_sitter import Node

    from certify.shell.reader import Reader


class Inputs(Assignments, ABC):
    """A walk over one script, as far as inputs go."""

    def __init__(self, reader: Reader, script: Script, depth: int) -> None:
        super().__init__(reader.variables, script)
        self.reader, self.depth, self.entered = reader, depth, False
        self.flow = Flow(lambda node: builtins.unwrap(self._words(node)), lambda node: fold(node, self.scope), reader.opened,
                         self._consumer)

    @abstractmethod
    def _words(self, node: Node) -> tuple[Word, ...]:
        """The words of a command, unwrapped by who walks."""

    def _consumer(self, words: Sequence[Word], outer: Sink) -> Sink:
        """Where text ends up that a command reads; into functions and ``sh -c`` this looks once."""
        found = consumer(words, outer)
        if found != NOWHERE or not words or self.entered:
            return found
        script, body = self.reader.functions.get(words[0].value, (None, None))
        if body is not None and script is self.script:
            return self._entering(body, words[1:], outer)
        for text in builtins.scripts(words) if words[0].value != "eval" else ():
            return self._inner_consumer(text[0].value if text else "", outer)
        return found

    def _entering(self, body: Node, arguments: Sequence[Word], outer: Sink) -> Sink:
        kept, self.entered = self.variables.called(arguments), True
        found = self.flow.fed(body, outer)
        self.entered = False
        self.variables.returned(kept)
        return found

    def _inner_consumer(self, text: str, outer: Sink) -> Sink:
        self.reader.budget -= len(text)
        root = parse(text, self.reader.end) if self.reader.budget >= 0 else None
        if root is None:
            return NOWHERE
        inner = type(self)(self.reader, Script(text, 0, len(text), exact=False), self.depth + 1)
        inner.entered = True
        return inner.flow.fed(root, outer)

    def _open(self, node: Node) -> None:
        """``exec 3> file`` and ``exec {out}> file``: what goes to the descriptor from here on goes into the file."""
        body = node.child_by_field_name("body")
        opens = body is not None and body.type == "command" and self.scope.source(body).startswith("exec")
        words = self._words(body) if opens and body is not None else ()
        if not words or words[0].value != "exec" or len(words) > 2:
            return
        for child in node.children:
            number, target = child.child_by_field_name("descriptor"), child.child_by_field_name("destination")
            if target is not None and any(one.type in INTO_FILE for one in child.children):
                name = self.scope.source(number) if number is not None else str(len(self.reader.opened) + 10)   # as bash counts
                if number is None and len(words) == 2:
                    self.variables.keep(words[1].value.strip("{}"), (name,))
                self.reader.opened[name] = self.flow.into(child).paths

    def _fill(self, words: Sequence[Word], node: Node) -> None:
        """Keep what read and mapfile take from text that can be told."""
        names, beyond = loops.names(words)
        for source in loops.feeding(node):
            for text in self._told(source):
                if words[0].value != "read":
                    self.variables.arrays[names[-1] if names else "MAPFILE"] = {
                        str(number): line for number, line in enumerate(text.splitlines()[:MAX_ALTERNATIVES])}
                elif names:
                    rows = [[text.strip()]] if beyond else loops.rows(text, len(names), self._separators(node))
                    for name, values in zip(names, zip(*rows if loops.is_loop(node) else rows[:1], strict=True), strict=False):
                        self.variables.keep(name, values)

    def _told(self, node: Node) -> Iterator[str]:
        """The text of a document, or what a command prints."""
        if node.type in loops.DOCUMENTS:
            yield from (text for text, _ in self._document(node))
        elif node.type == "command":
            yield printed([word.value for word in self._words(node)]) or ""

    def _separators(self, node: Node) -> str | None:
        """The IFS that stands before a command."""
        given = [child for child in node.children if child.type == "variable_assignment" and self.name(child) == "IFS"]
        return next((self.value("IFS", child.child_by_field_name("value"))[0] for child in given), None)

    def _document(self, node: Node) -> Iterator[tuple[str, Word]]:
        values: Values
        if node.type == "herestring_redirect":
            for word in (self.word(child) for child in node.children if child.is_named):
                for value in word.values:
                    yield value, word
            return
        body, values = heredoc(node, self.scope)
        if body is not None:
            start, end = self.script.place(body.start_byte, body.end_byte)
            for value in values:
                yield value, Word(values=(value,), start=start, end=end)
