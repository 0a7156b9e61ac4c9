"""A plan as bubblewrap's arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from certify.sandbox.plan import Place, Plan


def options(plan: Plan, image: Path, texts: Path) -> tuple[str, ...]:
    """All options; the command follows them.

    ``image`` is where the squashfs is mounted, ``texts`` the folder with the generated files, named by their paths.
    The image gets a session of its own, so that it cannot type into the caller's terminal. The options hold the
    caller's environment, and belong into a file for --args: everybody can read a command line.
    """
    network = ("--share-net",) if plan.network else ()
    mounts = [part for place in plan.places for part in _place(place, image, texts)]
    variables = [part for name, value in sorted(plan.environment.items()) for part in ("--setenv", name, value)]
    return ("--unshare-all", *network, "--new-session", "--die-with-parent", "--cap-drop", "ALL", "--clearenv",
            *mounts, *_read_only(plan), *variables, "--chdir", plan.workdir)


def _place(place: Place, image: Path, texts: Path) -> tuple[str, ...]:
    match place.kind:
        case "image":
            return ("--ro-bind", str(image / place.content.lstrip("/")), place.path)
        case "host":
            return ("--bind", place.content, place.path)
        case "text":
            return ("--ro-bind", str(texts / place.path.lstrip("/")), place.path)
        case "link":
            return ("--symlink", place.content, place.path)
        case "scratch":
            return ("--perms", "1777", "--tmpfs", place.path)
        case "proc" | "dev":
            return (f"--{place.kind}", place.path)
        case _:
            return ("--perms", "0755", "--dir", place.path)


def _read_only(plan: Plan) -> tuple[str, ...]:
    """The root is a tmpfs that the user owns here and root owns at the site: nothing may be written into it."""
    writable = {place.path for place in plan.places if place.kind in ("scratch", "host")}
    return () if "/" in writable else ("--remount-ro", "/")
