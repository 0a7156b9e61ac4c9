"""The lines of a udiRoot.conf, as Shifter's own reader takes them (shifter_parseConfig in its source, version 22.02).

``key=value``, both trimmed; ``#`` begins a comment in the first column only, also between the lines of a value that goes
on; a line without ``=`` is skipped. A value whose last character is a backslash goes on in the next line, with a space
between the two; one that still goes on when the file ends is never taken.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from builder.errors import Error, Fault

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MAX_BYTES: Final = 1 << 20      # real ones have a few KB
_SPACE: Final = " \t\n\v\f\r"   # what C's isspace takes
_KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.+-]*")
_SHOWN: Final = 60              # characters of a value in a message


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One ``key=value``; ``line`` counts from 1 and is where it begins."""

    file: str
    line: int
    key: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """Something of the file that is not in the profile, and why; ``matters`` if images may see the difference."""

    file: str
    line: int
    key: str
    value: str
    why: str
    matters: bool = True

    def as_json(self) -> dict[str, Any]:
        """It as plain data."""
        return asdict(self)

    def __str__(self) -> str:
        value = self.value if len(self.value) <= _SHOWN else self.value[:_SHOWN] + "..."
        what = f"{self.key}={value}" if self.key else value
        return f"{self.file}:{self.line}: {what}: {self.why}"


def left(setting: Setting, why: str, *, value: str | None = None, matters: bool = True) -> Left:
    """What is left of a setting: all of it, or the part of its value that is given."""
    return Left(file=setting.file, line=setting.line, key=setting.key, value=setting.value if value is None else value,
                why=why, matters=matters)


def read(path: Path) -> tuple[list[Setting], list[Left]]:
    """The settings of a file, and the lines that are none. Raises Error if it cannot be read, Fault if it is no such file."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Error(f"{path}: {error.strerror}", hint="give the site's udiRoot.conf, or a copy of it") from error
    return parse(data, str(path))


def parse(data: bytes, name: str) -> tuple[list[Setting], list[Left]]:
    """The settings of a text, and the lines of it that are none; bytes that are no UTF-8 come as surrogates. Raises Fault."""
    if len(data) > MAX_BYTES:
        raise Fault(f"{name}: larger than 1 MiB", hint="a udiRoot.conf has lines of key=value")
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        raise Fault(f"{name}:{line}: a NUL byte: this is no text", hint="a udiRoot.conf has lines of key=value")
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    settings, skipped = _Reader(name).take(lines if lines[-1] else lines[:-1])
    if not any(_KEY.fullmatch(one.key) for one in settings):
        raise Fault(f"{name}: no line of it is key=value", hint="give the site's udiRoot.conf, such as /etc/shifter/udiRoot.conf")
    return settings, skipped


class _Reader:
    """Puts lines together to settings."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._settings: list[Setting] = []
        self._left: list[Left] = []
        self._start, self._key = 0, ""
        self._parts: list[str] | None = None        # of a value that goes on

    def take(self, lines: Iterable[str]) -> tuple[list[Setting], list[Left]]:
        """All lines of a file."""
        for number, line in enumerate(lines, 1):
            if not line.startswith("#"):
                self._line(number, line)
        if self._parts is not None and any(self._parts):
            self._skip(self._start, " ".join(self._parts), "the file ends in a value that goes on, which the runtime never takes",
                       self._key)
        return self._settings, self._left

    def _line(self, number: int, line: str) -> None:
        if self._parts is None:
            key, equals, line = line.partition("=")
            if not equals:
                if key.strip(_SPACE):
                    self._skip(number, key.strip(_SPACE), "the runtime skips a line without '='")
                return
            self._start, self._key, self._parts = number, key.strip(_SPACE), []
        value = line.strip(_SPACE)
        self._parts.append(value.removesuffix("\\").strip(_SPACE))
        if not value.endswith("\\"):
            self._settings.append(Setting(file=self._name, line=self._start, key=self._key,
                                          value=" ".join(self._parts).strip(_SPACE)))
            self._parts = None

    def _skip(self, line: int, value: str, why: str, key: str = "") -> None:
        self._left.append(Left(file=self._name, line=line, key=key, value=value, why=why))
