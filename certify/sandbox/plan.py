"""The plan of a simulated site: what stands at each path and why, in which environment, as whom. A pure function.

Modelled on Shifter: / becomes a tmpfs with a bind for each folder of the image, /opt and /var likewise one level
deeper, /etc a copy; the runtime's own paths and the site's mounts come first and hide the image's of the same name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from builder.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from builder.image import ImageConfig
    from certify.sandbox.identity import Identity
    from certify.sandbox.levels import Entry
    from certify.site import Site

_REBUILT: Final = ("/etc", "/opt", "/var")
_KERNEL: Final = {"/proc": "proc", "/dev": "dev"}
_WRITABLE: Final = ("/tmp", "/var/tmp")  # noqa: S108
_HOST_STRIPPED: Final = re.compile(r"LD_.*|TMPDIR")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What stands at a path.

    ``kind``: image (bound from the image, read-only), host (bound from the machine), text (a generated file),
    link, folder (an empty one), scratch (a writable tmpfs), proc, dev.
    """

    path: str
    kind: str
    why: str
    content: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that a process in the sandbox can observe by design."""

    places: tuple[Place, ...]
    environment: Mapping[str, str]
    identity: Identity
    workdir: str
    command: tuple[str, ...]
    network: bool


def make(site: Site, entries: Sequence[Entry], config: ImageConfig, identity: Identity, command: Sequence[str], *,
         host: Mapping[str, str], host_mounts: Sequence[str] = (), network: bool = False, workdir: str = "/") -> Plan:
    """The plan for an image whose first levels are ``entries``.

    ``host`` is the caller's environment; of the site's mounts, those in ``host_mounts`` are bound from this machine and
    the others are empty folders. Raises Fault for an image that the runtime would expose the host by.
    """
    _refuse_absolute_links(entries)
    own = {place.path: place for place in _own(site, identity, host_mounts)}
    hidden = set(own)
    image = [place for entry in entries if (place := _from_image(site, entry, hidden))]
    places = tuple(sorted([*own.values(), *image], key=lambda place: place.path.split("/")))
    return Plan(places=places, environment=environment(host, config.environment, site.environment, identity), identity=identity,
                workdir=workdir, command=tuple(command), network=network)


def environment(host: Mapping[str, str], image: Mapping[str, str], site: Mapping[str, str], identity: Identity) -> dict[str, str]:
    """The variables in the runtime's order: host, then image, then site.

    The loader's variables and TMPDIR of the host never enter, and an empty value in an image lets the host's through.
    """
    passed = {name: value for name, value in host.items() if not _HOST_STRIPPED.fullmatch(name)}
    own = {"HOME": identity.home, "USER": identity.name, "LOGNAME": identity.name}
    return {**passed, **own, **{name: value for name, value in image.items() if value}, **site}


def _refuse_absolute_links(entries: Sequence[Entry]) -> None:
    for entry in entries:
        if entry.path in _REBUILT and entry.kind == "link":
            raise Fault(f"{entry.path} is a link to {entry.target}: the runtime would read the host's folder as root",
                        hint=f"make {entry.path} a folder of the image")


def _own(site: Site, identity: Identity, host_mounts: Sequence[str]) -> Iterator[Place]:
    """What the runtime and the site put there themselves; of two for one path the later holds."""
    for path in site.site_mounts:
        for parent in _parents(path):
            yield Place(path=parent, kind="folder", why=f"leads to the site's {path}")
    for path in _REBUILT:
        yield Place(path=path, kind="folder", why="made anew by the runtime")
    for path in site.runtime_owned:
        kind = "scratch" if path in _WRITABLE else _KERNEL.get(path, "folder")
        yield Place(path=path, kind=kind, why="the runtime's own")
    for path in site.site_mounts:
        kind = "host" if path in host_mounts else "folder"
        yield Place(path=path, kind=kind, why="mounted by the site", content=path if kind == "host" else "")
        if kind == "folder" and identity.home.startswith(path + "/"):
            yield Place(path=identity.home, kind="scratch", why="the user's home, on the site's file system")
    for path, text in _replaced(site, identity).items():
        yield Place(path=path, kind="text", why="written by the runtime", content=text)


def _replaced(site: Site, identity: Identity) -> dict[str, str]:
    texts = {
        "/etc/passwd": f"{identity.name}:x:{identity.uid}:{identity.gid}::{identity.home}:/bin/sh\n",
        "/etc/group": f"{identity.name}:x:{identity.gid}:\n",
        "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
        "/etc/hosts": "127.0.0.1 localhost\n::1 localhost\n",
    }
    return {path: texts.get(path, "") for path in site.replaced_files}


def _from_image(site: Site, entry: Entry, hidden: Iterable[str]) -> Place | None:
    if entry.path in hidden or not re.fullmatch(site.first_level_names, entry.name):
        return None
    too_big = entry.path.startswith("/etc/") and entry.size >= site.etc_file_limit
    if entry.kind == "special" or too_big:
        return None
    if entry.kind == "link":
        return Place(path=entry.path, kind="link", why="a link of the image", content=entry.target)
    return Place(path=entry.path, kind="image", why="the image's", content=entry.path)


def _parents(path: str) -> list[str]:
    parts = path.strip("/").split("/")
    return ["/" + "/".join(parts[:count]) for count in range(1, len(parts))]
