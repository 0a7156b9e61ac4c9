"""Where a path of a simulated site leads: through its places, and within the image through the image's own links."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from builder.rootfs import Root
    from certify.sandbox.places import Place
    from certify.sandbox.plan import Plan

NOT_EXECUTABLE, NOT_FOUND = 126, 127        # exit codes, as a shell's and podman's
_MAX_LINKS: Final = 40          # as the kernel's own limit
_OF_IMAGE: Final = ("image", "copy", "completed", "writable")
_UNKNOWN: Final = ("host", "devices", "library", "proc", "dev", "scratch")      # what is in them is no plan's


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Where a path leads. ``path`` is without links as far as is known, ``links`` are those on the way, with their targets.

    ``place`` is the place that it is or lies in, None for / itself. ``mode`` is the file mode where it is known: of what the
    image brings, and of folders; 0 for what is not there, None for what only the machine knows.
    """

    path: str
    place: Place | None
    mode: int | None
    links: tuple[tuple[str, str], ...] = ()


def follow(plan: Plan, root: Root, path: str) -> Found:
    """Follow an absolute path as a process in the sandbox would."""
    walk = _Walk(plan, root)
    pending = _steps(path)
    while pending:
        part = pending.pop()
        if part == "..":
            walk.done = walk.done[:-1]
            continue
        here = "/" + "/".join([*walk.done, part])
        found, target = walk.step(here)
        if target is not None and len(walk.links) < _MAX_LINKS:
            walk.links.append((here, target))
            walk.done = [] if target.startswith("/") else walk.done
            pending += _steps(target)
        elif found.mode == 0 or target is not None:
            return Found(path="/".join([here, *reversed(pending)]), place=found.place, mode=0, links=tuple(walk.links))
        else:
            walk.done.append(part)
    return walk.end()


def unusable(plan: Plan, root: Root) -> int:
    """127 for a program that is not there and 126 for one that an ordinary user cannot execute; 0 where nothing is known."""
    name = plan.command[0]
    path = plan.environment.get("PATH", "")
    wanted = [name] if "/" in name else [f"{folder}/{name}" if folder else name for folder in path.split(":")]
    runs = 0o111 if plan.unguarded else 0o001
    modes = [follow(plan, root, f"{plan.workdir}/{one}" if not one.startswith("/") else one).mode for one in wanted]
    if not any(mode != 0 for mode in modes):
        return NOT_FOUND
    return 0 if any(mode is None or (mode & runs and stat.S_ISREG(mode)) for mode in modes) else NOT_EXECUTABLE


def workdir(plan: Plan, root: Root, wanted: str) -> str:
    """The wanted working directory if it is there and can be entered, or else /, as under the runtime."""
    found = follow(plan, root, wanted) if wanted.startswith("/") else None
    if found is None or found.mode == 0:
        return "/"
    if found.mode is not None:
        return wanted if stat.S_ISDIR(found.mode) and (found.mode & 0o001 or plan.unguarded) else "/"
    if found.place is not None and found.place.kind == "host":
        return wanted if _enterable(found.place.content + found.path.removeprefix(found.place.path)) else "/"
    return wanted if found.place is not None and found.place.path == found.path else "/"


def _enterable(path: str) -> bool:
    """Whether a folder of this machine can be entered: by an ordinary user, if root asks."""
    if not Path(path).is_dir():
        return False
    if os.getuid() != 0:
        return os.access(path, os.X_OK)
    return all(one.stat().st_mode & stat.S_IXOTH for one in (Path(path), *Path(path).parents))


class _Walk:
    def __init__(self, plan: Plan, root: Root) -> None:
        self.places = {place.path: place for place in plan.places}
        self.root = root
        self.done: list[str] = []
        self.links: list[tuple[str, str]] = []

    def step(self, here: str) -> tuple[Found, str | None]:
        """What is at a path whose parents are no links, and where it leads if it is one."""
        place = self.places.get(here)
        if place is not None and place.kind == "link":
            return Found(path=here, place=place, mode=stat.S_IFLNK), place.content
        if place is not None and place.kind not in _OF_IMAGE:
            return Found(path=here, place=place, mode=_mode(place)), None
        cover = place or self._cover(here)
        if cover is None or cover.kind not in _OF_IMAGE:
            return Found(path=here, place=cover, mode=None if cover and cover.kind in _UNKNOWN else 0), None
        return self._in_image(here, cover)

    def end(self) -> Found:
        """Where the walk has come to."""
        here = "/" + "/".join(self.done)
        top = here == "/" and "/" not in self.places
        found = Found(path="/", place=None, mode=stat.S_IFDIR | 0o755) if top else self.step(here)[0]
        return Found(path=here, place=found.place, mode=found.mode, links=tuple(self.links))

    def _cover(self, path: str) -> Place | None:
        while path:
            path = path.rpartition("/")[0]
            if path in self.places:
                return self.places[path]
        return self.places.get("/")

    def _in_image(self, here: str, cover: Place) -> tuple[Found, str | None]:
        try:
            spot = self.root.folder / here.lstrip("/")
            mode = spot.lstat().st_mode
            return Found(path=here, place=cover, mode=mode), str(spot.readlink()) if stat.S_ISLNK(mode) else None
        except OSError:
            return Found(path=here, place=cover, mode=0), None


def _mode(place: Place) -> int | None:
    """Of what is no image's; None where content below it is unknown, unless it is a folder of the plan."""
    if place.kind == "text":
        return stat.S_IFREG | 0o644
    return stat.S_IFDIR | place.mode if place.kind in ("folder", "blank") else None


def _steps(path: str) -> list[str]:
    return [step for step in reversed(path.split("/")) if step not in ("", ".")]
