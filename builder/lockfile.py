"""The file recipe.lock: read as what a stranger wrote, written whole or not at all, and pleasant to compare."""

from __future__ import annotations

import json
import os
import secrets
import stat
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final, NoReturn

from builder.errors import Error, Fault

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from builder.locked import ImageLock, StageLock

FILE_NAME: Final = "recipe.lock"
SCHEMA: Final = 1
MAX_BYTES: Final = 16 << 20     # ten thousand packages take two million


def read(folder: Path) -> str | None:
    """The text of the lock in a folder, None where there is none; raises Fault if it is no plain file."""
    path = folder / FILE_NAME
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        refuse(path, "a link is not followed" if path.is_symlink() else str(error.strerror), error)
    try:
        data = _bytes(handle) if stat.S_ISREG(os.fstat(handle).st_mode) else refuse(path, "not a file")
    finally:
        os.close(handle)
    if len(data) > MAX_BYTES:
        refuse(path, f"larger than {MAX_BYTES >> 20} MiB")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        refuse(path, "not UTF-8", error)


def _bytes(handle: int) -> bytes:
    with open(handle, "rb", closefd=False) as file:
        return file.read(MAX_BYTES + 1)


def write(folder: Path, text: str) -> None:
    """Put the text beside the recipe; raises Fault if a link or another thing stands there."""
    path, part = folder / FILE_NAME, folder / f".{FILE_NAME}.{secrets.token_hex(4)}.part"
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise Fault(f"{path}: not a plain file, and it is not written through", hint="remove it, and lock again")
    try:
        with part.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise Error(f"{path}: {error.strerror}", hint="the lock is written beside recipe.yaml: may you write there?") from error
    finally:
        part.unlink(missing_ok=True)


def dump(images: Mapping[str, ImageLock]) -> str:
    """The text of a lock: sorted, with one package a line, so that a change shows as what it is."""
    plain = {name: [_plain_stage(stage) for stage in images[name].stages] for name in sorted(images)}
    return _pretty({"schema": SCHEMA, "images": plain}, "") + "\n"


def refuse(path: Path, why: str, error: BaseException | None = None) -> NoReturn:
    """Raise Fault for a file that is no lock."""
    raise Fault(f"{path}: cannot be used as a lock: {why}",
                hint="remove it and make it anew: certify lock RECIPE") from error


def _plain_stage(stage: StageLock) -> dict[str, Any]:
    packages = [{"name": one.name, "version": one.version, "architecture": one.architecture, "sha256": one.sha256}
                for one in sorted(stage.packages)]
    return {"stage": stage.name, "inputs": asdict(stage.inputs), "base": stage.base, "note": stage.note, "packages": packages,
            "wheels": [{"file": file, "sha256": sha256} for file, sha256 in sorted(stage.wheels)],
            "sources": [{"url": url, "sha256": sha256} for url, sha256 in sorted(stage.sources)]}


def _pretty(value: object, indent: str) -> str:
    """JSON, in which a mapping of plain values stands in one line."""
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list | tuple) else []
    nested = any(isinstance(one, dict | list | tuple) for one in inner)
    if not nested and (isinstance(value, dict) or len(inner) < 2):
        return json.dumps(value, ensure_ascii=False)
    deeper = indent + "  "
    if isinstance(value, dict):
        lines = [f"{deeper}{json.dumps(name)}: {_pretty(one, deeper)}" for name, one in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    return "[\n" + ",\n".join(deeper + _pretty(one, deeper) for one in inner) + f"\n{indent}]"
