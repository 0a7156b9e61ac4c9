"""The program that reads the layers of an image made elsewhere, as nobody: it gets open files, and a folder to write in.

``python -m certify.foreign.merge REQUEST`` tells in one JSON line what came of it. The squashfs is in its working folder.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any, Final

from builder.errors import Error
from certify.foreign import archive, packing
from certify.foreign.stored import Layer

NAME: Final = "image.squashfs"
NOBODY: Final = 65534


def main(argv: list[str]) -> None:
    """Merge what the request names."""
    request: Any = json.loads(argv[1])
    if os.geteuid() == 0:
        _become_nobody(request["group"])
    try:
        answer: dict[str, object] = {"config": _merge(request)}
    except Error as error:
        answer = {"error": error.message, "hint": error.hint, "code": error.exit_code}
    except OSError as error:
        answer = {"error": f"cannot be read: {error.strerror}", "hint": None, "code": 3}
    sys.stdout.write(json.dumps(answer) + "\n")


def _merge(request: Any) -> str | None:  # noqa: ANN401
    """Returns the text of the configuration, where that is in the archive itself."""
    if request["kind"] == "archive":
        image = archive.read(request["handle"], request["wanted"])
        packing.pack(image.layers, NAME)
        return image.config
    packing.pack([Layer(**layer) for layer in request["layers"]], NAME)
    return None


def _become_nobody(group: int) -> None:
    """Before a byte of the image is read. Everything that is imported was, so nobody need be able to read the programs."""
    os.setgroups([])
    os.setresgid(group, group, group)
    os.setresuid(NOBODY, NOBODY, NOBODY)


if __name__ == "__main__":
    main(sys.argv)
