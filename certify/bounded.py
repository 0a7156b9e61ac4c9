"""Reads small text files that a repository or a command line names: a large one, or a device, must not fill the memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def text_of(path: Path, most: int) -> str:
    """A file's text, of at most ``most`` bytes of UTF-8; raises OSError, and ValueError for what is larger or other bytes."""
    with path.open("rb") as stream:
        data = stream.read(most + 1)
    if len(data) > most:
        raise ValueError(f"larger than {most:,} bytes")
    return data.decode("utf-8-sig")
