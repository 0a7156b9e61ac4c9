"""Where the output of a command goes: into files, to another command, or nowhere that matters."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from certify.shell import builtins

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tree_sitter import Node

    from certify.shell.fold import Values
    from certify.shell.items import Word

INTO_FILE = frozenset({">", ">>", ">|", "&>", "&>>", ">&"})
CHAINS = frozenset({"list", "pipeline", "negated_command"})

# Filters that hand on what they read; a sed or grep may leave some of it out, and mostly does not.
_FILTERS = frozenset({"cat", "envsubst", "sed", "sort", "uniq", "tr", "column", "expand", "unexpand", "fmt", "nl", "head"})
_INPUT = frozenset({"/dev/stdin", "/proc/self/fd/0", "/dev/fd/0", "-"})
_LANGUAGES = (("csh", r"t?csh"), ("python", r"python[\d.]*|pypy3?|ipython3?"), ("perl", r"perl"), ("tcl", r"tclsh[\d.]*"),
              ("lua", r"lua[\d.]*"), ("r", r"Rscript|R"), ("julia", r"julia"), ("ruby", r"ruby"), ("js", r"node"),
              ("fish", r"fish"))
LANGUAGES = tuple((language, re.compile(pattern)) for language, pattern in _LANGUAGES)


@dataclass(frozen=True, slots=True)
class Sink:
    """Files that text is written to, or the language of the interpreter that reads it (``sh`` for shells)."""

    paths: Values = ()
    reader: str = ""


NOWHERE = Sink()


@dataclass(frozen=True, slots=True)
class Context:
    """How a node is met: the construct, its output's sink, and the sink of the last command of a list.

    ``branch`` tells what may run from what will.
    """

    how: str = "plain"
    sink: Sink = NOWHERE
    tail: Sink | None = None
    branch: bool = False


def language_of(name: str) -> str:
    """The language that an interpreter of this name reads; nothing for other commands."""
    if name in builtins.SHELLS:
        return "sh"
    return next((language for language, pattern in LANGUAGES if pattern.fullmatch(name)), "")


def consumer(words: Sequence[Word], outer: Sink) -> Sink:
    """Where text ends up that a command reads from its input; ``outer`` is the sink of its output."""
    if not words:
        return NOWHERE
    name = words[0].value.rpartition("/")[2]
    operands = [word for word in words[1:] if not word.value.startswith("-")]
    if name in ("tee", "sponge"):
        return Sink(paths=(*(path for word in operands for path in word.values), *outer.paths))
    if name in _FILTERS:
        return outer
    if name in ("install", "cp", "mv") and operands[:-1] and any(word.value in _INPUT for word in operands[:-1]):
        return Sink(paths=operands[-1].values)
    if name == "dd":
        return Sink(paths=tuple(word.value[3:] for word in words if word.value.startswith("of=")) or outer.paths)
    return Sink(reader=_reads(name, words))


def _reads(name: str, words: Sequence[Word]) -> str:
    """The language of a program that a command takes from its input."""
    if builtins.reads_script(words):
        return "sh"
    language = language_of(name)
    arguments = [word.value for word in words[1:] if not re.fullmatch(r"--?[A-Za-z].*", word.value)]
    from_input = not arguments or arguments[0] in _INPUT
    own_program = any(word.value in ("-c", "-e", "-m") for word in words[1:])
    return language if language != "sh" and from_input and not own_program else ""


class Flow:
    """Works out the contexts of a node's children; ``words`` gives the words of a command, unwrapped."""

    def __init__(self, words: Callable[[Node], Sequence[Word]], target: Callable[[Node], Values]) -> None:
        self._words, self._target = words, target

    def inside(self, node: Node, context: Context) -> list[tuple[Node, Context]]:
        """The children of a node, each with its context."""
        kind = node.type
        if kind == "redirected_statement":
            return self._redirected(node, context)
        if kind in CHAINS:
            return self._chain(node, context)
        if kind == "process_substitution":
            inner = replace(_PLAIN, sink=Sink(reader="sh")) if context.how == "sourced" else _PLAIN
        elif kind == "command_substitution":
            inner = _PLAIN
        else:
            how = _HOW.get(kind, "plain")
            if kind == "command" and any(child.type == "process_substitution" for child in node.children):
                how = self._sourcing(node)
            branch = context.branch or kind in _BRANCHES
            same = how == context.how and branch == context.branch and context.tail is None
            inner = context if same else Context(how, context.sink, None, branch)
        return [(child, inner) for child in node.children]

    def _sourcing(self, node: Node) -> str:
        words = self._words(node)
        name = words[0].value.rpartition("/")[2] if words else ""
        return "sourced" if name in ("source", ".") or name in builtins.SHELLS else "prefix"

    def _redirected(self, node: Node, context: Context) -> list[tuple[Node, Context]]:
        sink = self.redirected(node, context.tail or context.sink)
        body = node.child_by_field_name("body")
        chain = body is not None and body.type in CHAINS
        inner = replace(context, tail=sink) if chain else replace(context, sink=sink, tail=None)
        rest = replace(context, tail=None)
        return [(child, inner if child == body else rest) for child in node.children]

    def _chain(self, node: Node, context: Context) -> list[tuple[Node, Context]]:
        """Of a list, the last command has the redirection; in a pipeline, each feeds the next."""
        plain = Context("plain", context.sink, None, context.branch)
        end = context.tail or context.sink
        parts = [child for child in node.children if child.is_named]
        found = {parts[-1].id: replace(plain, sink=end)} if parts else {}
        if node.type == "pipeline":
            for before, after in zip(reversed(parts[:-1]), reversed(parts[1:]), strict=True):
                end = self.fed(after, end)
                found[before.id] = replace(plain, sink=end)
        return [(child, found.get(child.id, plain)) for child in node.children]

    def fed(self, node: Node, outer: Sink) -> Sink:
        """Where text ends up that a statement reads from its input."""
        if node.type == "redirected_statement":
            body = node.child_by_field_name("body")
            return self.fed(body, self.redirected(node, outer)) if body is not None else NOWHERE
        if node.type in CHAINS and node.named_child_count:
            first = node.named_children[0]
            return self.fed(first, outer if node.type == "list" else self._through(node, outer))
        return consumer(self._words(node), outer) if node.type == "command" else NOWHERE

    def _through(self, node: Node, outer: Sink) -> Sink:
        end = outer
        for after in reversed(node.named_children[1:]):
            end = self.fed(after, end)
        return end

    def redirected(self, node: Node, outer: Sink) -> Sink:
        """Where the output of a statement goes after its redirections."""
        parts = list(node.children)
        for child in node.children:
            if child.type == "heredoc_redirect":
                parts += child.children
        sink = outer
        for child in parts:
            if child.type == "pipeline":
                sink = self.fed(child.named_children[0], self._through(child, outer))
        for child in parts:
            if child.type == "file_redirect" and _is_output(child):
                sink = self._into(child)
        return sink

    def _into(self, node: Node) -> Sink:
        target = node.child_by_field_name("destination")
        paths = self._target(target) if target is not None else ()
        return NOWHERE if any(path.isdigit() for path in paths) else Sink(paths=paths)


def _is_output(node: Node) -> bool:
    operator = next((child.type for child in node.children if not child.is_named), "")
    number = next((child for child in node.children if child.type == "file_descriptor"), None)
    return operator in INTO_FILE and (number is None or number.text in (b"1", None))


_PLAIN = Context()
_HOW = {"command": "prefix", "declaration_command": "seen"}
_BRANCHES = frozenset({"if_statement", "elif_clause", "else_clause", "case_item"})
