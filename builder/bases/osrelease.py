"""What a tree says of the system that it is: the fields of its os-release."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from builder import merged

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def read(layers: Sequence[Path]) -> dict[str, str]:
    """The fields of a tree's os-release; one that is not written as it should be is left out."""
    text = merged.text(layers, "/usr/lib/os-release", "/etc/os-release") or ""
    said = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    return {name: " ".join(shlex.split(value, posix=True)) for name, value in said.items() if _can_be_split(value)}


def _can_be_split(value: str) -> bool:
    try:
        shlex.split(value)
    except ValueError:
        return False
    return True
