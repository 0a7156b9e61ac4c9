"""Conda's packages: one JSON file for each in the ``conda-meta`` folder of an environment.

Source: https://docs.conda.io/projects/conda/en/stable/dev-guide/specs/index.html, and what conda and micromamba write.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from certify.packages import reading
from certify.packages.model import MOST, Package, made

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.tree import ImageTree

_LARGEST: Final = 16 << 20      # bytes of a file; it lists every path of its package
_ALL: Final = 256 << 20         # bytes of all of them
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


def packages(image: ImageTree) -> Iterator[Package | str]:
    """The packages; for what cannot be read, a sentence that says so."""
    left, told = _ALL, 0
    for path in image.entries:
        folder, _, name = path.rpartition("/")
        if not folder.endswith("/conda-meta") or not name.endswith(".json"):
            continue
        if told == MOST or left <= 0:
            yield f"more than {told} conda packages, or very large ones: the others are not told"
            return
        data = reading.content(image, path, min(_LARGEST, left))
        left, told = left - len(data), told + 1
        yield _package(data, folder) or f"{path} has no name or no version that could be one"


def _package(data: bytes, folder: str) -> Package | None:
    try:
        said: Any = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    text = {key: value for key, value in said.items() if isinstance(value, str)}
    sha256 = text.get("sha256", "")
    return made("conda", text.get("name", ""), text.get("version", ""), architecture=text.get("subdir", ""),
                licences=(text.get("license", ""),), path=folder.removesuffix("/conda-meta"), channel=_channel(text),
                build=text.get("build", ""), sha256=sha256 if _SHA256.fullmatch(sha256) else "")


def _channel(text: dict[str, str]) -> str:
    """The channel's short name: what stands before the platform in an address, which may hold a token of its user."""
    words = [word for word in text.get("channel", "").split("/") if word and word != text.get("subdir", "")]
    return words[-1] if words else ""
