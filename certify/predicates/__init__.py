"""The JSON Schemas of what certify signs: its own predicates, and the records of a store."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from builder.errors import UsageError

_FOLDER: Final = Path(__file__).parent
_END: Final = ".schema.json"


def names() -> list[str]:
    """The names of the schemas, such as certificate-1."""
    return sorted(one.name.removesuffix(_END) for one in _FOLDER.glob(f"*{_END}"))


def text(name: str) -> str:
    """The JSON Schema (draft-07) of that name; raises UsageError."""
    if name not in names():
        raise UsageError(f"{name}: no such schema", hint="there are: " + ", ".join(names()))
    return (_FOLDER / f"{name}{_END}").read_text(encoding="utf-8")
