"""What a rule found in a recipe, or a check in an image."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One problem, where it is, and what to do about it.

    It stands either in a file (``file`` and ``span``) or in an image (``path``, absolute in the image).
    """

    code: str
    name: str
    severity: Severity
    message: str
    help: str | None = None
    file: str | None = None
    span: Span | None = None
    path: str | None = None

    def as_json(self) -> dict[str, object]:
        """The finding as the results of ``--format json`` show it."""
        shown: dict[str, object] = {"code": self.code, "name": self.name, "severity": str(self.severity),
                                    "message": _utf8(self.message), "help": self.help}
        if self.span is not None:
            shown |= {"file": self.file, "line": self.span.line, "column": self.span.column,
                      "end_line": self.span.end_line, "end_column": self.span.end_column}
        else:
            shown |= {"path": None if self.path is None else _utf8(self.path)}
        return shown


def _utf8(text: str) -> str:
    """Text that any JSON can hold: names in an image are bytes, and need not be UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()
