"""Merge layers, and pipe what is seen of them into sqfstar: one squashfs, and nothing else on the disk."""

from __future__ import annotations

import itertools
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from builder.errors import Error, Fault
from certify.foreign import headers, writer
from certify.foreign.limits import Budget
from certify.foreign.merged import Merged
from certify.foreign.reader import Reader, shown
from certify.foreign.stored import Piped, opened, write_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from certify.foreign.merged import Node
    from certify.foreign.reader import Member
    from certify.foreign.stored import Layer

_PROCESSORS: Final = 8
_MEMORY: Final = "512M"         # of sqfstar, which else takes a quarter of the machine's
_RESERVE: Final = 1 << 30       # bytes of the disk that are left to others
_COMPARISONS: Final = 50_000 ** 2    # of names: a minute; a folder of a large scientific stack has 10,000 entries
_EVERY: Final = 32 << 20        # bytes between two looks at the disk
_SPACE: Final = "free some space there, or set TMPDIR to another disk"

# The paths of each file that is seen in the end, by its number in its layer.
_Wanted = dict[int, tuple["Node", list[bytes]]]


def pack(layers: Sequence[Layer], target: str) -> None:
    """Write the squashfs ``target``, a new file of the current folder. Raises Fault for layers that are broken or lie.

    The layers are read twice: first what they hold, then the contents of what is seen in the end.
    """
    budgets = [Budget(sum(layer.size for layer in layers)) for _ in range(2)]
    merged = Merged()
    for number, layer in enumerate(layers):
        with opened(layer) as stream:
            reader = Reader(stream, budgets[0])
            merged.add(number, reader)
            reader.drain()
    _require_quick(merged)
    with _sqfstar(target, merged.root.attributes.mode) as write:
        wanted = _write_tree(merged, len(layers), write)
        for layer, files in zip(layers, wanted, strict=True):
            if files:
                _write_files(layer, files, budgets[1], write)
        write(writer.END)


def sqfstar(target: str, mode: int) -> tuple[str, ...]:
    """The argv that makes a squashfs of a tar on its standard input; ``mode`` is that of the root folder.

    lz4, as the file lives as long as one look at it. Release 4.5 takes no level for zstd, and its own takes minutes.
    """
    return ("sqfstar", "-quiet", "-no-progress", "-exit-on-error", "-comp", "lz4", "-mkfs-time", "0", "-root-mode", f"{mode:o}",
            "-mem", _MEMORY, "-processors", str(min(os.cpu_count() or 1, _PROCESSORS)), target)


@contextmanager
def _sqfstar(target: str, mode: int) -> Iterator[Callable[[bytes], None]]:
    work, since = Piped(sqfstar(target, mode), output=False), 0

    def write(data: bytes) -> None:
        nonlocal since
        write_all(work.input, data)
        since += len(data)
        if since > _EVERY:
            since = 0
            _require_room()

    failed = True
    try:
        yield write
        failed = False
    except BrokenPipeError:
        _require_room()
    finally:
        os.close(work.input)
        code, said = work.wait()
    if code or failed:
        raise Error(f"sqfstar failed with exit code {code}: {said}", hint=f"is the disk full? {_SPACE}")


def _require_quick(merged: Merged) -> None:
    """Raise Fault for folders so full that sqfstar would take minutes: it compares each name with all others there."""
    comparisons = 0
    for path, node in itertools.chain([(b"", merged.root)], merged.walk()):
        comparisons += len(node.children or ()) ** 2
        if comparisons > _COMPARISONS:
            raise Fault(f"/{shown(path)}: a folder with {len(node.children or ()):,} entries takes sqfstar too long",
                        hint="make a squashfs of the image with mksquashfs, and name that")


def _write_tree(merged: Merged, layers: int, write: Callable[[bytes], None]) -> list[_Wanted]:
    """Write all that has no content; returns what has, by layer."""
    wanted: list[_Wanted] = [{} for _ in range(layers)]
    for path, node in merged.walk():
        if node.kind == headers.FILE:
            layer, number = node.source
            wanted[layer].setdefault(number, (node, []))[1].append(path)
        else:
            write(writer.header(path, node.kind, node.attributes, link=node.link))
    return wanted


def _write_files(layer: Layer, wanted: Mapping[int, tuple[Node, list[bytes]]], budget: Budget,
                 write: Callable[[bytes], None]) -> None:
    """Write the files of a layer, each with its hard links. The budget counts anew, as the layer could have changed."""
    last, left = max(wanted), len(wanted)
    with opened(layer) as stream:
        reader = Reader(stream, budget)
        for number, member in enumerate(reader):
            if number in wanted:
                _write_file(member, reader, *wanted[number], write)
                left -= 1
            if number == last:
                break
        reader.drain()
    if left:
        raise Fault(f"{layer.name}: changed while it was read", hint="who writes there?")



def _write_file(member: Member, reader: Reader, node: Node, paths: Sequence[bytes], write: Callable[[bytes], None]) -> None:
    if (member.kind, member.size) != (headers.FILE, node.size):
        raise Fault("a layer changed while it was read", hint="who writes there?")
    write(writer.header(paths[0], headers.FILE, node.attributes, size=node.size))
    for piece in reader.data(member):
        write(piece)
    write(writer.padding(node.size))
    for path in paths[1:]:
        write(writer.header(path, headers.HARD, node.attributes._replace(capability=None), link=paths[0]))


def _require_room() -> None:
    disk = os.statvfs(".")
    if disk.f_bavail * disk.f_frsize < _RESERVE:
        raise Error("the disk is full", hint=_SPACE)
