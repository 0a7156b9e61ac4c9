"""The bytes of a layer as they are stored, and unpacked by a program of its own; both proven by their digests."""

from __future__ import annotations

import fcntl
import hashlib
import io
import os
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Final

from builder import process
from builder.errors import Fault
from certify.foreign.reader import CHUNK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# By the first bytes, as all container tools do; of the programs the first that is there, the quickest first.
DECOMPRESSORS: Final[Mapping[bytes, tuple[str, ...]]] = {b"\x1f\x8b": ("igzip", "pigz", "gzip"), b"\x28\xb5\x2f\xfd": ("zstd",)}
_BROKEN: Final = "copy the image again; is it broken everywhere?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """Where a layer is stored: ``size`` bytes from ``offset`` on behind an open handle.

    ``digest`` is the sha256 of these bytes, ``content`` that of the tar in them, in hex; None where nobody told it.
    """

    name: str
    handle: int
    size: int
    offset: int = 0
    digest: str | None = None
    content: str | None = None


@contextmanager
def opened(layer: Layer) -> Iterator[IO[bytes]]:
    """The tar of a layer as a stream, which is to be read to its end. Raises Fault if the bytes are not what they should be.

    What was read is only to be believed after the end, when the digests are known. A layer that is not what its digest
    says is told as that, whatever else may be wrong with it.
    """
    stored = Digested(_Range(layer), layer.name, layer.digest)
    program = decompressor(os.pread(layer.handle, 8, layer.offset))
    try:
        with _unpacked(stored, program, layer) as tar:
            yield io.BufferedReader(tar, CHUNK)
            tar.prove()
    except Fault:
        stored.prove()
        raise
    stored.prove()


def decompressor(head: bytes) -> str | None:
    """The program for a layer that begins so, None for one that needs none. Raises ToolMissing."""
    for magic, tools in DECOMPRESSORS.items():
        if head.startswith(magic):
            found = next((tool for tool in tools if process.which(tool)), tools[-1])
            process.require(found)
            return found
    return None


class Digested(io.RawIOBase):
    """A stream that knows the sha256 of what was read from it."""

    def __init__(self, stream: io.RawIOBase, name: str, wanted: str | None) -> None:
        self._stream, self._name, self._wanted, self._hasher = stream, name, wanted, hashlib.sha256()
        self.ended = False

    def readable(self) -> bool:
        """It is there to be read, and only forwards."""
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  (any kind of buffer)
        """Read what comes next."""
        count = self._stream.readinto(buffer) or 0
        self.ended = self.ended or not count
        if self._wanted is not None:
            self._hasher.update(memoryview(buffer)[:count])
        return count

    def prove(self) -> None:
        """Read to the end; raises Fault if the bytes were others than they should be."""
        if self._wanted is None:
            return
        buffer = bytearray(CHUNK)
        while self.readinto(buffer):
            pass
        found = self._hasher.hexdigest()
        if found != self._wanted:
            raise Fault(f"{self._name}: the bytes of sha256:{self._wanted} are others (sha256:{found})",
                        hint="it is broken or was changed: do not use it before its owner explains why")


class _Range(io.RawIOBase):
    """A part of a file. Others may share the file's handle, so it has a position of its own."""

    def __init__(self, layer: Layer) -> None:
        self._layer, self._place = layer, 0

    def readable(self) -> bool:
        """It is there to be read, and only forwards."""
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401
        """Read what comes next."""
        view = memoryview(buffer)[:self._layer.size - self._place]
        count = os.preadv(self._layer.handle, [view], self._layer.offset + self._place)
        self._place += count
        return count


@contextmanager
def _unpacked(stored: Digested, program: str | None, layer: Layer) -> Iterator[Digested]:
    name = f"{layer.name}, unpacked"
    if program is None:
        yield Digested(stored, name, layer.content)
        return
    work = Piped((program, "-d", "-c"))
    feeder = threading.Thread(target=_feed, args=(stored, work.input))
    feeder.start()
    stream = os.fdopen(work.output, "rb", buffering=0)
    tar = Digested(stream, name, layer.content)
    try:
        yield tar
    finally:
        stream.close()      # ends the program, and that the feeder
        feeder.join()
        code, said = work.wait()
        if code and tar.ended:      # before its own end it is we who ended it
            raise Fault(f"{layer.name}: cannot be unpacked: {said or f'{program} ended with code {code}'}", hint=_BROKEN)


def _feed(stored: Digested, handle: int) -> None:
    buffer = bytearray(CHUNK)
    try:
        with os.fdopen(handle, "wb", buffering=0) as pipe:
            while count := stored.readinto(buffer):
                write_all(pipe.fileno(), memoryview(buffer)[:count])
    except BrokenPipeError:
        return      # what it unpacked was enough


class Piped:
    """A program between two pipes. ``input`` and ``output`` are this side's ends, which the caller closes."""

    def __init__(self, argv: Sequence[str], *, output: bool = True) -> None:
        theirs, self.input = _pipe()
        self.output, out = _pipe() if output else (-1, -1)
        self._given = (theirs, out) if output else (theirs,)
        # A shell, as it can open what the door to programs keeps shut: standard input and output.
        target = f" >/proc/self/fd/{out}" if output else " >&2"
        self._argv = ("sh", "-c", f'exec "$@" </proc/self/fd/{theirs}{target}', "sh", *argv)
        self._result = process.Completed(125, "", "")
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def wait(self) -> tuple[int, str]:
        """The exit code of the program, and the end of what it said."""
        self._thread.join()
        return self._result.code, self._result.stderr.strip()[-500:]

    def _run(self) -> None:
        try:
            self._result = process.run(self._argv, check=False, pass_fds=self._given)
        finally:
            for handle in self._given:
                os.close(handle)


def write_all(handle: int, data: bytes | memoryview) -> None:
    """Write everything into a pipe, which takes what it has room for."""
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view):]


def _pipe() -> tuple[int, int]:
    ends = os.pipe()
    fcntl.fcntl(ends[0], fcntl.F_SETPIPE_SZ, CHUNK)
    return ends
