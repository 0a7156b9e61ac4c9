"""Start the program that merges layers, and take over the squashfs that it makes."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import builder
from builder import process
from builder.errors import Error, Fault, ToolMissing, UsageError
from certify.files import open_regular
from certify.foreign import merge

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from certify.foreign.stored import Layer

_POWERS: Final = "-all,+setuid,+setgid,+dac_read_search"
_HINT: Final = "certify doctor shows what is missing"


def layers(name: str, found: Sequence[Layer], work: Path) -> int:
    """Merge layers into a squashfs that has no name any more; returns its open handle. Raises Fault, or Error."""
    request = {"kind": "layers", "layers": [asdict(layer) for layer in found]}
    return _made(name, request, [layer.handle for layer in found], work)[0]


def archive(name: str, handle: int, wanted: str | None, work: Path) -> tuple[int, str]:
    """Merge the layers of an image of a docker archive; returns the squashfs's handle and the text of its configuration."""
    made, answer = _made(name, {"kind": "archive", "handle": handle, "wanted": wanted}, [handle], work)
    return made, answer["config"]


def _made(name: str, request: Mapping[str, object], handles: Sequence[int], work: Path) -> tuple[int, Any]:
    if process.which("sqfstar") is None:
        raise ToolMissing("sqfstar", "squashfs-tools")      # since its release 4.5
    folder = Path(tempfile.mkdtemp(prefix="merged-", dir=work))
    try:
        if os.geteuid() == 0:
            os.chown(folder, merge.NOBODY, -1)
        argv = _argv({**request, "group": os.getegid()})
        done = process.run(argv, check=False, cwd=folder, env=_environment(), pass_fds=handles)
        answer = _answer(name, done)
        return _taken(folder / merge.NAME), answer
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _argv(request: Mapping[str, object]) -> tuple[str, ...]:
    """For root: alone in its namespaces, and with no power but that to become nobody, and to load its own program."""
    program = (sys.executable, "-sP", "-m", "certify.foreign.merge", json.dumps(request))
    if os.geteuid() != 0:
        return program
    # A change of user unties a program from its parent: so the first in the PID namespace, with which all end, is another.
    return process.enclosed(("setpriv", "--no-new-privs", "--inh-caps=-all", f"--bounding-set={_POWERS}", "--",
                             "sh", "-c", '"$@"; exit $?', "sh", *program))


def _environment() -> dict[str, str]:
    return {**process.CLEAN, "PYTHONPATH": str(Path(builder.__file__).parents[1]), "PYTHONDONTWRITEBYTECODE": "1"}


def _answer(name: str, done: process.Completed) -> Any:  # noqa: ANN401
    try:
        answer = json.loads(done.stdout)
    except (ValueError, RecursionError):
        answer = None
    if done.code or not isinstance(answer, dict):
        raise Error(f"{name}: the layers could not be merged: {done.stderr.strip()[-500:]}", hint=_HINT)
    if "error" in answer:
        kind = {Fault.exit_code: Fault, UsageError.exit_code: UsageError}.get(answer["code"], Error)
        raise kind(f"{name}: {answer['error']}", hint=answer["hint"])
    return answer


def _taken(path: Path) -> int:
    """Open what nobody made; from now on it is the caller's alone."""
    handle = open_regular(path)
    os.fchmod(handle, 0o644)
    if os.geteuid() == 0:
        os.fchown(handle, 0, 0)
    return handle
