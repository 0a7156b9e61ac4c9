"""What stands at which path of a simulated site, and why: first the runtime's own and the site's, then the image's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from certify.sandbox import generated, module
from certify.sandbox.machine import SHARED as FILES
from certify.sandbox.machine import TOPOLOGY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from certify.sandbox.identity import Identity
    from certify.sandbox.levels import Entry
    from certify.sandbox.machine import Machine
    from certify.sandbox.module import Module
    from certify.site import Site

ANEW: Final = "rebuilt"                 # of a site's root, as Shifter does
REBUILT: Final = ("/etc", "/opt", "/var")
SHARED: Final = ("/tmp", "/var/tmp")  # noqa: S108
EMPTY: Final = "/var/empty"
BOUND: Final = ("host", "devices", "library", "dev", "proc")        # what has content that is no plan's
CLOSED: Final = 0                       # root's folder, 0700, at the site: an ordinary user cannot look into it


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What stands at a path.

    ``kind``: image (bound from the image, read-only), copy (of the image's, writable), host (bound from the machine), library
    (the same, read-only), devices (the same, with device files), text (a generated file), link, folder (an empty one),
    blank (an empty one over what is there), scratch (a writable tmpfs), proc, dev; and of / alone completed (the image's,
    read-only, with folders and files that it lacks) and writable (the image's, what is written goes with the sandbox).
    ``content`` is the source of what is bound, a text or a link's target; ``mode`` that of a folder or a scratch.
    """

    path: str
    kind: str
    why: str
    content: str = ""
    mode: int = 0o755


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """A path of the image that is not shown, and why. What lies below it is not shown, either."""

    path: str
    why: str


def own(site: Site, identity: Identity, machine: Machine, modules: Sequence[Module], image: str,
        accounts: Mapping[str, str | None]) -> dict[str, Place]:
    """What runtime and site put there, by path: it stands whatever the image holds.

    ``accounts`` has the image's own texts of /etc/passwd and /etc/group, for a runtime that adds to them.
    """
    found: dict[str, Place] = {}
    rebuilt = site.root == ANEW
    groups = (_leading(site, modules) if rebuilt else (), _rebuilt() if rebuilt else (), _runtimes(site, machine),
              _modules(modules, machine, rebuilt=rebuilt), _mounts(site, identity, machine),
              _written(site, identity, machine, image, accounts))
    for group in groups:                # of two for one path the later holds
        found.update({place.path: place for place in group})
    # Nothing is made in a folder of the machine's: it has what it has.
    return {path: place for path, place in found.items()
            if place.kind != "folder" or not any(found[above].kind in BOUND for above in _parents(path) if above in found)}


def of_image(site: Site, entries: Iterable[Entry], taken: dict[str, Place]) -> tuple[list[Place], list[Dropped]]:
    """What the image may show beside what is taken, and what it may not."""
    shown: list[Place] = []
    dropped: list[Dropped] = []
    for entry in entries:
        why = _hidden(site, entry, taken)
        if why is None:
            shown += _from_image(entry)
        elif entry.path not in REBUILT:
            dropped.append(Dropped(path=entry.path, why=why))
    return shown, dropped


def _leading(site: Site, modules: Sequence[Module]) -> Iterator[Place]:
    for path in (*site.site_mounts, *(path for one in modules for path in one.mounts)):
        for parent in _parents(path):
            yield Place(path=parent, kind="folder", why=f"leads to the site's mount {path}")


def _rebuilt() -> Iterator[Place]:
    for path in REBUILT:
        yield Place(path=path, kind="folder", why="made anew by the runtime, with an entry for each of the image's")


def _runtimes(site: Site, machine: Machine) -> Iterator[Place]:
    for path in site.runtime_owned:
        match path:
            case "/proc":
                yield Place(path=path, kind="proc", why="the kernel's, with the sandbox's own processes alone")
            case "/dev":
                yield _devices(site, machine)
            case "/sys":
                yield from _system(site, machine)
            case _ if site.root == "shown" and path not in SHARED:
                yield from _bound(path, site, machine)
            case _ if path in SHARED:
                yield _shared(path, site, machine)
            case _:
                mode = CLOSED if path == EMPTY else 0o755
                yield Place(path=path, kind="folder", why="the runtime's own, empty here", mode=mode)


def _devices(site: Site, machine: Machine) -> Place:
    if machine.open and site.devices == "machine" and "/dev" in machine.folders:
        return Place(path="/dev", kind="devices", why="this machine's, as the runtime shows it", content="/dev")
    return Place(path="/dev", kind="dev", why="the usual devices and none of this machine's")


def _system(site: Site, machine: Machine) -> Iterator[Place]:
    if machine.open and "/sys" in machine.folders:
        yield Place(path="/sys", kind="library", why="this machine's, as the runtime shows it", content="/sys")
        for path in machine.below_sys if site.root == ANEW else ():
            yield Place(path=path, kind="blank", why="the runtime shows /sys without what is mounted in it")
        return
    yield Place(path="/sys", kind="folder", why="the runtime's own; of this machine only its processors and memory are shown")
    if TOPOLOGY in machine.folders:
        for parent in _parents(TOPOLOGY)[1:]:
            yield Place(path=parent, kind="folder", why=f"leads to {TOPOLOGY}")
        yield Place(path=TOPOLOGY, kind="library", why="this machine's processors and memory", content=TOPOLOGY)


def _bound(path: str, site: Site, machine: Machine) -> Iterator[Place]:
    """What a runtime that makes nothing itself shows of the machine, where the machine has it."""
    source = site.mount_sources.get(path, path)
    if machine.open and source in machine.folders:
        yield Place(path=path, kind="host", why="this machine's, as the runtime shows it", content=source)


def _shared(path: str, site: Site, machine: Machine) -> Place:
    told = machine.environment.get(site.tmp_variable or "", "") if path == SHARED[0] else ""
    if machine.open and (told or path) in machine.folders:
        why = f"this machine's {told}, as {site.tmp_variable} says" if told else "this machine's, as the runtime shows it"
        return Place(path=path, kind="host", why=why, content=told or path)
    if machine.open:
        return Place(path=path, kind="folder", why="the runtime's own: this machine has none")
    return Place(path=path, kind="scratch", why="writable as at the site, and gone with the sandbox", mode=0o1777)


def _modules(modules: Sequence[Module], machine: Machine, *, rebuilt: bool) -> Iterator[Place]:
    if rebuilt:
        yield Place(path=module.FOLDER, kind="folder", why="the runtime's own, with an entry for each active module of the site")
    for one in modules:
        if one.copied is not None:
            yield _brought(one.folder, "library", f"brought by the site's module {one.name}", one.copied, machine)
        for path, source in one.mounts.items():
            kind = "library" if path in one.read_only else "host"
            yield _brought(path, kind, f"mounted by the site's module {one.name}", source, machine)


def _brought(path: str, kind: str, why: str, source: str, machine: Machine) -> Place:
    if source in machine.folders:
        return Place(path=path, kind=kind, why=why, content=source)
    return Place(path=path, kind="folder", why=f"{why}; nothing of it is here")


def _mounts(site: Site, identity: Identity, machine: Machine) -> Iterator[Place]:
    for path in site.site_mounts:
        source = site.mount_sources.get(path, path)
        if machine.open and source in machine.folders:
            kind = "library" if "ro" in site.mount_flags.get(path, ()) else "host"
            yield Place(path=path, kind=kind, why="mounted by the site, from this machine", content=source)
            continue
        yield Place(path=path, kind="folder", why="mounted by the site; nothing of it is here")
        if identity.home.startswith(path + "/"):
            yield Place(path=identity.home, kind="scratch", why="the user's home, on the site's file system", mode=0o700)


def _written(site: Site, identity: Identity, machine: Machine, image: str, accounts: Mapping[str, str | None]) -> Iterator[Place]:
    if generated.MTAB[0] in site.replaced_files and site.root == ANEW:
        yield Place(path=generated.MTAB[0], kind="link", why="made by the runtime at each start", content=generated.MTAB[1])
    for path, (text, why) in generated.texts(site, identity, machine.files, image, accounts).items():
        if path in machine.folders:
            yield Place(path=path, kind="library", why="this machine's, as the runtime shows it", content=path)
        elif text is not None and not (machine.open and path in FILES and site.root in ("shown", "completed")):
            yield Place(path=path, kind="text", why=f"written by the runtime at each start: {why}", content=text)


def _hidden(site: Site, entry: Entry, taken: dict[str, Place]) -> str | None:
    """Why an entry of the image is not shown; None if it is."""
    if entry.path in taken:
        return f"something else stands there: {taken[entry.path].why}"
    if not re.fullmatch(site.first_level_names, entry.name):
        return "the runtime drops names with such characters"
    if entry.path.startswith("/etc/") and entry.kind == "file" and entry.size >= site.etc_file_limit:
        return f"the runtime drops files of {site.etc_file_limit} bytes or more in /etc; it has {entry.size}"
    return "the runtime drops sockets, fifos and devices here" if entry.kind == "special" else None


def _from_image(entry: Entry) -> Iterator[Place]:
    if entry.kind == "link":
        yield Place(path=entry.path, kind="link", why="a link of the image", content=entry.target)
        return
    if entry.path not in entry.writable:
        yield Place(path=entry.path, kind="image", why=f"a {entry.kind} of the image, read-only", content=entry.path)
    for path in entry.writable:
        yield Place(path=path, kind="copy", why="copied by the runtime with its permissions: everybody may write", content=path)


def _parents(path: str) -> list[str]:
    parts = path.strip("/").split("/")
    return ["/" + "/".join(parts[:count]) for count in range(1, len(parts))]
