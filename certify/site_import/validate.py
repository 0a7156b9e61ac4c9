"""The whole judgement of a profile's file: is it JSON, does it fit the schema, do its parts fit each other."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from builder.errors import Error, Fault, RecipeError
from builder.recipe.problem import Span
from certify import strictjson
from certify.site_import import schema, semantics
from certify.site_import.fault import Found, Weight

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One thing that is wrong with a file; line and column count from 1."""

    file: str
    line: int
    column: int
    weight: Weight
    message: str
    help: str | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.weight}: {self.message}"

    def as_json(self) -> dict[str, Any]:
        """The verdict as plain data."""
        values = asdict(self)
        return {"severity": str(values.pop("weight")), **values}


def file(path: Path) -> list[Verdict]:
    """All that is wrong with a profile, in the order of the file. Raises Error if it cannot be read."""
    try:
        with path.open("rb") as stream:
            data = stream.read(strictjson.LIMIT + 1)
    except OSError as error:
        raise Error(f"{path}: {error.strerror}", hint="certify site show prints a profile to start from") from error
    return text(data, str(path))


def text(data: bytes, name: str) -> list[Verdict]:
    """All that is wrong with the text of a profile, in its order."""
    try:
        values = strictjson.loads(data)
    except Fault as fault:
        line, column = _place(fault)
        return [Verdict(file=name, line=line, column=column, weight=Weight.ERROR, message=fault.message, help=fault.hint)]
    found = schema.check(values) or list(semantics.check(values))
    places = _Places(data, name) if found else None
    verdicts = [_verdict(one, name, places) for one in found] if places else []
    return sorted(verdicts, key=lambda one: (one.line, one.column, one.message))


def _verdict(found: Found, name: str, places: _Places) -> Verdict:
    span = places.of(found)
    return Verdict(file=name, line=span.line, column=span.column, weight=found.weight, message=found.message, help=found.help)


class _Places:
    """Where the values of a JSON text stand. JSON is YAML but for odd escapes: where those are, all is at the start."""

    def __init__(self, data: bytes, name: str) -> None:
        from builder.recipe.source import Document

        try:
            self._document: Document | None = Document.parse(data, name)
        except RecipeError:
            self._document = None

    def of(self, found: Found) -> Span:
        """The place of a value, or of the nearest one around it."""
        return self._document.span(found.route, key=found.key) if self._document else Span(1, 1, 1, 1)


def _place(fault: Fault) -> tuple[int, int]:
    cause = fault.__cause__
    line, column = getattr(cause, "lineno", 1), getattr(cause, "colno", 1)
    return (line, column) if isinstance(line, int) and isinstance(column, int) else (1, 1)
