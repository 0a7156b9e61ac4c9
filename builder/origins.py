"""Which step of a recipe brought what: the paths of each layer. It lies beside the image as steps.json.

It is good for the words of a message, and for nothing else: whoever can write to a build's folder can write it.
"""

from __future__ import annotations

import json
import os
import stat
from typing import IO, TYPE_CHECKING, Any, Final

from builder.rootfs import Root

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from builder.layers import Layers
    from builder.plan import Chain

FILE_NAME: Final = "steps.json"
_MOST: Final = 64 << 20     # bytes of such a file
_SILENT: Final = ("bytecode",)


def write(chain: Chain, layers: Layers, file: IO[str]) -> None:
    """Write what each layer of a finished chain holds, in the order in which they were made."""
    found = [[layer.label.removeprefix("step: "), list(_paths(Root(layers.tree(layer.key))))]
             for layer in chain.layers if layer.label not in _SILENT]
    json.dump({"schema": 1, "steps": found}, file)


def read(folder: Path) -> dict[str, str]:
    """The name of the last step that brought each path; nothing where that is not known, or not told as it should be."""
    try:
        handle = os.open(folder / FILE_NAME, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, encoding="utf-8") as file:
            values: Any = json.loads(file.read(_MOST)) if stat.S_ISREG(os.fstat(handle).st_mode) else {}
        return {str(path): str(label) for label, paths in values.get("steps", ()) for path in paths}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}


def _paths(layer: Root) -> Iterator[str]:
    """What a layer brings: not its folders, which others may have brought before, nor what it takes away."""
    yield from (path for path, status in layer.walk() if not stat.S_ISDIR(status.st_mode) and not stat.S_ISCHR(status.st_mode))
