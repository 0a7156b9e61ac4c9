"""From libyaml's events to plain values with spans, without recursion."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

import yaml

from builder.recipe.problem import Span
from builder.recipe.source import FORBIDDEN, MAX_DEPTH, MAX_VALUES, Document, Route, Scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# YAML 1.2's core schema (https://yaml.org/spec/1.2.2/#103-core-schema), not 1.1: 'no' and 12:30 are text.
_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_BOOL = frozenset(("true", "True", "TRUE", "false", "False", "FALSE"))
_INT = re.compile(r"[-+]?[0-9]{1,40}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_FIRST = frozenset("~nNtTfF+-.0123456789")      # what any of them starts with


class _Stop(Exception):
    """Nothing after this event can be trusted."""


class _Container:
    """A mapping or list that is being filled, and the route to its next value."""

    __slots__ = ("key", "route", "start", "value")

    def __init__(self, value: dict[str, object] | list[object], route: Route, start: Any) -> None:  # noqa: ANN401
        self.value, self.route, self.start = value, route, start
        self.key: str | None = None

    def wants_key(self) -> bool:
        return isinstance(self.value, dict) and self.key is None

    def next_route(self) -> Route:
        return (*self.route, self.key if isinstance(self.value, dict) else len(self.value))  # type: ignore[arg-type]

    def add(self, value: object) -> None:
        if isinstance(self.value, list):
            self.value.append(value)
        elif self.key is not None:
            self.value[self.key] = value
            self.key = None


def compose(document: Document) -> None:
    """Fill a document's values, spans and problems from its text."""
    composer = _Composer(document)
    try:
        for event in _events(document):
            composer.take(event)
    except _Stop:
        return
    if not composer.started:
        document.report("SCH001", Span(1, 1, 1, 1), "the file is empty", "certify init writes a recipe to start from")


def _events(document: Document) -> Iterator[Any]:
    try:
        yield from yaml.parse(document.text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        said = " ".join(part for part in (error.context, error.problem) if part)
        document.report("SCH001", Span(line, column, line, column + 1), f"not valid YAML: {said}",
                        "indent with spaces, and quote text that holds ': ' or starts with one of @`%&*!|>")
    except yaml.YAMLError as error:
        document.report("SCH001", Span(1, 1, 1, 1), f"not valid YAML: {error}")


class _Composer:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.stack: list[_Container] = []
        self.started = False
        self.placed = 0

    def take(self, event: Any) -> None:  # noqa: ANN401
        handler = self._HANDLERS.get(type(event))
        if handler is not None:
            handler(self, event)

    def _alias(self, event: Any) -> None:  # noqa: ANN401
        self.document.report("SCH003", _span(event), f"alias *{event.anchor[:60]} is not allowed", "write the value out")
        self._place(None, event)

    def _document(self, event: Any) -> None:  # noqa: ANN401
        if self.started:
            self.document.report("SCH001", _span(event), "a second document starts here", "one recipe, one file")
            raise _Stop
        self.started = True

    def _refuse_tags(self, event: Any) -> None:  # noqa: ANN401
        if event.anchor:
            self.document.report("SCH003", _span(event), f"anchor &{event.anchor[:60]} is not allowed", "write the value out")
        if event.tag:
            self.document.report("SCH003", _span(event), f"tag {event.tag[:60]} is not allowed", "values need no tag here")

    def _open(self, event: Any) -> None:  # noqa: ANN401
        self._refuse_tags(event)
        if len(self.stack) >= MAX_DEPTH:
            self.document.report("SCH001", _span(event), f"nested deeper than {MAX_DEPTH} levels", "a recipe needs five")
            raise _Stop
        value: dict[str, object] | list[object] = {} if isinstance(event, yaml.MappingStartEvent) else []
        if self.stack and self.stack[-1].wants_key():
            self.document.report("SCH001", _span(event), "a key must be text", "quote it")
            raise _Stop
        route = self.stack[-1].next_route() if self.stack else ()
        self.stack.append(_Container(value, route, event))

    def _close(self, event: Any) -> None:  # noqa: ANN401
        done = self.stack.pop()
        start = done.start.start_mark
        span = Span(start.line + 1, start.column + 1, event.end_mark.line + 1, event.end_mark.column + 1)
        self._put(done.value, span, done.route)

    def _scalar(self, event: Any) -> None:  # noqa: ANN401
        if event.anchor or event.tag:
            self._refuse_tags(event)
        # The text as a whole was looked at before; only between double quotes has YAML escapes.
        if event.style == '"' and (FORBIDDEN.search(event.value) or "\r" in event.value):
            self.document.report("SCH001", _span(event), "an escape makes a control character",
                                 "remove it; in a step, let printf make it")
        if self.stack and self.stack[-1].wants_key():
            self._key(event)
        else:
            self._place(Scalar(event.value, "" if event.implicit[0] and not event.style else event.style or ""), event)

    def _key(self, event: Any) -> None:  # noqa: ANN401
        parent, span = self.stack[-1], _span(event)
        assert isinstance(parent.value, dict)
        route = (*parent.route, event.value)
        if event.value in parent.value:
            first = self.document.keys[route]
            self.document.report("SCH002", span, f"the key '{event.value[:60]}' stands twice, first in line {first.line}",
                                 "merge the two: one of them would be lost", first)
        else:
            self.document.keys[route] = span
        parent.key = event.value

    def _place(self, scalar: Scalar | None, event: Any) -> None:  # noqa: ANN401
        if self.stack and self.stack[-1].wants_key():
            self.stack[-1].key = ""         # an alias as a key: reported already, its value goes nowhere
            return
        route = self.stack[-1].next_route() if self.stack else ()
        if scalar is not None:
            self.document.scalars[route] = scalar
        self._put(None if scalar is None else resolve(scalar), _span(event), route)

    def _put(self, value: object, span: Span, route: Route) -> None:
        self.placed += 1
        if self.placed > MAX_VALUES:
            self.document.report("SCH001", span, f"more than {MAX_VALUES:,} values", "put long lists into files beside it")
            raise _Stop
        self.document.spans[route] = span
        if self.stack:
            self.stack[-1].add(value)
        else:
            self.document.values = value

    _HANDLERS: ClassVar[dict[type, Callable[[_Composer, Any], None]]] = {
        yaml.DocumentStartEvent: _document, yaml.ScalarEvent: _scalar, yaml.AliasEvent: _alias, yaml.MappingStartEvent: _open,
        yaml.SequenceStartEvent: _open, yaml.MappingEndEvent: _close, yaml.SequenceEndEvent: _close}


def resolve(scalar: Scalar) -> object:
    """The value of a scalar under YAML 1.2's core schema; whatever is quoted is text."""
    text = scalar.text
    if scalar.style or (text and text[0] not in _FIRST):
        return text
    if text in _NULL:
        return None
    if text in _BOOL:
        return text[0] in "tT"
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def _span(event: Any) -> Span:  # noqa: ANN401
    start, end = event.start_mark, event.end_mark
    return Span(start.line + 1, start.column + 1, end.line + 1, end.column + 1)
