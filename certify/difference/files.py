"""Which files of two images differ, and what kinds of files they are: read where both are mounted, and nowhere else."""

from __future__ import annotations

import heapq
import os
import stat
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from builder import compare
from builder.errors import Error
from builder.rootfs import Root
from certify.difference import kinds
from certify.difference.model import FileChange, Files, How, Total
from certify.sandbox import enter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    _Entries = Mapping[str, os.stat_result]

MOST: Final = 5_000         # changes that are told one by one; the largest, as they matter to most
_LONGEST: Final = 300       # characters of a reason
_FAILED: Final = "the images could not be compared"


def read(first: int, second: int) -> Files:
    """Compare the files of two images behind open handles. Raises Fault if one cannot be read, Error if the machine fails."""
    told: list[FileChange] = []
    ends: list[Any] = []

    def heard(event: dict[str, Any]) -> None:
        if event["event"] == "file" and not ends:
            told.append(FileChange(*event["change"]))
        else:
            ends.append(event)

    enter.listen({"kind": "files", "images": [first, second]}, (first, second), heard, _FAILED)
    if len(ends) != 1 or ends[0].get("event") != "end":
        raise Error(f"{_FAILED}: the comparison ended without a word", hint="certify doctor shows what is missing")
    found = Files(changes=tuple(told), totals={kind: Total(*total) for kind, total in ends[0]["totals"].items()})
    if len(told) != min(found.count, MOST):
        raise Error(f"{_FAILED}: some changes were not told", hint="certify doctor shows what is missing")
    return found


def events(first: Root, second: Root) -> Iterator[dict[str, object]]:
    """What the inner side tells: changes, and at the end the totals of all."""
    found = look(first, second)
    for change in found.changes:
        yield {"event": "file", "change": change}
    yield {"event": "end", "totals": found.totals}


def look(first: Root, second: Root) -> Files:
    """Compare two trees. Times and owners are not compared; of folders only what they are and their modes."""
    listed = _Listed(first.folder), _Listed(second.folder)
    one, other = listed[0].entries, listed[1].entries
    before, after = _Kinds(first, one), _Kinds(second, other)
    reasons: dict[str, str] = {}
    for found in compare.differences(*listed):
        if found.kind not in ("missing", "extra"):      # these name folders, without what is in them
            reasons[found.path] = "; ".join(filter(None, (reasons.get(found.path), _why(found))))
    changes = [*(_change(path, "removed", one, other, before[path]) for path in one.keys() - other.keys()),
               *(_change(path, "added", one, other, after[path]) for path in other.keys() - one.keys()),
               *(_change(path, "changed", one, other, after[path], why) for path, why in reasons.items())]
    largest = heapq.nlargest(MOST, changes, key=lambda change: (max(change.before or 0, change.after or 0), change.path))
    return Files(changes=tuple(sorted(largest)), totals=_totals(changes, before, after))


class _Listed(Root):
    """A tree whose entries are read once: by FUSE that takes as long as all the rest."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.entries: _Entries = dict(Root(folder).walk())

    def walk(self, top: str = "/") -> Iterator[tuple[str, os.stat_result]]:
        """As of any tree, of which all is wanted."""
        assert top == "/"
        yield from self.entries.items()

    def at(self, path: str) -> Path | None:
        """The place of a path that was listed: what is above it are folders, as the images stay what they are."""
        return self.folder / path.lstrip("/") if path in self.entries else None


class _Kinds:
    """The kinds of a tree's files, and the bytes of each kind."""

    def __init__(self, root: Root, entries: _Entries) -> None:
        self._root, self._entries = root, entries
        self._known = {path: kinds.kind(path, status, lambda path=path: self._head(path))   # type: ignore[misc]
                       for path, status in entries.items()}
        self.sizes: dict[str, int] = defaultdict(int)
        seen = set()
        for path, status in entries.items():
            if status.st_ino not in seen or status.st_nlink < 2:
                seen.add(status.st_ino)
                self.sizes[self._known[path]] += _size(status) or 0

    def __getitem__(self, path: str) -> str:
        return self._known[path]

    def _head(self, path: str) -> bytes:
        try:
            handle = os.open(self._root.folder / path.lstrip("/"), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return b""      # what it is, is then told by its name
        with os.fdopen(handle, "rb", buffering=0) as file:
            return file.read(kinds.HEAD)


def _change(path: str, how: How, one: _Entries, other: _Entries, kind: str, why: str = "") -> FileChange:
    return FileChange(path, how, kind, _size(one.get(path)), _size(other.get(path)), why)


def _size(status: os.stat_result | None) -> int | None:
    """The bytes of a file's content; of what else there is, none."""
    if status is None:
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else 0


def _why(found: compare.Difference) -> str:
    detail = found.detail.partition(" (from byte")[0] if found.kind == "content" else f"{found.kind}: {found.detail}"
    return ("content" if detail.startswith("from byte") else detail)[:_LONGEST]


def _totals(changes: list[FileChange], before: _Kinds, after: _Kinds) -> dict[str, Total]:
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for change in changes:
        counts[change.kind][change.how] += 1
    return {kind: Total(counts[kind]["added"], counts[kind]["removed"], counts[kind]["changed"],
                        before.sizes.get(kind, 0), after.sizes.get(kind, 0))
            for kind in {**before.sizes, **after.sizes, **counts}}
