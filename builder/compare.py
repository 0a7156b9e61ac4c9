"""How two image trees differ: path by path, and for contents why, as far as their bytes tell.

Both trees are hostile: no link is followed, and no file is held in memory as a whole.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

from builder.digest import CHUNK
from builder.reasons import reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from builder.rootfs import Root

    Entry = tuple[str, os.stat_result]
    Pair = tuple[str, os.stat_result | None, os.stat_result | None]

_KINDS: Final = {stat.S_IFREG: "a file", stat.S_IFDIR: "a folder", stat.S_IFLNK: "a link", stat.S_IFCHR: "a character device",
                 stat.S_IFBLK: "a block device", stat.S_IFIFO: "a fifo", stat.S_IFSOCK: "a socket"}


@dataclass(frozen=True, slots=True)
class Difference:
    """One way in which the second tree is not the first.

    ``kind`` is missing or extra (in the second), type, mode, link, device or content; ``detail`` says more, for people.
    """

    path: str
    kind: str
    detail: str


def differences(first: Root, second: Root) -> Iterator[Difference]:
    """Every difference, in the order of a walk. What is below a folder that one tree lacks is not listed."""
    lacking: set[str] = set()       # folders that only one of the trees has, and folders below those
    for path, one, other in _merged(first.walk(), second.walk()):
        present = one or other
        assert present is not None
        if path.rpartition("/")[0] in lacking:
            if stat.S_ISDIR(present.st_mode):
                lacking.add(path)
            continue
        if one is None or other is None or _kind(one) != _kind(other):
            if any(status and stat.S_ISDIR(status.st_mode) for status in (one, other)):
                lacking.add(path)
            yield _unpaired(path, one, other)
        else:
            yield from _paired(first, second, path, one, other)


def _merged(first: Iterator[Entry], second: Iterator[Entry]) -> Iterator[Pair]:
    """Both walks as one, with None for a tree that lacks the path."""
    one, other = next(first, None), next(second, None)
    while one or other:
        if one and (not other or _order(one[0]) < _order(other[0])):
            yield *one, None
            one = next(first, None)
        elif other and (not one or _order(other[0]) < _order(one[0])):
            yield other[0], None, other[1]
            other = next(second, None)
        elif one and other:
            yield *one, other[1]
            one, other = next(first, None), next(second, None)


def _order(path: str) -> list[tuple[bool, bytes]]:
    """The order of a walk as a key: all entries of a folder come before what is below them."""
    *above, name = os.fsencode(path).split(b"/")
    return [*((True, part) for part in above), (False, name)]


def _unpaired(path: str, one: os.stat_result | None, other: os.stat_result | None) -> Difference:
    if one is None:
        assert other is not None
        return Difference(path, "extra", _described(other))
    if other is None:
        return Difference(path, "missing", _described(one))
    return Difference(path, "type", f"{_kind(one)} and {_kind(other)}")


def _described(status: os.stat_result) -> str:
    return f"{_kind(status)} and all below it" if stat.S_ISDIR(status.st_mode) else _kind(status)


def _kind(status: os.stat_result) -> str:
    return _KINDS.get(stat.S_IFMT(status.st_mode), "something unknown")


def _paired(first: Root, second: Root, path: str, one: os.stat_result, other: os.stat_result) -> Iterator[Difference]:
    modes = stat.S_IMODE(one.st_mode), stat.S_IMODE(other.st_mode)
    if modes[0] != modes[1] and not stat.S_ISLNK(one.st_mode):      # a link's own mode means nothing
        yield Difference(path, "mode", f"{modes[0]:04o} and {modes[1]:04o}")
    if stat.S_ISLNK(one.st_mode):
        yield from _links(path, _target(first, path), _target(second, path))
    elif stat.S_ISREG(one.st_mode):
        with _opened(first, path) as stream, _opened(second, path) as other_stream:
            yield from _contents(path, stream, other_stream)
    elif (stat.S_ISCHR(one.st_mode) or stat.S_ISBLK(one.st_mode)) and one.st_rdev != other.st_rdev:
        numbers = [f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}" for status in (one, other)]
        yield Difference(path, "device", " and ".join(numbers))


def _links(path: str, one: str, other: str) -> Iterator[Difference]:
    if one != other:
        yield Difference(path, "link", f"{one} and {other}")


def _contents(path: str, first: IO[bytes], second: IO[bytes]) -> Iterator[Difference]:
    place = _first_difference(first, second)
    if place is None:
        return
    sizes = [os.fstat(stream.fileno()).st_size for stream in (first, second)]
    why = reason(path, first, second)
    where = f"from byte {place} of {sizes[0]}" + ("" if sizes[0] == sizes[1] else f" and {sizes[1]}")
    yield Difference(path, "content", f"{why} ({where})" if why else where)


def _first_difference(first: IO[bytes], second: IO[bytes]) -> int | None:
    place = 0
    while True:
        one, other = first.read(CHUNK), second.read(CHUNK)
        if one != other:
            shared = next((index for index, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), None)
            return place + (min(len(one), len(other)) if shared is None else shared)
        if not one:
            return None
        place += len(one)


def _target(root: Root, path: str) -> str:
    place = root.at(path)
    return str(place.readlink()) if place else ""


def _opened(root: Root, path: str) -> IO[bytes]:
    place = root.at(path)
    assert place is not None    # a walk gave it
    return os.fdopen(os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
