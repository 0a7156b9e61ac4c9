"""Package databases as bytes: never more than what an honest one needs, and line by line."""

from __future__ import annotations

import io
import itertools
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.tree import ImageTree

PATHS: Final = 4_000_000        # that are compared with those of the image: a database may name the same one for ever
PATH: Final = 4096              # bytes: linux/limits.h


def content(image: ImageTree, path: str, limit: int) -> bytes:
    """The bytes of a regular file, or of the one that a link leads to inside the image; none if it is longer than ``limit``."""
    status = image.entries.get(path if image.target(path) is None else image.resolve(path) or "")
    if status is None or status.st_size > limit:
        return b""
    return beginning(image, path, status.st_size)


def beginning(image: ImageTree, path: str, limit: int) -> bytes:
    """The first bytes of a file, at most ``limit``; a link is followed inside the image."""
    return image.head(path if image.target(path) is None else image.resolve(path) or "", limit)


def lines(data: bytes) -> Iterator[bytes]:
    """The lines of a file without their ends, one at a time: a list of them may take a hundred times their bytes."""
    return (line.removesuffix(b"\n") for line in io.BytesIO(data))


def fields(data: bytes) -> Iterator[dict[str, str]]:
    """The paragraphs of ``Name: value`` lines (RFC 822, Debian policy 5.1). Names are in small letters; the first one counts.

    Of a value with more than one line there is the first, with a line end as the sign that more follow.
    """
    paragraph: dict[str, str] = {}
    last = ""
    for line in itertools.chain(lines(data), (b"",)):
        if not line.strip():
            if paragraph:
                yield paragraph
            paragraph, last = {}, ""
        elif line[:1] in b" \t":
            if last:
                paragraph[last] = paragraph[last].strip() + "\n"
        else:
            name, colon, value = line.decode("utf-8", "replace").partition(":")
            last = name.lower() if colon and name.lower() not in paragraph else ""
            if last:
                paragraph[last] = value.strip()
