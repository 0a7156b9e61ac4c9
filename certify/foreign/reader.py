"""Read the members of a hostile tar from a stream, one after the other.

Python's own tarfile reads a header of any claimed size into memory, and takes the end of a cut file for the end of a tar.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Final, NamedTuple

from builder.errors import Fault
from certify.foreign import headers, sparse
from certify.foreign.headers import BLOCK, broken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from certify.foreign.headers import Attributes, Header
    from certify.foreign.limits import Budget

CHUNK: Final = 1 << 20
MAX_PATH: Final = 4095          # bytes, without the final NUL: linux/limits.h
_MAX_NAME: Final = 255          # bytes between two slashes: the same
_MAX_HEADER: Final = 1 << 20    # bytes of a header that extends the next one; those of an attribute have 64 KiB
_VOLUME: Final = b"V"           # GNU: the label of a tape
_ZEROS: Final = bytes(CHUNK)


class Member(NamedTuple):
    """An entry of a tar. ``path`` has neither ``.`` nor ``..`` nor a slash at its ends, and is empty for the root.

    ``link`` is a link's target as it is written, and for a hard link the path of what it links to. ``size`` is in bytes,
    with the holes; ``place`` is where the data stands in the tar.
    """

    path: bytes
    kind: bytes
    attributes: Attributes
    link: bytes
    size: int
    pieces: sparse.Map | None
    place: int


class Reader:
    """The members of a tar, as they come. Raises Fault where the tar is broken or costs more than its budget."""

    def __init__(self, stream: IO[bytes], budget: Budget) -> None:
        self._stream, self._budget, self._seekable = stream, budget, stream.seekable()
        self._place = self._left = self._padding = 0     # where we are, and what is left of the current member's data

    def __iter__(self) -> Iterator[Member]:
        while (block := self._block()) is not None:
            if (member := self._member(block)) is not None:
                self._budget.entry(len(member.path) + len(member.link))
                yield member
                self._skip()

    def data(self, member: Member) -> Iterator[bytes]:
        """The data of the member that came last, with its holes filled."""
        if member.pieces is None:
            yield from self._pieces(self._left)
            return
        end = 0
        for offset, length in member.pieces:
            yield from _holes(offset - end)
            yield from self._pieces(length)
            end = offset + length
        yield from _holes(member.size - end)

    def drain(self) -> None:
        """Read the stream to its end, so that its digest is known."""
        while self._stream.read(CHUNK):
            self._budget.unpacked(CHUNK)

    def _block(self) -> bytes | None:
        """The next header; None at the end, which is two blocks of zeros or, as some write it, nothing at all."""
        block = self._stream.read(BLOCK)
        if not block:
            return None
        self._count(block, BLOCK)
        if block.strip(b"\0"):
            return block
        if self._exactly(BLOCK).strip(b"\0"):
            broken("it goes on after its end")
        return None

    def _member(self, block: bytes) -> Member | None:
        pax: dict[str, bytes] = {}
        repeated: list[tuple[str, bytes]] = []
        long: dict[bytes, bytes] = {}
        while block[156:157] in headers.EXTENDED:
            header = headers.parse(block)
            data = self._extension(header)
            if header.kind in (headers.PAX, headers.OLD_PAX):
                repeated = headers.records(data)
                pax = dict(repeated)
            elif header.kind != headers.GLOBAL:     # what a global one says is no part of any entry
                long[header.kind] = data.partition(b"\0")[0]
            block = self._exactly(BLOCK)
        header = headers.parse(block)
        header = header._replace(name=long.get(headers.LONG_NAME, header.name), link=long.get(headers.LONG_LINK, header.link))
        return self._made(headers.overlaid(header, pax), block, pax, repeated)

    def _made(self, header: Header, block: bytes, pax: dict[str, bytes], repeated: list[tuple[str, bytes]]) -> Member | None:
        if header.kind == _VOLUME:
            self._begin(header.size)
            return None
        regular = header.kind in (headers.FILE, headers.SPARSE)
        if header.kind not in headers.KINDS and not regular:
            raise Fault(f"{shown(header.name)}: an entry of the unknown kind {header.kind!a}", hint="who made this image?")
        self._begin(header.size if regular else 0)      # of others the size means nothing
        pieces, size = self._sparse(header, block, pax, repeated) if regular else (None, 0)
        self._budget.unpacked(max(0, size - self._left))
        link = tidied(header.link) if header.kind == headers.HARD else header.link
        if len(link) > MAX_PATH or b"\0" in link:
            broken("a link is longer than a path can be")
        return Member(tidied(header.name), headers.FILE if regular else header.kind, headers.attributes(header, pax), link, size,
                      pieces, self._place)

    def _sparse(self, header: Header, block: bytes, pax: dict[str, bytes],
                repeated: list[tuple[str, bytes]]) -> tuple[sparse.Map | None, int]:
        """The map of a sparse file and its size; the size alone of others."""
        if header.kind == headers.SPARSE:
            # The rest of the map stands between header and data, and is no part of the data's size.
            found: tuple[sparse.Map, int] | None = sparse.old(block, self._exactly)
        else:
            found = sparse.pax(pax, repeated, self._of_member) if pax else None
        if found is None:
            return None, header.size
        if sum(length for _, length in found[0]) != self._left:
            broken("the pieces of a sparse file are not all there")
        return found

    def _extension(self, header: Header) -> bytes:
        if header.size > _MAX_HEADER:
            broken(f"a header of {header.size} bytes")
        self._budget.entry(0)
        return self._exactly(header.size + -header.size % BLOCK)[:header.size]

    def _begin(self, size: int) -> None:
        self._left, self._padding = size, -size % BLOCK

    def _of_member(self, size: int) -> bytes:
        """Data of the current member that is not its file's."""
        if size > self._left:
            broken("the map of a sparse file is longer than its data")
        self._left -= size
        return self._exactly(size)

    def _pieces(self, size: int) -> Iterator[bytes]:
        while size:
            piece = self._exactly(min(size, CHUNK))
            self._left -= len(piece)
            size -= len(piece)
            yield piece

    def _skip(self) -> None:
        rest = self._left + self._padding
        self._left = self._padding = 0
        if self._seekable and rest > CHUNK:
            self._place += rest - 1
            self._stream.seek(self._place)
            rest = 1        # the last byte is read: behind the end of a file one can stand, too
        while rest:
            rest -= len(self._exactly(min(rest, CHUNK)))

    def _exactly(self, size: int) -> bytes:
        return self._count(self._stream.read(size), size)

    def _count(self, data: bytes, size: int) -> bytes:
        if len(data) != size:
            broken("it ends in the middle")
        self._place += size
        self._budget.unpacked(size)
        return data


def tidied(name: bytes) -> bytes:
    """A path without leading slashes and dots; raises Fault for one that climbs, or that no file system can hold."""
    parts = [part for part in name.split(b"/") if part not in (b"", b".")]
    path = b"/".join(parts)
    if b".." in parts:
        raise Fault(f"{shown(name)}: a path that climbs out of its folder", hint="who made this image?")
    if len(path) > MAX_PATH or b"\0" in path or any(len(part) > _MAX_NAME for part in parts):
        raise Fault(f"{shown(name)}: no file can have this name", hint="who made this image?")
    return path


def shown(name: bytes) -> str:
    """A name in an error: short, and safe wherever it goes."""
    return ascii(name[:100].decode("utf-8", "replace"))[1:-1] + ("..." if len(name) > 100 else "")


def collected(read: Callable[[], Iterator[bytes]], limit: int) -> bytes:
    """Data as one, if it is no longer than ``limit``; raises Fault."""
    found = b""
    for piece in read():
        found += piece
        if len(found) > limit:
            raise Fault(f"a document in it has more than {limit} bytes", hint="is this an image?")
    return found


def _holes(size: int) -> Iterator[bytes]:
    while size:
        yield _ZEROS[:min(size, CHUNK)]
        size -= min(size, CHUNK)
