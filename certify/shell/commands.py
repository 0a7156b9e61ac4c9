"""The part of a walk over shell text that is about commands: what they set, run, print and are fed."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from certify.shell import builtins, editors, folders, programs
from certify.shell.flow import CHAINS, NOWHERE, Context, Sink
from certify.shell.fold import MAX_ALTERNATIVES, UNKNOWN, fold
from certify.shell.inputs import Inputs
from certify.shell.items import Assigned, Command, Effect, Program, Redirection, Word, Written
from certify.shell.output import printed
from certify.shell.script import Script
from certify.shell.variables import braced

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tree_sitter import Node

    from certify.shell.reader import Reader

MAX_NESTING = 5             # eval in eval in ...
MAX_WORDS = 2000            # of one command; more are a list of files

# Children of a command that are none of its words.
_NO_WORDS = frozenset({"variable_assignment", "file_redirect", "heredoc_redirect", "herestring_redirect", "comment"})
_FILLER = "_"               # stands for what is unknown when text is read again: a letter that means nothing
_UNQUOTED = re.compile(r"(?:[^\s'\"`$\\]|\\.|\$\w+|\$\{\w+\}|'[^']*'|\"[^\"`$\\]*\")+")
_NAMED = re.compile(r"[A-Z_][A-Z0-9_]{2,}(?:\+?=|$)")       # an argument that can be a variable's name
_ALL = re.compile(r"\"?(?:\$[@*]|\$\{(?:@|\w+\[@\])\})\"?")
_LIST = re.compile(r"(?<!\$)\{[^{}\s'\"`$\\]*,[^{}\s'\"`$\\]*\}")


class Commands(Inputs):
    """The walk over one script."""

    def __init__(self, reader: Reader, script: Script, depth: int) -> None:
        super().__init__(reader, script, depth)

    def declaration(self, node: Node, context: Context) -> Iterator[Effect]:
        """``export`` and its like, which the grammar knows."""
        words = self._words(node)
        if words and builtins.references(words):
            self._refer(node)
        elif words and builtins.declares(words):
            for child in node.children:
                if child.type == "variable_assignment":
                    yield from self.assignment(child, replace(context, how=words[0].value))
            yield from self._builtin(words, node)

    def _refer(self, node: Node) -> None:
        for child in node.children:
            name, value = child.child_by_field_name("name"), child.child_by_field_name("value")
            if child.type == "variable_assignment" and name is not None and value is not None:
                self.variables.references[self.scope.source(name)] = fold(value, self.scope)[0]

    def function(self, node: Node, _context: Context) -> Iterator[Effect]:
        """Remember the body, to read it with the arguments of a call."""
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if name is not None and body is not None:
            self.reader.functions[self.scope.source(name)] = (self.script, body)
        yield from ()

    def command(self, node: Node, context: Context) -> Iterator[Effect]:
        """A simple command."""
        if any(child.type == "file_redirect" for child in node.children):
            context = replace(context, sink=self.flow.redirected(node, context.sink))
        apart = self._stands_apart(node)
        if apart:
            yield from self._plain_assignments(node)
        words = self._words(node)[self._glued(node):]
        if not words and not apart:
            yield from self._plain_assignments(node)
        inner = builtins.unwrap(words)
        yield from builtins.wrapped_assignments(words)
        if inner:
            yield Command(words=inner, prefix=() if apart else tuple(self._prefix(node)),
                          own=inner[0].value in self.reader.functions, folders=self.reader.folders.here)
            yield from self._builtin(inner, node)
            yield from self._speaks(inner, context.sink)
            yield from self.fed(node, context)
            yield from self._called(inner, context)

    def _speaks(self, words: Sequence[Word], sink: Sink) -> Iterator[Effect]:
        """What a command prints, and the programs of other languages among its words."""
        start, end = words[0].start, words[-1].end
        name = words[0].value.rpartition("/")[2]
        if sink != NOWHERE and name in ("echo", "printf"):
            for number in range(max(len(word.values) for word in words)):
                text = printed([word.values[number % len(word.values)] for word in words])
                yield from self._sent(text or "", words[1] if len(words) == 2 else Word(values=("",), start=start, end=end),
                                      sink, name)
        yield from programs.of(words, sink.paths, self.script)

    def _called(self, words: Sequence[Word], context: Context) -> Iterator[Effect]:
        """Read the body of a function with the arguments of this call."""
        script, body = self.reader.functions.get(words[0].value, (None, None))
        if script is None or body is None or self.depth >= MAX_NESTING:
            return
        if context.sink == NOWHERE and not any(_NAMED.match(value) or value.startswith("/")
                                              for word in words[1:] for value in word.values):
            return
        self.reader.calls -= body.end_byte - body.start_byte
        if self.reader.calls < 0:
            return
        kept = self.variables.called(words[1:])
        yield from self.reader.walked(script, body, self.depth + 1, Context(sink=context.sink))
        self.variables.returned(kept)

    def _words(self, node: Node) -> tuple[Word, ...]:
        words: list[Word] = []
        last = -1
        for child in node.children[:MAX_WORDS]:
            if child.type in _NO_WORDS or not (child.is_named or node.type == "declaration_command"):
                continue
            word = self.word(child)
            if child.start_byte == last:    # export L'D'=x: the grammar makes two words of it
                before = words.pop()
                joined = tuple(one + other for one in before.values for other in word.values)
                word = replace(before, values=joined[:MAX_ALTERNATIVES], end=word.end)
            elif child.type in ("simple_expansion", "command_name") and len(word.values) == 1 and " " in word.value:
                split = self._split(child, word)
                words += split[:-1]
                word = split[-1]
            elif len(word.values) > 1 and _ALL.fullmatch(self.scope.source(child)):
                words += [replace(word, values=(value,)) for value in word.values[:-1]]
                word = replace(word, values=word.values[-1:])
            words.append(word)
            last = child.end_byte
        return tuple(words)

    def _split(self, node: Node, word: Word) -> list[Word]:
        """A variable without quotes becomes several words."""
        if not self.scope.source(node).startswith("$") or self.scope.source(node).startswith("$'"):
            return [word]
        return [replace(word, values=(part,)) for part in word.value.split()] or [word]

    def _stands_apart(self, node: Node) -> bool:
        """Whether a line end divides the assignments from the command; the grammar overlooks it after two."""
        name = node.child_by_field_name("name")
        before = node.children[0]
        if name is None or before.type != "variable_assignment":
            return False
        return re.search(r"(?<!\\)\n", self.script.text[before.end_byte:name.start_byte]) is not None

    def _glued(self, node: Node) -> bool:
        """Whether the name is the rest of an assignment: the grammar ends ``A=$x/lib:$y/lib`` after the second $."""
        name, before = node.child_by_field_name("name"), node.children[0]
        return name is not None and before.type == "variable_assignment" and before.end_byte == name.start_byte

    def _plain_assignments(self, node: Node) -> Iterator[Assigned]:
        for child in node.children:
            if child.type == "variable_assignment":
                yield from self.assignment(child, Context())

    def _prefix(self, node: Node) -> Iterator[Assigned]:
        for child in node.children:
            name = self.name(child) if child.type == "variable_assignment" else None
            if name is not None:
                start, end = self.script.place(child.start_byte, child.end_byte)
                for text in self.value(name, child.child_by_field_name("value")):
                    yield Assigned(name=name, value=text, start=start, end=end, how="prefix")

    def _builtin(self, words: tuple[Word, ...], node: Node) -> Iterator[Effect]:
        for found in builtins.assigned(words):
            yield self.variables.learn(found)
        if words[0].value in ("read", "mapfile", "readarray"):
            self._fill(words, node)
        if words[0].value == "set" and len(words) > 1 and words[1].value == "--":
            self.variables.positional(words[2:])
        elif words[0].value == "shift":
            self.variables.shift()
        elif words[0].value in folders.NAMES:
            self.reader.folders.change(words, node)
        yield from self._scripts(words)
        yield from self._braces(words, node)

    def _scripts(self, words: tuple[Word, ...]) -> Iterator[Effect]:
        """Text that the command runs: but for eval, in a shell of its own, which ends where it was."""
        for text in builtins.scripts(words):
            own = words[0].value != "eval"
            if own:
                self.reader.folders.enter("subshell")
            yield from self._nested(text)
            if own:
                self.reader.folders.leave("subshell")

    def _braces(self, words: Sequence[Word], node: Node) -> Iterator[Effect]:
        """``export {A,B}_PATH=/x`` is read again as the words that bash makes of it."""
        source = self.scope.source(node)
        if words[0].value not in (*builtins.DECLARING, "env", "sudo") or not _LIST.search(source):
            return
        expanded = _UNQUOTED.sub(lambda match: " ".join(braced(match[0])), source)
        if expanded != source:
            yield from self.inner(expanded, *self.script.place(node.start_byte, node.end_byte))

    def _nested(self, words: tuple[Word, ...]) -> Iterator[Effect]:
        if len(words) == 1:
            for value in words[0].values:
                yield from self.inner(value, words[0].start, words[0].end)
        elif words:
            for number in range(max(len(word.values) for word in words)):
                text = " ".join(word.values[number % len(word.values)] for word in words)
                yield from self.inner(text, words[0].start, words[-1].end)

    def inner(self, text: str, start: int, end: int, context: Context | None = None) -> Iterator[Effect]:
        """Read text that stands from start to end, in quotes or bare."""
        self.reader.budget -= len(text)
        if self.depth >= MAX_NESTING or self.reader.budget < 0:
            return
        margin = self.script.margin(text, start, end)
        placed = Script(text.replace(UNKNOWN, _FILLER), start + (margin or 0), end, exact=margin is not None)
        yield from self.reader.items(placed, self.depth + 1, context or Context())

    def redirection(self, node: Node, _context: Context) -> Iterator[Redirection]:
        """``> file`` and its like."""
        target = node.child_by_field_name("destination")
        operator = next((child.type for child in node.children if not child.is_named), "")
        if target is not None:
            yield Redirection(operator=operator, target=self.word(target), folders=self.reader.folders.here)

    def fed(self, node: Node, context: Context) -> Iterator[Effect]:
        """Text that a command reads from a here-document or here-string; and what exec opens."""
        if node.type == "redirected_statement":
            self._open(node)
        texts = [child for child in node.children if child.type in ("heredoc_redirect", "herestring_redirect")][-1:]
        if not texts:
            return
        outer = context.tail or context.sink
        body = node
        if node.type == "redirected_statement":
            outer, body = self.flow.redirected(node, outer), node.child_by_field_name("body") or node
        while body.type in CHAINS and body.named_child_count:
            body = body.named_children[-1]
        for child in texts:
            for text, place in self._document(child):
                yield from self._sent(text, place, self.flow.fed(body, outer), "heredoc")

    def _sent(self, text: str, place: Word, sink: Sink, how: str) -> Iterator[Effect]:
        """Text that goes to a sink; ``place`` is where it stands."""
        stripped = text.removesuffix("\n") if how == "echo" else text
        if sink.reader == "sh":
            self.reader.folders.enter("subshell")
            yield from self.inner(stripped, place.start, place.end)
            self.reader.folders.leave("subshell")
            return
        margin = self.script.margin(stripped, place.start, place.end)
        start, exact = place.start + (margin or 0), margin is not None
        if sink.reader in editors.EDITORS:
            for at, put in editors.edits(sink.reader, stripped):
                here = exact and at is not None
                yield Written(paths=sink.paths, text=put, start=start + (at or 0) if here else place.start,
                              end=place.end, how=sink.reader, exact=here)
            return
        if sink.reader:
            yield Program(language=sink.reader, text=text, start=start, end=place.end, exact=exact)
        if sink.paths:
            yield Written(paths=sink.paths, text=text, start=start, end=place.end, how=how, exact=exact)
