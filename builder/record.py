"""The record of a build: what went in, what came out, with which tools. It lies beside the image as build.json."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from builder.errors import Error

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILE_NAME = "build.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One build. ``key`` is the digest of all that can change its result; ``seconds`` by stage.

    ``inputs`` is what the key is the digest of, ``environment`` what the image's programs see, ``notes`` what of its
    base was left out. ``resolved`` has the form of a recipe.lock: what the image, its stages and its parents were made
    of. ``digest`` and ``size`` (bytes) are the squashfs file's, ``tree`` is the digest of the tree in it.
    """

    name: str
    tag: str
    platform: str
    key: str
    recipe: str
    digest: str
    size: int
    tree: str
    isolation: str
    tools: Mapping[str, str]
    packages: list[dict[str, str]]
    wheels: list[dict[str, str]]
    sources: list[dict[str, str]]
    files: list[dict[str, str]]
    bases: list[dict[str, str]]
    notes: list[str]
    resolved: Mapping[str, Any]
    environment: Mapping[str, str]
    inputs: Mapping[str, Any]
    started: str
    seconds: Mapping[str, float]

    def write(self, folder: Path, name: str = FILE_NAME) -> None:
        """Write the record into a folder, whole or not at all."""
        part = folder / f".{name}.{secrets.token_hex(4)}.part"      # builds of two variants write one name at once
        try:
            with part.open("x", encoding="utf-8") as file:
                file.write(json.dumps({"schema": 2, **asdict(self)}, indent=2, sort_keys=True) + "\n")
            part.replace(folder / name)
        finally:
            part.unlink(missing_ok=True)

    @classmethod
    def read(cls, folder: Path, name: str = FILE_NAME) -> Record:
        """Read the record in a folder; raises Error if there is none that this version knows."""
        path = folder / name
        try:
            values: Any = json.loads(path.read_text(encoding="utf-8"))
            if values.pop("schema") != 2:
                raise Error(f"{path}: of a version that is not known here")
            return cls(**values)
        except OSError as error:
            raise Error(f"{path}: {error.strerror}", hint="build it first: certify build RECIPE") from error
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise Error(f"{path}: not a build record ({error})", hint="build again: certify build RECIPE") from error
