"""Where an image comes from: references to registries and to OCI layouts, and what the site's policy says of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from builder.bases import places
from builder.errors import Fault

if TYPE_CHECKING:
    from pathlib import Path

    from builder.outside import Outside

DOCKER_HUB: Final = "docker.io"
DOCKER: Final = "docker://"      # skopeo's word for a registry

_PART: Final = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_HOST: Final = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(?::[0-9]{1,5})?"
_TAG: Final = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
_DIGEST: Final = r"(?P<digest>[0-9a-f]{64})"
_IMAGE: Final = re.compile(rf"(?:(?P<host>{_HOST})/)?(?P<name>{_PART}(?:/{_PART})*)(?::{_TAG})?@sha256:{_DIGEST}")
_PLACE: Final = re.compile(rf"(?:(?P<host>{_HOST})/)?(?P<name>{_PART}(?:/{_PART})*)(?::(?P<tag>{_TAG})|@sha256:{_DIGEST})?")
_LOGIN: Final = re.compile(r"(?:[a-z]{1,20}://)?[^/@]{0,1000}@(?!sha256:)")
_LAYOUT: Final = re.compile(rf"oci:(?P<layout>[^@\n]+)@sha256:{_DIGEST}")
_MAX_LENGTH: Final = 1000       # as in the recipe's schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """An image of a registry. ``host`` has its port, if it is not the usual one."""

    host: str
    name: str
    digest: str

    def at(self, digest: str) -> str:
        """What skopeo calls an image of the same repository; it takes no tag beside a digest."""
        return f"docker://{self.host}/{self.name}@sha256:{digest}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A repository of a registry, and a tag or the digest (hex) of something in it, if one of them is named."""

    host: str
    name: str
    tag: str | None = None
    digest: str | None = None

    def at(self, named: str) -> str:
        """What skopeo calls something of this repository: by a tag, or by ``sha256:`` and its digest."""
        return f"docker://{self.host}/{self.name}{'@' if named.startswith('sha256:') else ':'}{named}"

    def __str__(self) -> str:
        named = f":{self.tag}" if self.tag else f"@sha256:{self.digest}" if self.digest else ""
        return f"{self.host}/{self.name}{named}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """An image of an OCI layout on this machine: a name that the site gave, or a folder of the recipe."""

    layout: str
    digest: str


Reference: TypeAlias = Remote | Local


def parse(text: str) -> Reference:
    """Read a reference; raises Fault if it is none, or is not pinned to a digest."""
    if len(text) <= _MAX_LENGTH:
        if found := _LAYOUT.fullmatch(text):
            return Local(layout=found["layout"], digest=found["digest"])
        if found := _IMAGE.fullmatch(text):
            return _remote(found["host"], found["name"], found["digest"])
    raise Fault(f"{text[:200]}: not a reference to an image with its digest",
                hint="write it as <host>/<name>[:tag]@sha256:<64 hex digits> or oci:<layout>@sha256:<64 hex digits>")


def place(text: str) -> Place:
    """Read ``docker://<host>/<name>``, with a tag or a digest behind it or without; raises Fault."""
    found = _PLACE.fullmatch(text.removeprefix(DOCKER)) if text.startswith(DOCKER) and len(text) <= _MAX_LENGTH else None
    if found is None and _LOGIN.match(text):
        raise Fault("a place in a registry is not where a name and password belong", hint="log in with: skopeo login HOST")
    if found is None:
        raise Fault(f"{text[:200]}: not a place in a registry",
                    hint="write it as docker://<host>/<name>:<tag> or docker://<host>/<name>@sha256:<64 hex digits>")
    remote = _remote(found["host"], found["name"], found["digest"] or "")
    return Place(host=remote.host, name=remote.name, tag=found["tag"], digest=found["digest"])


def check(reference: Remote, outside: Outside) -> None:
    """Raise Fault if the policy does not let images come from there."""
    if not outside.registries or any(_within(reference, allowed) for allowed in outside.registries):
        return
    raise Fault(f"{reference.host}/{reference.name}: images may only come from {', '.join(sorted(outside.registries))}",
                hint="take the base from there, or let the site's policy allow this registry")


def layout(reference: Local, recipe_folder: Path, outside: Outside) -> Path:
    """The folder of a layout: the one the site gave this name, else the one in the recipe's folder."""
    return places.find(reference.layout, outside.layouts, recipe_folder, "OCI layout")


def _remote(host: str | None, name: str, digest: str) -> Remote:
    # The first part is a host only if it looks like one: docker's rule, and so everyone's.
    if host is not None and not (set(".:[") & set(host) or host == "localhost"):
        if host != host.lower():
            raise Fault(f"{host}/{name}: capitals in the name of an image", hint="names of images are lower case")
        host, name = None, f"{host}/{name}"
    host = DOCKER_HUB if host in (None, f"index.{DOCKER_HUB}") else host.lower()
    if host == DOCKER_HUB and "/" not in name:
        name = f"library/{name}"
    return Remote(host=host, name=name, digest=digest)


def _within(reference: Remote, allowed: str) -> bool:
    host, *path = allowed.rstrip("/").split("/")
    return reference.host == host.lower() and reference.name.split("/")[:len(path)] == path
