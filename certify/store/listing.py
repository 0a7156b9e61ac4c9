"""The OCI layout's index.json: the list of a store's public images, for skopeo and ORAS.

It is one file for all images, and every publish writes it. So it has one line for each image, in the order of the lines'
bytes, and a change cuts lines out and puts lines in: nothing is parsed that stays as it is. It decides nothing: whatever
it says is proven from the tags.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from typing import TYPE_CHECKING, Final

from certify import strictjson
from certify.files import read_small
from certify.store import atomic, oci

if TYPE_CHECKING:
    from collections.abc import Mapping

    from certify.store.layout import Store
    from certify.store.oci import Descriptor

MOST: Final = 64 << 20          # bytes of index.json
MODE: Final = 0o644
_HEAD: Final = b'{"manifests":['
_FOOT: Final = b'],"mediaType":"%b","schemaVersion":2}' % oci.INDEX.encode()


def update(store: Store, changes: Mapping[str, Descriptor | None]) -> bool:
    """Say of each ``name:tag`` what it is now, None for not public; False if all was said. Only under the store's lock.

    Raises Fault for an index.json that is not one.
    """
    before = read_small(store.index_json, MOST)
    return write(store, updated(before, changes), before)


def write(store: Store, content: bytes, before: bytes | None) -> bool:
    """Replace index.json if it is not ``content`` already; ``before`` is what it holds, None for nothing of use."""
    if content == before:
        return False
    with atomic.staged(store.tmp, [content]) as new:
        os.fchmod(new.fd, MODE)
        atomic.replace(new.path, store.index_json)
    return True


def updated(before: bytes, changes: Mapping[str, Descriptor | None]) -> bytes:
    """Give the content of index.json after the changes. Raises Fault for one that is not such a file."""
    lines, ours = _lines(before)
    for name, descriptor in changes.items():
        start = _start(name)
        if not ours or start in before:         # what is not in our bytes is in none of the lines
            lines = [one for one in lines if not one.startswith(start)]
        if descriptor is not None:
            line = _line(name, descriptor)
            lines.insert(bisect_left(lines, line), line)
    return _joined(lines)


def content(entries: Mapping[str, Descriptor]) -> bytes:
    """Give an index.json of these images, by ``name:tag``."""
    return _joined(sorted(_line(name, descriptor) for name, descriptor in entries.items()))


def read(data: bytes) -> dict[str, Descriptor]:
    """Give what an index.json says, by ``name:tag``. Raises Fault."""
    reader = strictjson.Reader(strictjson.loads(data, MOST), "index.json")
    found = {}
    for value in reader.array("manifests", 1_000_000):
        one = strictjson.Reader(value, "index.json: manifest")
        name = one.child("annotations").text(oci.REF_NAME)
        found[name] = {key: inner for key, inner in value.items() if key != "annotations"}
    return found


def _lines(data: bytes) -> tuple[list[bytes], bool]:
    """The lines of an index.json, and whether they stand in it as they are."""
    head, *lines, foot, end = data.split(b"\n") if data.count(b"\n") > 1 else (b"", b"", b"")
    if (head, foot, end) == (_HEAD, _FOOT, b""):
        return [line.removesuffix(b",") for line in lines], True
    return sorted(_line(name, descriptor) for name, descriptor in read(data).items()), False


def _joined(lines: list[bytes]) -> bytes:
    return b"\n".join([_HEAD, *([b",\n".join(lines)] if lines else []), _FOOT, b""])


def _line(name: str, descriptor: Descriptor) -> bytes:
    return strictjson.dumps({**descriptor, "annotations": {oci.REF_NAME: name}})


def _start(name: str) -> bytes:
    """What only the line of an image begins with: "annotations" is the first of its keys."""
    return strictjson.dumps({"annotations": {oci.REF_NAME: name}})[:-1] + b","
