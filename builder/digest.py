"""Digests of files and of plain data."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

CHUNK = 1 << 20


def of_file(path: Path) -> str:
    """The sha256 of a file's bytes, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def of_data(data: object) -> str:
    """The sha256 of plain data in its one canonical JSON form."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def of_folder(path: Path) -> str:
    """The sha256 over names, executable bits, links and contents of a file or of all in a folder."""
    entries = [path] if path.is_file() else sorted(path.rglob("*"))
    return of_data([_entry(entry, path) for entry in entries])


def _entry(entry: Path, root: Path) -> list[object]:
    name = str(entry.relative_to(root)) if entry != root else ""
    if entry.is_symlink() and entry != root:
        return [name, "link", str(entry.readlink())]
    if not entry.is_file():
        return [name, "folder"]
    return [name, bool(entry.stat().st_mode & 0o100), of_file(entry)]
