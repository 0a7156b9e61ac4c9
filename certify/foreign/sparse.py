"""Files with holes in a tar: where their pieces stand, in GNU's four ways of saying so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from certify.foreign.headers import BLOCK, broken, decimal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

# Offset and length of each piece in the file, in their order; what lies between them is zeros.
Map: TypeAlias = "tuple[tuple[int, int], ...]"

_MAX_PIECES: Final = 1 << 17
_IN_HEADER, _IN_BLOCK = 4, 21       # pieces of the old form that a header and each further block have room for


def old(block: bytes, read: Callable[[int], bytes]) -> tuple[Map, int]:
    """The map and the real size that a header of the old form and the blocks behind it tell."""
    size, pieces, more = _octal(block[483:495]), _pairs(block[386:], _IN_HEADER), block[482]
    while more:
        block = read(BLOCK)
        pieces += _pairs(block, _IN_BLOCK)
        more = block[504]
        if len(pieces) > _MAX_PIECES:
            broken("a sparse file has too many pieces")
    return _checked(pieces, size), size


def pax(found: Mapping[str, bytes], repeated: Sequence[tuple[str, bytes]],
        read: Callable[[int], bytes]) -> tuple[Map, int] | None:
    """The map and the real size that a pax header tells, or None if the file is not sparse. ``read`` reads its data."""
    if "GNU.sparse.major" in found:
        if (found["GNU.sparse.major"], found.get("GNU.sparse.minor")) != (b"1", b"0"):
            broken("a sparse file of an unknown form")
        numbers, size = _leading(read), decimal(found.get("GNU.sparse.realsize", b""))
    elif "GNU.sparse.map" in found:
        numbers, size = _listed(found["GNU.sparse.map"].split(b",")), decimal(found.get("GNU.sparse.size", b""))
    elif "GNU.sparse.size" in found:
        listed = (value for word, value in repeated if word in ("GNU.sparse.offset", "GNU.sparse.numbytes"))
        numbers, size = _listed(listed), decimal(found["GNU.sparse.size"])
    else:
        return None
    if len(numbers) % 2:
        broken("the map of a sparse file is cut")
    return _checked(list(zip(numbers[::2], numbers[1::2], strict=True)), size), size


def _listed(texts: Iterable[bytes]) -> list[int]:
    return [decimal(text) for text in texts]


def _leading(read: Callable[[int], bytes]) -> list[int]:
    """The map that stands before the data, as lines: how many pieces, then their numbers."""
    text = read(BLOCK)
    while b"\n" not in text:
        text += read(BLOCK) if len(text) < BLOCK * 2 else broken("the map of a sparse file is none")
    count = decimal(text.partition(b"\n")[0])
    if count > _MAX_PIECES:
        broken("a sparse file has too many pieces")
    blocks, lines = [text], text.count(b"\n")
    while lines < 2 * count + 1:
        blocks.append(read(BLOCK))
        lines += blocks[-1].count(b"\n")
        if len(blocks) * BLOCK > (2 * count + 2) * 21:
            broken("the map of a sparse file is none")
    return _listed(b"".join(blocks).split(b"\n")[1:2 * count + 1])


def _pairs(field: bytes, most: int) -> list[tuple[int, int]]:
    pairs = (field[24 * index:24 * index + 24] for index in range(most))
    return [(_octal(pair[:12]), _octal(pair[12:])) for pair in pairs if pair[0]]


def _octal(field: bytes) -> int:
    digits = field.strip(b" \0")
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    if not digits.isdigit() or b"8" in digits or b"9" in digits:
        broken("a number of a sparse file is none")
    return int(digits, 8)


def _checked(pieces: list[tuple[int, int]], size: int) -> Map:
    end = 0
    for offset, length in pieces:
        if offset < end or offset + length > size:
            broken("the pieces of a sparse file overlap, or lie behind its end")
        end = offset + length
    return tuple(pieces)
