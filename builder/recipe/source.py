"""A recipe file as values that know where they stand.

Built on libyaml's events: composing a tree in C crashes on deep nesting, and every ready-made
loader keeps the last of two equal keys. Aliases, tags and second documents are refused, because a
reader of the file must see what the builder sees, and because nine aliases can fill the memory.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, NamedTuple

from builder.errors import Error, RecipeError
from builder.recipe.problem import Problem, Span

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MAX_BYTES = 1 << 20     # a recipe is written by people; the largest known ones have 30 KB
MAX_DEPTH = 40
MAX_VALUES = 10_000     # of one recipe; a long one has some hundreds, and a validator looks at each of them
MAX_PROBLEMS = 200      # more than anybody reads

Route = tuple[str | int, ...]

# What may not stand in a recipe: C0 and C1 controls but tab and line ends, surrogates, and the
# marks that reorder what a reviewer sees (CVE-2021-42574).
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufffe\uffff]")


class Scalar(NamedTuple):
    """How a scalar was written: its text, and whether it was plain (unquoted) or a block."""

    text: str
    style: str      # "" plain, ' or " quoted, | or > block


class Document:
    """A parsed YAML file: plain values, and a span for every route into them.

    ``values`` is what a JSON reader would give. A route such as ``("steps", 2, "run")`` leads to
    a value; ``span`` turns it into lines and columns.
    """

    __slots__ = ("_lines", "data", "keys", "path", "problems", "scalars", "spans", "text", "values")

    def __init__(self, path: str, text: str, data: bytes = b"") -> None:
        self.path, self.text, self.data = path, text, data
        self.values: object = None
        self.spans: dict[Route, Span] = {}
        self.keys: dict[Route, Span] = {}
        self.scalars: dict[Route, Scalar] = {}
        self.problems: list[Problem] = []
        self._lines: dict[str, list[str]] = {}

    @classmethod
    def read(cls, path: Path) -> Document:
        """Read and parse a file; raises Error if it cannot be opened, RecipeError if it is not usable text."""
        try:
            with path.open("rb") as stream:
                data = stream.read(MAX_BYTES + 1)
        except OSError as error:
            raise Error(f"{path}: {error.strerror}", hint="give a recipe's folder or its recipe.yaml") from error
        return cls.parse(data, str(path))

    @classmethod
    def parse(cls, data: bytes, path: str) -> Document:
        """Parse bytes; what is wrong with them is in ``problems``, and only unreadable bytes raise RecipeError."""
        document = cls(path=path, text=_decoded(data, path), data=data)
        document._refuse_controls()
        if not document.problems:
            from builder.recipe.events import compose

            compose(document)
        return document

    @property
    def sha256(self) -> str:
        """The sha256 of the file's bytes, as they were read, in hex."""
        import hashlib  # loads OpenSSL: not for a lint

        return hashlib.sha256(self.data).hexdigest()

    def report(self, code: str, span: Span, message: str, help: str | None = None,  # noqa: A002
               first: Span | None = None) -> None:
        """Note a problem at a place."""
        self.note([Problem(code=code, message=message, file=self.path, span=span, help=help, first=first)])

    def note(self, problems: Iterable[Problem]) -> None:
        """Take problems over, as many as anybody reads; those after them are not even made."""
        room = max(0, MAX_PROBLEMS - len(self.problems))
        self.problems += itertools.islice(problems, room)

    @property
    def full(self) -> bool:
        """Whether there are as many problems as are told of one file."""
        return len(self.problems) >= MAX_PROBLEMS

    def span(self, route: Route, *, key: bool = False) -> Span:
        """Where the value of a route stands (its key with ``key``); the nearest parent if it has no place."""
        table = self.keys if key else self.spans
        while route and route not in table:
            route = route[:-1]
        return table.get(route) or self.spans.get(route) or Span(1, 1, 1, 1)

    def inside(self, route: Route, line: int, column: int, length: int) -> Span:
        """The span of text within a scalar, by its line and column there (counted from 0).

        Exact for literal blocks (``|``) and for one-line scalars without escapes; elsewhere the whole value's
        span, as folding and escapes move the text.
        """
        whole, scalar = self.span(route), self.scalars.get(route)
        if scalar is None:
            return whole
        if scalar.style == "|":
            number = whole.line + 1 + line
            shift = self._indent(number, scalar.text, line)
            return Span(number, shift + column + 1, number, shift + column + 1 + length)
        margin = 1 if scalar.style in ("'", '"') else 0
        if whole.line == whole.end_line and whole.end_column - whole.column == len(scalar.text) + 2 * margin:
            start = whole.column + margin + column
            return Span(whole.line, start, whole.line, start + length)
        return whole

    def _indent(self, number: int, text: str, line: int) -> int:
        source, value = self._split(self.text), self._split(text)
        if number > len(source) or line >= len(value):
            return 0
        return max(0, len(source[number - 1]) - len(value[line]))

    def _split(self, text: str) -> list[str]:
        """The lines of a text, split once: a rule may ask for hundreds of places in one step."""
        if text not in self._lines:
            self._lines[text] = text.splitlines()
        return self._lines[text]

    def _refuse_controls(self) -> None:
        for number, line in enumerate(self.text.split("\n"), 1):
            for match in FORBIDDEN.finditer(line):
                span = Span(number, match.start() + 1, number, match.end() + 1)
                self.report("SCH001", span, f"the character U+{ord(match[0]):04X} is not allowed in a recipe",
                            "remove it; in a step, let printf make it")
                if self.full:
                    return


def _decoded(data: bytes, path: str) -> str:
    start = Span(1, 1, 1, 1)
    if len(data) > MAX_BYTES:
        raise RecipeError([Problem(code="SCH001", file=path, span=start, message="the file is larger than 1 MiB",
                                   help="a recipe is text; put data in files beside it")])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        raise RecipeError([Problem(code="SCH001", file=path, span=Span(line, column, line, column + 1),
                                   message="the file is not UTF-8", help="save it as UTF-8")]) from error
