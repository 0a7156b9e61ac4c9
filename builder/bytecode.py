"""Python's bytecode, written by the image's own interpreter so that it is never stale (see compile_bytecode.py)."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from builder.errors import Fault
from builder.normalise import MOUNTED
from builder.rootfs import Root

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from builder.buildah import Container

_PYTHON: Final = "/usr/bin/python3"
_SCRIPT: Final = "compile_bytecode.py"
_LIST: Final = "changed"


def compile_changed(container: Container, env: Mapping[str, str], upper: Path, folder: Path, which: str) -> None:
    """Compile what a layer changed, seen in its upper folder; or all that stands there (``which``, as its layer says)."""
    changed = set(_changed(Root(upper))) if which == "changed" else set()
    if which in ("all", "adopt"):
        _compile(container, env, folder, None, which)
    elif changed:
        # Whatever comes of it: a later step may mend a python3 that is broken here, and the finish compiles what is missing.
        _compile(container, env, folder, b"".join(os.fsencode(path) + b"\0" for path in sorted(changed)))


def compile_missing(container: Container, env: Mapping[str, str], folder: Path) -> None:
    """Compile whatever in a finished tree has no bytecode, or other bytecode than it should have."""
    code = _compile(container, env, folder, None, "missing")
    if code:
        raise Fault(f"the image's python3 cannot compile its own files (exit code {code})",
                    hint="does a step replace /usr/bin/python3 or its library?")


def _changed(upper: Root) -> Iterator[str]:
    """The sources that changed, or whose bytecode did."""
    for path, status in upper.walk():
        if stat.S_ISREG(status.st_mode) and path.endswith(".py"):
            yield path
        elif path.endswith(".pyc") and "/__pycache__/" in path:
            parent, _, name = path.rpartition("/__pycache__/")
            yield f"{parent}/{name.partition('.')[0]}.py"


def _compile(container: Container, env: Mapping[str, str], folder: Path, listed: bytes | None, mode: str = "all") -> int:
    if Root(container.tree).resolve(_PYTHON) is None:
        return 0
    tools = folder / "bytecode"
    tools.mkdir(exist_ok=True)
    shutil.copyfile(Path(__file__).with_name(_SCRIPT), tools / _SCRIPT)
    if listed is not None:
        (tools / _LIST).write_bytes(listed)
    asked = f"--{mode}=/" if listed is None else f"--list={MOUNTED}/{_LIST}"
    return container.run((_PYTHON, "-IS", f"{MOUNTED}/{_SCRIPT}", asked), env=env, bind=tools)
