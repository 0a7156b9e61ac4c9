"""Makes what was found as small as it gets without much ado, and keeps it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

SECONDS = 20        # that making one smaller may take
Given = TypeVar("Given", bound=Any)     # an input: data, and what stands beside it


def smaller(given: Given, breaks: Callable[[Given], bool]) -> Given:
    """An input of which a half, a quarter, ... was taken away again and again, while it still breaks."""
    deadline = time.monotonic() + SECONDS
    field = "beside" if given.beside else "data"
    size = len(getattr(given, field)) // 2
    while size and time.monotonic() < deadline:
        at, shrunk = 0, False
        while at < len(getattr(given, field)) and time.monotonic() < deadline:
            text = getattr(given, field)
            less = given._replace(**{field: text[:at] + text[at + size:]})
            if breaks(less):
                given, shrunk = less, True
            else:
                at += size
        size = size if shrunk and size > 1 else size // 2
    return given


def saved(given: Any, folder: Path, name: str) -> Path:
    """Write an input, and tell where."""
    path = folder / f"broken-{name}.{'yaml' if given.kind == 'recipe' else 'Containerfile'}"
    path.write_bytes(given.data)
    if given.beside:
        path.with_suffix(".beside").write_bytes(given.beside)
    return path
