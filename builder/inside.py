"""The part of a build that runs in namespaces of its own: no network, private mounts, and nothing outlives it.

``python -m builder.inside PLAN`` is PID 1 of its namespace. It tells what it does as JSON lines on its output;
the one who started it keeps the log and decides what people see.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import shutil
import socket
import struct
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from builder import process, squashfs
from builder.buildah import Buildah, Container
from builder.errors import Error
from builder.image import PATH as IMAGE_JSON
from builder.normalise import names, normalise, place
from builder.plan import Plan
from builder.rootfs import Root, tree_digest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from builder.plan import Action

_SIOCSIFFLAGS: Final = 0x8914   # linux/sockios.h
_IFF_UP: Final = 1
_MS_REC_PRIVATE: Final = 0x4000 | 0x40000


class _ActionFailed(Exception):
    """A command in the container ended with an error: the recipe's fault."""

    def __init__(self, action: Action, code: int) -> None:
        super().__init__(action.stage)
        self.action, self.code = action, code


def main(argv: list[str]) -> int:
    """Do what the plan says; the exit code is 0, 1 if an action failed, 3 if a tool did."""
    plan = Plan.read(Path(argv[1]))
    try:
        _private()
        return _build(plan)
    except Error as error:
        tell(event="error", message=error.message, hint=error.hint, code=error.exit_code)
        return error.exit_code
    except OSError as error:
        tell(event="error", message=f"{error.filename or 'the workspace'}: {error.strerror}", hint=None, code=3)
        return 3


def tell(**event: object) -> None:
    """Write one event."""
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


def _build(plan: Plan) -> int:
    container = Container(Buildah(Path(plan.folder), plan.cgroup), plan.env, lambda line: tell(event="line", text=line))
    try:
        for stage, actions in _by_stage(plan.actions):
            with _stage(stage):
                for action in actions:
                    _act(container, action)
    except _ActionFailed as failed:
        tell(event="failed", stage=failed.action.stage, route=list(failed.action.route), code=failed.code)
        return 1
    _finish(container, plan)
    return 0


def _act(container: Container, action: Action) -> None:
    if action.kind == "unpack":
        container.unpack(Path(action.source))
    elif action.kind == "copy":
        container.copy(Path(action.source), action.to, action.mode)
    else:
        code = container.run(action.command, env=action.env, bind=Path(action.bind) if action.bind else None)
        if code:
            raise _ActionFailed(action, code)


def _finish(container: Container, plan: Plan) -> None:
    root = Root(container.tree)
    with _stage("normalise"):
        normalise(root)
        _compile(container, root, Path(plan.folder))
        names(root)
        place(root, IMAGE_JSON, plan.image_json)
    with _stage("squashfs"):
        target = Path(plan.target)
        squashfs.pack(container.tree, target)
        tell(event="packed", tree=tree_digest(root))


def _compile(container: Container, root: Root, folder: Path) -> None:
    """Let the image's own Python write bytecode that is never stale."""
    if root.resolve("/usr/bin/python3") is None:
        return
    tools = folder / "bytecode"
    tools.mkdir()
    shutil.copyfile(Path(__file__).with_name("compile_bytecode.py"), tools / "compile_bytecode.py")
    code = container.run(("/usr/bin/python3", "-IS", "/certify/compile_bytecode.py"), bind=tools)
    if code:
        raise Error(f"the image's python3 cannot compile its own files (exit code {code})",
                    hint="does a step replace /usr/bin/python3 or its library?")


def _by_stage(actions: tuple[Action, ...]) -> Iterator[tuple[str, list[Action]]]:
    group: list[Action] = []
    for action in actions:
        if group and action.stage != group[0].stage:
            yield group[0].stage, group
            group = []
        group.append(action)
    if group:
        yield group[0].stage, group


@contextmanager
def _stage(name: str) -> Iterator[None]:
    tell(event="started", stage=name)
    begin = time.monotonic()
    yield
    tell(event="done", stage=name, seconds=time.monotonic() - begin)


def _private() -> None:
    """Hide the machine's /run, where runc keeps its state, and bring up the loopback of this network namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"none", b"/", None, _MS_REC_PRIVATE, None) or libc.mount(b"tmpfs", b"/run", b"tmpfs", 0, b"mode=0755"):
        raise Error(f"cannot mount: {os.strerror(ctypes.get_errno())}", hint="a build needs root and mount namespaces")
    os.umask(0o022)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        fcntl.ioctl(probe, _SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", _IFF_UP))


if __name__ == "__main__":
    process.require("buildah", "runc", "mksquashfs", "tar")
    sys.exit(main(sys.argv))
