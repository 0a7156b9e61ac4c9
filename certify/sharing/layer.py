"""The program that writes an image as a tar: it may read everything that is mounted, and can do nothing else.

``python -m certify.sharing.layer REQUEST`` walks the image as nobody, and writes to an open file. The tar is the same for
the same image: sorted, all files root's, without extended attributes; modes, times and links are the image's.
"""

from __future__ import annotations

import json
import os
import stat
import sys
from typing import IO, TYPE_CHECKING, Any, Final

from builder import process
from builder.errors import Error, Fault
from certify.foreign import headers, writer
from certify.foreign.headers import Attributes
from certify.foreign.limits import Budget
from certify.sandbox import look
from certify.sandbox.channel import held, tell

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_CHUNK: Final = 1 << 20
_MAX_PATH: Final = 4096         # bytes, with the final NUL: linux/limits.h
_WHITEOUT: Final = b".wh."      # OCI image spec, layer.md: such a name takes another file away
_KINDS: Final = {stat.S_IFREG: headers.FILE, stat.S_IFDIR: headers.FOLDER, stat.S_IFLNK: headers.LINK, stat.S_IFIFO: headers.FIFO,
                 stat.S_IFCHR: headers.CHARACTER, stat.S_IFBLK: headers.DEVICE}


def start(folder: Path, image: int, target: int, environment: Mapping[str, str]) -> None:
    """Have the image that is mounted at a folder written to an open file; what fails is told as an event. Raises Error."""
    request = {"folder": str(folder), "target": target, "stored": os.fstat(image).st_size}
    with held(json.dumps(request).encode()) as handle:
        argv = (*look.reader(), sys.executable, "-sP", "-m", "certify.sharing.layer", str(handle))
        code = process.attached(argv, env=environment, pass_fds=(handle, target))
    if code:
        raise Error(f"the image could not be read (exit code {code})", hint="certify doctor shows what is missing")


def main(argv: list[str]) -> int:
    """Do what the request says."""
    with os.fdopen(int(argv[1]), encoding="utf-8") as file:
        request: Any = json.load(file)
    try:
        with os.fdopen(request["target"], "wb", _CHUNK) as target:
            write(os.fsencode(request["folder"]), target, Budget(request["stored"]))
    except Error as error:
        tell(event="error", message=error.message, hint=error.hint, code=error.exit_code)
    except OSError as error:
        path = error.filename if isinstance(error.filename, bytes) else b""
        where = ascii(path.removeprefix(os.fsencode(request["folder"])))[2:-1] or "the tar"
        tell(event="error", message=f"the image cannot be copied: {where}: {error.strerror}", code=3,
             hint="what only root may read needs root" if path else "set TMPDIR to another disk")
    return 0


def write(folder: bytes, target: IO[bytes], budget: Budget) -> None:
    """Write a tree as a tar. Raises Fault for what a layer cannot hold, and OSError."""
    first: dict[int, bytes] = {}        # of the files with several names, the name that has the content
    for path, status in _walk(folder):
        link = b"" if not stat.S_ISLNK(status.st_mode) else os.readlink(os.path.join(folder, path))  # noqa: PTH115, PTH118
        budget.entry(len(path) + len(link))
        attributes = Attributes(stat.S_IMODE(status.st_mode), 0, 0, max(int(status.st_mtime), 0), _device(status))
        kind = _KINDS.get(stat.S_IFMT(status.st_mode))
        if kind is None:
            continue                    # a socket: nothing that a tar, or an image, could hold
        if kind == headers.FILE and status.st_nlink > 1 and first.setdefault(status.st_ino, path) != path:
            target.write(writer.header(path, headers.HARD, attributes, link=first[status.st_ino]))
            continue
        size = status.st_size if kind == headers.FILE else 0
        target.write(writer.header(path, kind, attributes, size=size, link=link))
        if size:
            budget.unpacked(size)
            _copy(os.path.join(folder, path), size, target)  # noqa: PTH118
            target.write(writer.padding(size))
    target.write(writer.END)


def _walk(folder: bytes) -> Iterator[tuple[bytes, os.stat_result]]:
    """Every entry with its path in the tree, the tree itself first, each folder before what is in it."""
    yield b"./", os.lstat(folder)
    pending = [b""]
    while pending:
        inner = pending.pop()
        with os.scandir(os.path.join(folder, inner)) as found:  # noqa: PTH118
            entries = sorted(found, key=lambda entry: entry.name)
        folders = []
        for entry in entries:
            path = os.path.join(inner, entry.name)  # noqa: PTH118
            if len(path) >= _MAX_PATH - len(folder) - 1:
                raise Fault("folders are nested deeper than a path can be long")
            if entry.name.startswith(_WHITEOUT):
                raise Fault(f"{ascii(path)[2:-1]}: container tools take this name for a deletion", hint="rename it in the recipe")
            yield path, entry.stat(follow_symlinks=False)
            if entry.is_dir(follow_symlinks=False):
                folders.append(path)
        pending += reversed(folders)


def _copy(path: bytes, size: int, target: IO[bytes]) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        left = size
        while left:
            piece = os.read(handle, min(left, _CHUNK))
            if not piece:
                raise Fault("a file of the image is shorter than it says")
            target.write(piece)
            left -= len(piece)
    finally:
        os.close(handle)


def _device(status: os.stat_result) -> tuple[int, int]:
    if not (stat.S_ISCHR(status.st_mode) or stat.S_ISBLK(status.st_mode)):
        return 0, 0
    return os.major(status.st_rdev), os.minor(status.st_rdev)


if __name__ == "__main__":
    sys.exit(main(sys.argv))
