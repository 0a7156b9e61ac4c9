"""The cache stays within its limits: what was not used for longest goes, of each kind of thing by itself.

Layers have one limit, what was fetched has another, as a mirror may not have it any more; records have a small one. A
thing is a file or a folder under a name of its own, whole by itself: whoever is killed here leaves only whole ones.
Builds hold the layer store shared while they work, and with it all of the cache; who prunes holds it alone.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from builder import process, used, workspace
from builder.layers import Kept, Layers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

LAYERS: Final = "layers"
RECORDS: Final = "records"
# Where each kind of thing lies in the cache.
FOLDERS: Final[Mapping[str, str]] = {
    "debs": "debs", "rpms": "rpms", "images": "images/blobs/sha256", "sources": "sources", "wheels": "wheels", RECORDS: "records",
}
# What is not named as we name things is not ours, and stays: somebody may have set CERTIFY_CACHE to a folder of his own.
_OURS: Final = re.compile(r"[0-9a-f]{64}")
_OTHERS: Final = {RECORDS: re.compile(r"[^.].*\.json", re.DOTALL), "rpms": re.compile(r"[0-9a-f]{64}|indexes")}
_HALF: Final = re.compile(r"\.(?:.*\.)?[0-9a-f]{8}(?:[0-9a-f]{8}|\.part)?", re.DOTALL)
_DOWNLOADS: Final = tuple(kind for kind in FOLDERS if kind != RECORDS)
_RECORDS_LIMIT: Final = 1_000_000_000   # bytes; a record of a large image takes 200 kB

Contents = dict[str, tuple[Kept, ...]]
NOTHING: Final[Contents] = dict.fromkeys((LAYERS, *FOLDERS), ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many bytes are kept: of layers, and of all that was fetched."""

    layers: int
    downloads: int

    @classmethod
    def of(cls, env: Mapping[str, str]) -> Limits:
        """Those of the environment, or the usual ones; raises UsageError where one is no number."""
        return cls(layers=workspace.cache_limit(env), downloads=workspace.downloads_limit(env))

    def of_kind(self, kind: str) -> tuple[int, bool]:
        """The limit of a kind of thing, and whether it shares it with others."""
        if kind == LAYERS:
            return self.layers, False
        return next((limit, len(kinds) > 1) for kinds, limit in self.groups() if kind in kinds)

    def groups(self) -> tuple[tuple[tuple[str, ...], int], ...]:
        """The kinds that share a limit, without the layers, and the limit."""
        return (_DOWNLOADS, self.downloads), ((RECORDS,), _RECORDS_LIMIT)


def contents(cache: Path) -> Contents:
    """All that is kept, by kind."""
    return {LAYERS: Layers(cache / "layers").all(), **{kind: _things(cache, kind) for kind in FOLDERS}}


def plan(cache: Path, limits: Limits, keep: float = 0) -> Contents:
    """What would go, in its order. What was used in the last ``keep`` seconds stays."""
    young = time.time() - keep
    going: Contents = {LAYERS: Layers(cache / "layers").going(limits.layers, young)}
    for kinds, limit in limits.groups():
        there = [(one.used, kind, one) for kind in kinds for one in _things(cache, kind)]
        going |= {kind: tuple(one for which, one in _over(there, limit, young) if which == kind) for kind in kinds}
    return going


def prune(cache: Path, limits: Limits, keep: float = 0) -> Contents | None:
    """Remove what ``plan`` names and what killed builds left; None, and nothing done, while a build uses the cache."""
    layers = Layers(cache / "layers")
    with layers.alone() as free:
        if not free:
            return None
        layers.sweep()
        for folder in FOLDERS.values():
            _delete(_hidden(cache / folder))
        going = plan(cache, limits, keep)
        layers.remove([one.key for one in going[LAYERS]])
        for kind, folder in FOLDERS.items():
            for one in going[kind]:
                _remove(cache / folder, one.key)
    return going


def _over(there: Sequence[tuple[float, str, Kept]], limit: int, young: float) -> Iterator[tuple[str, Kept]]:
    """The oldest, until the rest takes no more than the limit."""
    left = sum(one.size for _, _, one in there)
    for when, kind, one in sorted(there):
        if left <= limit or when > young:
            return
        left -= one.size
        yield kind, one


def _things(cache: Path, kind: str) -> tuple[Kept, ...]:
    """What there is of a kind, without looking into files: that would count as use."""
    ours = _OTHERS.get(kind, _OURS)
    found = {path: path.lstat() for path in _entries(cache / FOLDERS[kind]) if ours.fullmatch(path.name)}
    sizes = _sizes([path for path, status in found.items() if stat.S_ISDIR(status.st_mode)])
    return tuple(Kept(path.name, sizes.get(path, status.st_blocks * 512), used.when(status)) for path, status in found.items())


def _sizes(folders: Sequence[Path]) -> dict[Path, int]:
    """The bytes on the disk that folders take; 0 for one that cannot be counted."""
    if not folders:
        return {}
    argv = ("du", "--null", "--summarize", "--block-size=1", "--one-file-system", "--", *map(str, folders))
    lines = (line.partition("\t") for line in process.run(argv, check=False).stdout.split("\0"))
    counted = {path: int(size) for size, _, path in lines if size.isdigit()}
    return {folder: counted.get(str(folder), 0) for folder in folders}


def _hidden(folder: Path) -> Iterator[Path]:
    """What was not whole yet, or not wholly gone, when its process was killed: nobody is at work now."""
    return (path for path in _entries(folder) if _HALF.fullmatch(path.name))


def _entries(folder: Path) -> Iterable[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() and not folder.is_symlink() else ()


def _remove(folder: Path, name: str) -> None:
    """First its name, so that no half of it is ever taken for the whole."""
    gone = folder / f".{name[:64]}.{secrets.token_hex(4)}"
    os.rename(folder / name, gone)      # noqa: PTH104  (a link is renamed itself)
    _delete([gone])


def _delete(paths: Iterable[Path]) -> None:
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            process.run(("rm", "-rf", "--one-file-system", "--", str(path)), check=False)
        else:
            path.unlink(missing_ok=True)
