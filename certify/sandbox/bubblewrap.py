"""A plan as bubblewrap's arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from certify.sandbox import layered

if TYPE_CHECKING:
    from pathlib import Path

    from certify.sandbox.plan import Place, Plan

_ALL: Final = ("--unshare-all",)
# As the runtime: the machine's network, names and shared memory; its processes not, for they would outlive the sandbox.
_OPEN: Final = ("--unshare-user", "--unshare-pid")
_SCRATCH: Final = 1 << 30       # bytes that may be written where the machine's memory would be taken
_BINDS: Final = {"host": "--bind", "library": "--ro-bind", "devices": "--dev-bind"}
_ROOTS: Final = {"completed": "--ro-bind", "writable": "--bind"}


def options(plan: Plan, image: Path, texts: Path) -> tuple[str, ...]:
    """All options; the command follows them.

    ``image`` is where the squashfs is mounted, ``texts`` the folder with generated files and copies, named by their paths.
    Without a terminal the image gets a session of its own; with one, the caller has to filter what it may ask of that. The
    options hold the caller's environment, and belong into a file for --args: everybody can read a command line.
    """
    session = () if plan.terminal else ("--new-session",)
    mounts = [part for place in plan.places for part in _place(place, image, texts)]
    variables = [part for name, value in sorted(plan.environment.items()) for part in ("--setenv", name, value)]
    powers = [part for name in plan.capabilities for part in ("--cap-add", name)]
    return (*(_OPEN if plan.network else _ALL), *_ids(plan), *session, "--die-with-parent", "--cap-drop", "ALL", *powers,
            "--clearenv", *mounts, *_read_only(plan), *variables, "--chdir", plan.workdir)


def _ids(plan: Plan) -> tuple[str, ...]:
    return ("--uid", "0", "--gid", "0") if plan.as_root else ()


def _place(place: Place, image: Path, texts: Path) -> tuple[str, ...]:
    if place.kind in _ROOTS:
        return (_ROOTS[place.kind], str(texts / layered.ROOT), place.path)
    match place.kind:
        case "image":
            return ("--ro-bind", str(image / place.content.lstrip("/")), place.path)
        case "host" | "library" | "devices":
            return (_BINDS[place.kind], place.content, place.path)
        case "text" | "copy":
            return ("--ro-bind" if place.kind == "text" else "--bind", str(texts / place.path.lstrip("/")), place.path)
        case "link":
            return ("--symlink", place.content, place.path)
        case "scratch":
            return _scratch(place.path, place.mode)
        case "blank":
            return ("--tmpfs", place.path)
        case "proc":
            return ("--proc", place.path)
        case "dev":
            return ("--dev", place.path, *_scratch(f"{place.path}/shm", 0o1777), "--remount-ro", place.path)
        case _:
            return ("--perms", f"{place.mode:04o}", "--dir", place.path)


def _scratch(path: str, mode: int) -> tuple[str, ...]:
    return ("--perms", f"{mode:04o}", "--size", str(_SCRATCH), "--tmpfs", path)


def _read_only(plan: Plan) -> tuple[str, ...]:
    """What is the user's here and root's at the site: nothing may be written into it, once all is in its place."""
    writable = {place.path for place in plan.places if place.kind in ("scratch", "host", "writable")}
    blank = [place.path for place in plan.places if place.kind == "blank"]
    return tuple(part for path in (*blank, *(() if "/" in writable else ("/",))) for part in ("--remount-ro", path))
