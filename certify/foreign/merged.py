"""The layers of an image as one tree: what of them is seen in the end, and under which names.

As containerd and umoci unpack one layer upon the other: whiteouts hide what lower layers have, and never what their own
layer brings; links in the path of an entry are followed, inside the image. A folder stays what it was if it is named again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from builder.errors import Fault
from certify.foreign import headers
from certify.foreign.headers import Attributes
from certify.foreign.reader import MAX_PATH, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from certify.foreign.reader import Member

_WHITEOUT: Final = b".wh."
_RESERVED: Final = b".wh..wh."          # aufs kept its own files under such names: they are no part of an image
_OPAQUE: Final = b".wh..wh..opq"
_MAX_LINKS: Final = 40                  # as the kernel's own limit
_MAX_STEPS: Final = 5_000_000           # along all links on the way to entries
_IMPLICIT: Final = Attributes(0o755, 0, 0, 0)


@dataclass(slots=True, eq=False)
class Node:
    """What is at a path, or at several: a file with hard links is one node. ``source`` is its layer, and its number there."""

    kind: bytes
    attributes: Attributes
    link: bytes = b""
    size: int = 0
    source: tuple[int, int] = (-1, -1)
    children: dict[bytes, Node] | None = None


@dataclass(slots=True)
class Merged:
    """The tree, to which layers are added, the lowest first."""

    root: Node = field(default_factory=lambda: _folder(_IMPLICIT))
    _steps: int = 0

    def add(self, layer: int, members: Iterable[Member]) -> None:
        """Put a layer upon what is there. Raises Fault where a hard link leads to nothing."""
        kept: list[tuple[int, Member]] = []
        for number, member in enumerate(members):
            name = member.path.rpartition(b"/")[2]
            if name.startswith(_WHITEOUT):
                self._hide(member.path, name)
            else:
                kept.append((number, member))
        for number, member in kept:
            self._put(layer, number, member)

    def walk(self) -> Iterator[tuple[bytes, Node]]:
        """Every path and its node, a folder before what is in it; the root is not among them."""
        pending = [(b"", self.root)]
        while pending:
            above, folder = pending.pop()
            for name, node in sorted((folder.children or {}).items()):
                path = above + name
                if len(path) > MAX_PATH:
                    raise Fault(f"{shown(path)}: folders are nested deeper than a path can be long", hint="who made this image?")
                yield path, node
                if node.children:
                    pending.append((path + b"/", node))

    def _hide(self, path: bytes, name: bytes) -> None:
        folder = self._find(path.split(b"/")[:-1])
        if folder is None or folder.children is None:
            return
        if name == _OPAQUE:
            folder.children.clear()
        elif not name.startswith(_RESERVED):
            folder.children.pop(name.removeprefix(_WHITEOUT), None)

    def _put(self, layer: int, number: int, member: Member) -> None:
        if not member.path:
            self.root.attributes = member.attributes if member.kind == headers.FOLDER else self.root.attributes
            return
        *above, name = member.path.split(b"/")
        children = self._made(above)
        there = children.get(name)
        if member.kind == headers.FOLDER and there is not None and there.children is not None:
            there.attributes = member.attributes
        elif member.kind == headers.FOLDER:
            children[name] = _folder(member.attributes)
        elif member.kind == headers.HARD:
            children[name] = self._linked(member)
        else:
            children[name] = Node(member.kind, member.attributes, member.link, member.size, (layer, number))

    def _linked(self, member: Member) -> Node:
        *above, name = member.link.split(b"/")
        folder = self._find(above)
        node = folder.children.get(name) if folder is not None and folder.children is not None else None
        if node is None or node.children is not None:
            raise Fault(f"{shown(member.path)}: a hard link to {shown(member.link)}, which is no file",
                        hint="the image is broken: use another")
        return node

    def _made(self, parts: list[bytes]) -> dict[bytes, Node]:
        """What is in a folder, which is made if it is not there."""
        found = self._find(parts, make=True)
        assert found is not None and found.children is not None
        return found.children

    def _find(self, parts: list[bytes], *, make: bool = False) -> Node | None:
        """The folder at a path with its links followed; with ``make`` whatever is in its way is replaced."""
        pending, trail, links = parts[::-1], [self.root], 0
        while pending:
            part = pending.pop()
            if part == b"..":
                trail = trail[:-1] or trail
                continue
            children = trail[-1].children
            assert children is not None     # only folders are on the way
            node = children.get(part)
            if node is not None and node.kind == headers.LINK:
                links += 1
                pending += self._target(node, links)
                trail = trail[:1] if node.link.startswith(b"/") else trail
                continue
            if node is None or node.children is None:
                if not make:
                    return None
                node = children[part] = _folder(_IMPLICIT)
            trail.append(node)
        return trail[-1]

    def _target(self, node: Node, links: int) -> list[bytes]:
        """The parts of a link's target, the last first."""
        parts = [part for part in reversed(node.link.split(b"/")) if part not in (b"", b".")]
        self._steps += len(parts) + 1
        if links > _MAX_LINKS or self._steps > _MAX_STEPS:
            raise Fault(f"a link to {shown(node.link)} leads in circles", hint="the image is broken: use another")
        return parts


def _folder(attributes: Attributes) -> Node:
    return Node(headers.FOLDER, attributes, children={})
