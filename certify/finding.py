"""What a rule found in a recipe, or a check in an image."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from builder.recipe import Span


class Severity(enum.StrEnum):
    """How much a finding weighs: an error is never certified without a waiver."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def weaker(self) -> Severity:
        """One degree less; what is the least already stays so."""
        return Severity.WARNING if self is Severity.ERROR else Severity.INFO

    @property
    def weight(self) -> int:
        """A number to compare by: more is worse."""
        return {"error": 3, "warning": 2, "info": 1}[self]


class Related(NamedTuple):
    """A second place, which explains the first: where a value comes from, or where it goes to."""

    message: str
    file: str
    span: Span


class Edit(NamedTuple):
    """A change of a file's text: what stands at the span becomes ``text``."""

    span: Span
    text: str


class Finding(NamedTuple):
    """One problem, where it is, and what to do about it.

    It stands either in a file (``file`` and ``span``) or in an image (``path``, absolute in the image).
    ``fix`` is what would mend it without changing what the file is meant to say.
    """

    code: str
    name: str
    severity: Severity
    message: str
    help: str | None = None
    file: str | None = None
    span: Span | None = None
    path: str | None = None
    related: tuple[Related, ...] = ()
    fix: tuple[Edit, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The finding as the results of ``--format json`` show it."""
        shown: dict[str, object] = {"code": self.code, "name": self.name, "severity": str(self.severity),
                                    "message": _utf8(self.message), "help": self.help}
        if self.span is not None:
            shown |= {"file": None if self.file is None else _utf8(self.file), **_place(self.span)}
        else:
            shown |= {"path": None if self.path is None else _utf8(self.path)}
        if self.related:
            shown["related"] = [{"message": _utf8(one.message), "file": _utf8(one.file), **_place(one.span)}
                                for one in self.related]
        return shown


def _place(span: Span) -> dict[str, object]:
    return {"line": span.line, "column": span.column, "end_line": span.end_line, "end_column": span.end_column}


def _utf8(text: str) -> str:
    """Text that any JSON can hold: names in an image are bytes, and need not be UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()
