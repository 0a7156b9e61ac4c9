"""What stands at a path of a simulated site, and why: the answer that ``certify run --why`` gives."""

from __future__ import annotations

import stat
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from certify.sandbox.view import follow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from builder.rootfs import Root
    from certify.sandbox.places import Dropped, Place
    from certify.sandbox.plan import Plan

_TOP: Final = "a new root of the runtime's own, with an entry for each of the image's first level"
WRITABLE: Final = ("host", "scratch", "copy", "devices", "dev", "writable")
_OF_IMAGE: Final = ("image", "copy", "completed", "writable")
_KINDS: Final = ((stat.S_ISDIR, "folder"), (stat.S_ISREG, "file"), (stat.S_ISLNK, "link"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What stands at a path.

    ``leads_to`` is the path with all links followed, ``links`` those on the way (path, target). ``stands`` is whether
    something is there, None where only the machine knows. ``place`` is the part of the plan that decides, of the given
    ``kind`` and ``source``; ``hidden`` is what the image has at that path and does not show, if it has anything.
    """

    path: str
    leads_to: str
    links: tuple[tuple[str, str], ...]
    stands: bool | None
    place: str
    kind: str
    source: str
    writable: bool
    why: str
    hidden: str | None

    def as_json(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


def explain(plan: Plan, root: Root, path: str) -> Answer:
    """The answer for an absolute path; ``root`` is the image."""
    found = follow(plan, root, path)
    place = found.place
    dropped = _dropped(plan.dropped, found.path) if found.mode == 0 else None
    if dropped and place and place.path.startswith(dropped.path):       # something else stands there, and says why
        dropped = None
    why = dropped.why if dropped else _why(place, found.path, missing=found.mode == 0)
    shown = place is not None and place.kind in (*_OF_IMAGE, "link")
    return Answer(path=path, leads_to=found.path, links=found.links, stands=None if found.mode is None else found.mode != 0,
                  place=place.path if place else "/", kind=place.kind if place else "folder",
                  source=_source(place), writable=place is not None and place.kind in WRITABLE, why=why,
                  hidden=None if shown or found.path == "/" else _in_image(root, found.path))


def _why(place: Place | None, path: str, *, missing: bool) -> str:
    if place is None:
        return "nothing of the image, the runtime or the site stands there" if missing else _TOP
    if missing:
        return f"{place.path} has nothing of that name: {place.why}"
    return place.why if place.path == path else f"lies in {place.path}: {place.why}"


def _source(place: Place | None) -> str:
    """Where what is bound comes from."""
    if place is None or place.kind in ("text", "link"):
        return ""
    return ("the image's " if place.kind in _OF_IMAGE else "") + place.content


def _dropped(dropped: Iterable[Dropped], path: str) -> Dropped | None:
    return next((one for one in dropped if path == one.path or path.startswith(one.path + "/")), None)


def _in_image(root: Root, path: str) -> str | None:
    place = root.at(path)
    try:
        mode = place.lstat().st_mode if place is not None else 0
    except OSError:
        return None
    return next((name for test, name in _KINDS if mode and test(mode)), "special file" if mode else None)
