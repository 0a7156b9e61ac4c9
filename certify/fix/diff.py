"""What mending would change, as ``patch -p0`` and ``git apply -p0`` take it."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")       # YAML and Python know more line ends than patch does
_UNSAFE: Final = re.compile(r"[\x00-\x1f\x7f\"\\]")


def diff(before: bytes, after: bytes, file: str) -> Iterator[str]:
    """The lines of a unified diff, each with its end. Bytes that are no UTF-8 are surrogates."""
    old, new = (_LINE.findall(text.decode("utf-8", "surrogateescape")) for text in (before, after))
    name = _name(file)
    for line in difflib.unified_diff(old, new, name, name):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _name(file: str) -> str:
    """A file's name as such programs read it back: quoted as in C, or ended by a tab, where it would end too early."""
    if file.startswith('"') or re.search(r"[\x00-\x1f\x7f]", file):
        return '"' + _UNSAFE.sub(_octal, file) + '"'
    return file + "\t" if " " in file else file


def _octal(match: re.Match[str]) -> str:
    return f"\\{ord(match[0]):03o}"
