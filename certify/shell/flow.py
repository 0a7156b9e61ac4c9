"""Where the output of a command goes: into files, to another command, or nowhere that matters."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from certify.shell import builtins, editors
from certify.shell.fold import UNKNOWN, Values

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tree_sitter import Node

    from certify.shell.items import Word

INTO_FILE = frozenset({">", ">>", ">|", "&>", "&>>", ">&"})
CHAINS = frozenset({"list", "pipeline", "negated_command"})
_BLOCKS = frozenset({"list", "subshell", "compound_statement", "program"})
MAX_BLOCKS = 20             # statements of a block, and blocks in blocks, among which the one is looked for that reads the input

# Filters that hand on what they read; a sed or grep may leave some of it out, and mostly does not.
_FILTERS = frozenset({"cat", "envsubst", "sed", "sort", "uniq", "tr", "column", "expand", "unexpand", "fmt", "nl", "head"})
_INPUT = frozenset({"/dev/stdin", "/proc/self/fd/0", "/dev/fd/0", "-"})
_LANGUAGES = (("csh", r"t?csh"), ("python", r"python[\d.]*|pypy3?|ipython3?"), ("perl", r"perl"), ("tcl", r"tclsh[\d.]*"),
              ("lua", r"lua[\d.]*"), ("r", r"Rscript|R"), ("julia", r"julia"), ("ruby", r"ruby"), ("js", r"node"),
              ("fish", r"fish"))
LANGUAGES = tuple((language, re.compile(pattern)) for language, pattern in _LANGUAGES)


@dataclass(frozen=True, slots=True)
class Sink:
    """Files that text is written to, or the language of the interpreter that reads it (``sh`` for shells).

    With both, the text is the script of an editor (``ed``, ``sed``) that changes the files.
    """

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
    if name in editors.EDITORS and (files := editors.edited(words)) is not None:
        return Sink(paths=files, reader=editors.EDITORS[name])
    if name in ("sed", "gsed") and editors.reads_in(words):
        return Sink(paths=operands[-1].values)
    if name in _FILTERS:
        return outer
    if name in ("install", "cp", "mv") and operands[:-1] and any(word.value in _INPUT for word in operands[:-1]):
        return Sink(paths=operands[-1].values)
    if name == "dd":
        return Sink(paths=tuple(word.value[3:] for word in words if word.value.startswith("of=")) or outer.paths)
    return Sink(reader=_reads(name, builtins.launched(words) or words))


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
    """Works out the contexts of a node's children.

    ``words`` gives the words of a command, unwrapped; ``opened`` are the files that ``exec 3> file`` has opened;
    ``consumer`` tells where a command's input ends up, by its words and the sink of its output.
    """

    def __init__(self, words: Callable[[Node], Sequence[Word]], target: Callable[[Node], Values],
                 opened: Mapping[str, Values], consumer: Callable[[Sequence[Word], Sink], Sink]) -> None:
        self._words, self._target, self._opened, self._consumer = words, target, opened, consumer

    def inside(self, node: Node, context: Context) -> list[tuple[Node, Context]]:
        """The children of a node, each with its context."""
        kind = node.type
        if kind == "redirected_statement":
            return self._redirected(node, context)
        if kind in CHAINS:
            return self._chain(node, context)
        if kind == "process_substitution":
            inner = replace(_PLAIN, sink=context.sink) if context.how == GIVEN else _PLAIN
        elif kind == "command_substitution":
            inner = _PLAIN
        else:
            how = _HOW.get(kind, "plain") if kind != "file_redirect" else context.how
            branch = context.branch or kind in _BRANCHES
            same = how == context.how and branch == context.branch and context.tail is None
            inner = context if same else Context(how, context.sink, None, branch)
            if kind == "command" and any(child.type == "process_substitution" for child in node.children):
                given = Context(GIVEN, self._reader(node, context.sink))
                return [(child, given if child.type == "process_substitution" else inner) for child in node.children]
        return [(child, inner) for child in node.children]

    def _reader(self, node: Node, outer: Sink) -> Sink:
        """Where the text of a command's ``<(...)`` ends up."""
        words = self._words(node)
        name = words[0].value.rpartition("/")[2] if words else ""
        if name in ("source", ".") or name in builtins.SHELLS:
            return Sink(reader="sh")
        return self._consumer([word if word.value.strip(UNKNOWN) else replace(word, values=("/dev/stdin",)) for word in words],
                              outer)

    def _redirected(self, node: Node, context: Context) -> list[tuple[Node, Context]]:
        sink = self.redirected(node, context.tail or context.sink)
        body = node.child_by_field_name("body")
        chain = body is not None and body.type in CHAINS
        inner = replace(context, tail=sink) if chain else replace(context, sink=sink, tail=None)
        rest = replace(context, tail=None)
        return [(child, inner if child == body else self._input(child, body, sink) or rest) for child in node.children]

    def _input(self, node: Node, body: Node | None, outer: Sink) -> Context | None:
        """The context of ``< <(...)``, whose text a statement reads."""
        target = node.child_by_field_name("destination") if node.type == "file_redirect" else None
        if target is None or target.type != "process_substitution" or body is None or _is_output(node):
            return None
        return Context(GIVEN, self.fed(body, outer))

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

    def fed(self, node: Node, outer: Sink, depth: int = 0) -> Sink:
        """Where text ends up that a statement reads from its input."""
        if depth > MAX_BLOCKS:
            return NOWHERE
        if node.type == "redirected_statement":
            body = node.child_by_field_name("body")
            return self.fed(body, self.redirected(node, outer), depth + 1) if body is not None else NOWHERE
        if node.type in _BLOCKS:
            found = (self.fed(child, outer, depth + 1) for child in node.named_children[:MAX_BLOCKS])
            return next((sink for sink in found if sink != NOWHERE), NOWHERE)
        if node.type in CHAINS and node.named_child_count:
            return self.fed(node.named_children[0], self._through(node, outer, depth + 1), depth + 1)
        if node.type != "command":
            return NOWHERE
        redirected = any(child.type == "file_redirect" for child in node.children)
        return self._consumer(self._words(node), self.redirected(node, outer) if redirected else outer)

    def _through(self, node: Node, outer: Sink, depth: int = 0) -> Sink:
        end = outer
        for after in reversed(node.named_children[1:]):
            end = self.fed(after, end, depth)
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
                sink = self.into(child)
        return sink

    def into(self, node: Node) -> Sink:
        """Where a redirection leads."""
        target = node.child_by_field_name("destination")
        paths = self._target(target) if target is not None else ()
        if any(path.isdigit() for path in paths):
            return Sink(paths=tuple(opened for path in paths for opened in self._opened.get(path, ())))
        return Sink(paths=paths)


def _is_output(node: Node) -> bool:
    operator = next((child.type for child in node.children if not child.is_named), "")
    number = next((child for child in node.children if child.type == "file_descriptor"), None)
    return operator in INTO_FILE and (number is None or number.text in (b"1", None))


_PLAIN = Context()
GIVEN = "given"             # a process substitution whose text is read: sourced, copied, edited in
_HOW = {"command": "prefix", "declaration_command": "seen"}
_BRANCHES = frozenset({"if_statement", "elif_clause", "else_clause", "case_item"})
