"""Templates in the texts of a recipe: what they may say, and what comes out.

A recipe is not trusted, so jinja2 is given no more than texts to print and to choose from: no loops, calls, attributes
or arithmetic. What is left ends at once, and cannot grow beyond its bounds. Its comments are switched off, as the
shell's ``${#name}`` holds the start of one.
"""

from __future__ import annotations

import functools
import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, Undefined, UndefinedError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from builder.recipe.source import FORBIDDEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jinja2 import Template

MAX_TEXT: Final = 100_000       # characters of one text, before and after
MAX_NODES: Final = 2_000        # of one text, as jinja2 reads it; a recipe's steps have some dozens
MAX_DEPTH: Final = 30

_KNOWN: Final = (nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Filter, nodes.Test,
                 nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.If, nodes.CondExpr, nodes.Concat)
_COMPARISONS: Final = ("eq", "ne", "in", "notin")
_TESTS: Final = ("defined", "undefined")
_ARGUMENTS: Final = {"default": (0, 1, 2), "lower": (0,), "replace": (2,), "trim": (0,), "upper": (0,)}     # of each filter
_WORDS: Final[tuple[tuple[type[nodes.Node], str], ...]] = (
    (nodes.For, "loops"), (nodes.BinExpr, "arithmetic"), (nodes.UnaryExpr, "arithmetic"), (nodes.Call, "calls"),
    (nodes.Getattr, "attributes"), (nodes.Getitem, "indices"), (nodes.Assign, "assignments"), (nodes.AssignBlock, "assignments"),
    (nodes.Macro, "macros"), (nodes.Include, "other files"), (nodes.Import, "other files"), (nodes.FromImport, "other files"),
    (nodes.Extends, "other files"), (nodes.Literal, "lists and mappings"), (nodes.Keyword, "named arguments"),
    (nodes.Stmt, "blocks"))
_HELP: Final = "templates print variables, change them by default, lower, replace, trim or upper, and choose with {% if %}"
_PLAIN: Final = "text that is no template stands between {% raw %} and {% endraw %}"
_TOO_LONG: Final = (f"this text gets longer than {MAX_TEXT:,} characters", "put long texts into files beside the recipe")
_TOO_MANY: Final = ("this text has too many templates", "put long texts into files beside the recipe")
_TOO_DEEP: Final = ("this template is nested too deeply", "a choice of a few levels is enough")
_MARK: Final = re.compile("\0([0-9]+)\0")


class Refused(Exception):
    """A template that cannot be rendered: why, what to do, and in which of its lines (from 0)."""

    def __init__(self, message: str, advice: str, line: int = 0) -> None:
        super().__init__(message)
        self.message, self.advice, self.line = message, advice, line


class Rendered(NamedTuple):
    """What came out: the text, and for each of its lines the line of the template that it comes from (from 0)."""

    text: str
    lines: tuple[int, ...]


def render(text: str, variables: Mapping[str, str]) -> Rendered:
    """The text with its templates filled in; raises Refused."""
    template = prepared(text)
    parts, size = [], 0
    try:
        for part in template.generate(variables):
            parts.append(part)
            size += len(_MARK.sub("", part))
            if size > MAX_TEXT:
                raise Refused(*_TOO_LONG)
    except UndefinedError as error:
        raise _unknown(error, variables) from error
    except (TemplateError, TypeError, ValueError, RecursionError) as error:
        raise Refused(f"this template cannot be rendered: {_short(error)}", _HELP) from error
    return _mapped("".join(parts))


@functools.lru_cache(maxsize=1000)
def prepared(text: str) -> Template:
    """A template that is known to be harmless, and that marks where its lines come from; raises Refused."""
    if len(text) > MAX_TEXT:
        raise Refused(*_TOO_LONG)
    if text.count("{{") + text.count("{%") > MAX_NODES:     # reading it would take longer than counting them
        raise Refused(*_TOO_MANY)
    try:
        tree = _environment().parse(text)
        _check(tree)
        _mark(tree)
        return _environment().from_string(tree)
    except TemplateSyntaxError as error:
        raise Refused(f"this template cannot be read: {_short(error)}", _PLAIN, error.lineno - 1) from error
    except ValueError as error:     # a number of thousands of digits
        raise Refused(f"this template cannot be read: {_short(error)}", _PLAIN) from error
    except (RecursionError, MemoryError, SyntaxError) as error:
        raise Refused(*_TOO_DEEP) from error


@functools.cache
def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False, cache_size=0,
        comment_start_string="\0{#", comment_end_string="#}\0")     # such characters stand in no recipe
    environment.globals = {}
    environment.filters = {"default": _default, "lower": _lower, "replace": _replace, "trim": _trim, "upper": _upper}
    environment.tests = {name: environment.tests[name] for name in _TESTS}
    return environment


def _check(tree: nodes.Template) -> None:
    pending: list[tuple[nodes.Node, int, int]] = [(tree, 0, 1)]
    seen = 0
    while pending:
        node, depth, above = pending.pop()
        line = node.lineno or above     # operands have none of their own
        seen += 1
        if depth > MAX_DEPTH:
            raise Refused(*_TOO_DEEP, line - 1)
        if seen > MAX_NODES:
            raise Refused(*_TOO_MANY, line - 1)
        for fault, advice in _faults(node):
            raise Refused(fault, advice, line - 1)
        pending += [(inner, depth + 1, line) for inner in node.iter_child_nodes()]


def _faults(node: nodes.Node) -> Iterator[tuple[str, str]]:
    if not isinstance(node, _KNOWN):
        what = next((words for kind, words in _WORDS if isinstance(node, kind)), "such expressions")
        yield f"templates know no {what}", _HELP
    elif isinstance(node, nodes.Const):
        yield from _faults_of_constant(node.value)
    elif isinstance(node, nodes.Filter) and node.name not in _ARGUMENTS:
        yield f"templates know no filter '{node.name[:60]}'", _HELP
    elif isinstance(node, nodes.Filter) and (len(node.args) not in _ARGUMENTS[node.name] or node.dyn_args or node.dyn_kwargs):
        yield f"the filter '{node.name}' takes {_ARGUMENTS[node.name][-1] or 'no'} arguments", _HELP
    elif isinstance(node, nodes.Test) and node.name not in _TESTS:
        yield f"templates know no test '{node.name[:60]}'", "compare with == and !=, or ask 'is defined'"
    elif isinstance(node, nodes.Operand) and node.op not in _COMPARISONS:
        yield "templates know no order: variables are text, and '3.10' would come before '3.9'", "compare with == or 'in'"
    elif isinstance(node, nodes.Name) and node.name == "self":      # jinja2's own name for the template
        yield "'self' cannot be the name of a variable", "give it another name"


def _faults_of_constant(value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        if FORBIDDEN.search(value) or len(value.splitlines()) > 1 or value.endswith(("\n", "\r")):
            yield "an escape makes a control character or a new line", "end the template, and write it in the text"
    elif not isinstance(value, bool):
        yield f"{str(value)[:40]} is not text, as all variables are", "quote it"


def _mark(tree: nodes.Template) -> None:
    for output in tree.find_all(nodes.Output):
        output.nodes = [new for node in output.nodes for new in (nodes.TemplateData(f"\0{node.lineno - 1}\0"), node)]


def _mapped(marked: str) -> Rendered:
    first, *rest = _MARK.split(marked)
    parts, lines, here = [first], [0], 0
    for number, part in zip(rest[::2], rest[1::2], strict=True):
        here = int(number)
        if not part:
            continue
        if parts[-1].endswith("\n") or not any(parts):
            lines[-1] = here
        lines += range(here + 1, here + 1 + part.count("\n"))
        parts.append(part)
    return Rendered("".join(parts), tuple(lines))


def _unknown(error: UndefinedError, variables: Mapping[str, str]) -> Refused:
    named = re.fullmatch(r"'(.*)' is undefined", str(error))
    if named is None:
        return Refused(f"this template cannot be rendered: {_short(error)}", "give the choice an else")
    close = get_close_matches(named[1], variables, 1)
    known = "known here: " + ", ".join(variables) if variables else "vars and matrix have none"
    return Refused(f"the variable '{named[1]}' is unknown", f"did you mean '{close[0]}'?" if close else known)


def _short(error: Exception) -> str:
    return FORBIDDEN.sub("?", " ".join(str(error).split()))[:200]


def _default(value: Any, instead: str = "", empty: bool = False) -> Any:  # noqa: ANN401
    return instead if isinstance(value, Undefined) or (empty and not value) else value


def _lower(value: object) -> str:
    return str(value).lower()


def _upper(value: object) -> str:
    return str(value).upper()


def _trim(value: object) -> str:
    return str(value).strip()


def _replace(value: object, old: str, new: str) -> str:
    text = str(value)
    if len(text) + text.count(old) * len(new) > MAX_TEXT:       # asked before: texts that are chained grow by powers
        raise Refused(*_TOO_LONG)
    return text.replace(old, new)
