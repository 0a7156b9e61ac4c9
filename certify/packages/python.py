"""Python's packages, wherever they lie: ``*.dist-info/METADATA``, ``*.egg-info`` and ``EGG-INFO/PKG-INFO``.

Source: https://packaging.python.org/en/latest/specifications/core-metadata/.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from certify.packages import reading
from certify.packages.model import MOST, Package, made

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.tree import ImageTree

_FILES: Final = (".dist-info/METADATA", ".egg-info/PKG-INFO", "/EGG-INFO/PKG-INFO", ".egg-info")
_HEAD: Final = 32 << 10         # bytes; the fields stand before the description
_LICENCE: Final = 80            # characters: some authors put the whole text there
_CLASSIFIER: Final = b"Classifier: License :: "


def packages(image: ImageTree) -> Iterator[Package | str]:
    """The packages; for what cannot be read, a sentence that says so."""
    found = (path for path in image.entries if path.endswith(_FILES))
    for path in itertools.islice(found, MOST):
        head = reading.beginning(image, path, _HEAD)
        if head:        # else it is the folder, or a link that leads nowhere
            yield _package(head, path)
    if next(found, None):
        yield f"more than {MOST} Python packages: the others are not told"


def _package(head: bytes, path: str) -> Package | str:
    said = next(reading.fields(head), {})
    place = path.removesuffix("/METADATA").removesuffix("/PKG-INFO")
    package = made("python", said.get("name", ""), said.get("version", ""), licences=_licences(said, head), path=place)
    return package or f"{path} has no name or no version that could be one"


def _licences(said: dict[str, str], head: bytes) -> tuple[str, ...]:
    """The expression (PEP 639); else the short word of the old field, else the classifiers."""
    for name in ("license-expression", "license"):
        word = said.get(name, "")
        if 0 < len(word) <= _LICENCE and word.upper() != "UNKNOWN" and "\n" not in word:
            return (word,)
    return tuple(line.decode("utf-8", "replace").rpartition(":: ")[2].strip() for line in reading.lines(head)
                 if line.startswith(_CLASSIFIER) and not line.strip().endswith(b"OSI Approved"))
