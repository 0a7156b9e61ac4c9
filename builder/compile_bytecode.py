"""Compile an image's Python files so that no import ever has to compile them again.

Runs inside the container, by the image's own python3, so it uses only the standard library of old versions.
All files of an image get one time, which makes bytecode that is checked by time stale for ever (imports are
three times slower, on a file system where they can never be rewritten); so the bytecode is not checked at
all. Each file is compiled in a process of its own: what was compiled before changes the bytes otherwise.
"""

from __future__ import annotations

import os
import py_compile
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SKIPPED = {"/proc", "/sys", "/dev", "/certify"}


def wanted(folder: str, names: list[str]) -> bool:
    """Whether a folder's sources belong to an installation: they were compiled, or lie where packages do."""
    return "__pycache__" in names or "/site-packages" in folder or "/dist-packages" in folder


def sources(top: str) -> Iterator[str]:
    """Every source file to compile; old bytecode is removed on the way."""
    for folder, folders, files in os.walk(top):
        folders[:] = sorted(name for name in folders if os.path.join(folder, name) not in SKIPPED)
        if os.path.basename(folder) == "__pycache__":
            for name in files:
                if name.endswith(".pyc"):
                    os.unlink(os.path.join(folder, name))
        elif wanted(folder, folders):
            for name in sorted(files):
                path = os.path.join(folder, name)
                if name.endswith(".py") and os.path.isfile(path) and not os.path.islink(path):
                    yield path


def compile_one(path: str) -> int:
    """Compile one file in a child; a file of another Python's syntax is left as it is."""
    child = os.fork()
    if child:
        return child
    try:
        py_compile.compile(path, doraise=True, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    except (py_compile.PyCompileError, SyntaxError, ValueError, OSError, RecursionError):
        pass
    finally:
        os._exit(0)


def main(top: str) -> None:
    """Compile everything below top, as many files at once as there are processors."""
    running = 0
    for path in list(sources(top)):
        compile_one(path)
        running += 1
        if running >= (os.cpu_count() or 1):
            os.wait()
            running -= 1
    while running:
        os.wait()
        running -= 1


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "/")
