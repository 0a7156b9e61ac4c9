"""What a plan has to know of an image.

That is what stands directly in the folders that a runtime builds anew (/, /etc, /opt and /var); or, where the image's root is
shown as it is, what stands at the paths that something is mounted over.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from builder.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from builder.rootfs import Root

FOLDERS: Final = ("/", "/etc", "/opt", "/var")
_COPIED: Final = "/etc"         # with all that is in it, by the runtime
_SEARCHED: Final = 5_000        # entries of /etc; an image can have any number, and a start waits for this
_MAX_LINKS: Final = 40          # as the kernel's own limit
_KINDS: Final = ((stat.S_ISDIR, "folder"), (stat.S_ISREG, "file"), (stat.S_ISLNK, "link"))
_TEXT: Final = 1 << 20          # bytes of a file whose text is wanted; more is cut


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry: ``kind`` is folder, file, link, special or missing; ``target`` of a link, ``size`` (bytes) of a file.

    ``writable`` are the paths of what the runtime copies so that everybody may write it: the entry, or folders in it.
    Of a path that something is mounted over ``leads`` is where it leads in the image, ``absolute`` whether a link with an
    absolute target is on the way, and ``text`` that of the file, where it is wanted.
    """

    path: str
    kind: str
    target: str = ""
    size: int = 0
    writable: tuple[str, ...] = ()
    leads: str = ""
    absolute: bool = False
    text: str | None = None

    @property
    def name(self) -> str:
        """The last component."""
        return self.path.rpartition("/")[2]


def read(root: Root) -> list[Entry]:
    """The entries of all these folders, in the order of their paths.

    Raises Fault for a folder that only root may enter: the runtime lists it as root and shows what is in it, and a sandbox
    that is made by an ordinary user cannot.
    """
    found: list[Entry] = []
    for folder in FOLDERS:
        place = root.at(folder)
        # Looked at before it is entered: a link would be followed out of the image.
        if place is None or (folder != "/" and place.is_symlink()) or not place.is_dir():
            continue
        below = _listed(place) if place.stat().st_mode & stat.S_IXOTH else None
        if below is None:
            raise Fault(f"only root may enter the image's {folder}: what is in it cannot be shown",
                        hint=f"chmod 755 {folder} in a step")
        found += [_entry(f"{folder.rstrip('/')}/{name.name}", name) for name in below]
    return sorted(found, key=lambda entry: entry.path)


def points(root: Root, paths: Iterable[str], texts: Iterable[str] = ()) -> list[Entry]:
    """What stands at each of the paths, with links followed inside the image; of ``texts`` the text as well."""
    wanted = frozenset(texts)
    return [_point(root, path, text=path in wanted) for path in sorted({*paths, *wanted})]


def _point(root: Root, path: str, *, text: bool) -> Entry:
    leads, absolute = _leads(root, path)
    place = root.at(leads)
    mode = _mode(place)
    kind = next((name for test, name in _KINDS if test(mode)), "special") if mode else "missing"
    read = _read(place) if text and kind == "file" and place is not None else None
    return Entry(path=path, kind=kind, leads=leads, absolute=absolute, text=read)


def _leads(root: Root, path: str) -> tuple[str, bool]:
    """Where a path leads, whether or not something is there, and whether an absolute link is on the way."""
    pending, done, links, absolute = _steps(path), list[str](), 0, False
    while pending:
        part = pending.pop()
        if part == "..":
            done = done[:-1]
            continue
        place = root.at("/".join([*done, part]))
        if place is not None and stat.S_ISLNK(_mode(place)) and links < _MAX_LINKS:
            target, links = str(place.readlink()), links + 1
            if target.startswith("/"):
                done, absolute = [], True
            pending += _steps(target)
        else:
            done.append(part)
    return "/" + "/".join(done), absolute


def _steps(path: str) -> list[str]:
    return [part for part in reversed(path.split("/")) if part not in ("", ".")]


def _mode(place: Path | None) -> int:
    """The mode of what is there itself; 0 if nothing is, or nothing that can be seen."""
    try:
        return place.lstat().st_mode if place is not None else 0
    except OSError:
        return 0


def _read(place: Path) -> str | None:
    try:
        handle = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except PermissionError:         # of root's alone
        return None
    with os.fdopen(handle, encoding="utf-8", errors="surrogateescape") as file:
        return file.read(_TEXT)


def _entry(path: str, place: os.DirEntry[str]) -> Entry:
    mode = place.stat(follow_symlinks=False).st_mode
    if stat.S_ISLNK(mode):
        return Entry(path=path, kind="link", target=os.readlink(place.path))  # noqa: PTH115  a DirEntry is no Path
    if stat.S_ISDIR(mode):
        return Entry(path=path, kind="folder", writable=tuple(_open_folders(path, place)))
    if not stat.S_ISREG(mode):
        return Entry(path=path, kind="special")
    return Entry(path=path, kind="file", size=place.stat(follow_symlinks=False).st_size,
                 writable=(path,) if mode & stat.S_IWOTH else ())


def _open_folders(path: str, place: os.DirEntry[str]) -> Iterator[str]:
    """The uppermost folders of a copied one that everybody may write into."""
    if not path.startswith(_COPIED + "/"):
        return
    pending, left = [(path, place)], _SEARCHED
    while pending and left > 0:
        here, folder = pending.pop()
        if folder.stat(follow_symlinks=False).st_mode & stat.S_IWOTH:
            yield here
            continue
        below = _listed(folder) or []
        left -= len(below)
        pending += [(f"{here}/{one.name}", one) for one in below if one.is_dir(follow_symlinks=False)]


def _listed(folder: Path | os.DirEntry[str]) -> list[os.DirEntry[str]] | None:
    """The entries by name; None for a folder of root's that an ordinary user may not read."""
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except PermissionError:
        return None
