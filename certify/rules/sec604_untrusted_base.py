"""A base image from a registry that the site does not allow.

What a base brings is in the image, and runs in its build: the site's profile names the registries, or parts of
them, that it takes bases from (``registries``: ``docker.io/library``, ``ghcr.io/tools``). Images that only files are
copied from count as well. A profile that names none allows all, as the one that is built in does. A name without a
registry is one of docker.io. The examples are for a site that takes bases from docker.io and quay.io.

Bad::

    FROM registry.example.net/somebody/debian:12@sha256:0000000000000000000000000000000000000000000000000000000000000000
    RUN make -C /src/tool install PREFIX=/opt/tool

Good::

    FROM debian:12@sha256:0000000000000000000000000000000000000000000000000000000000000000
    RUN make -C /src/tool install PREFIX=/opt/tool
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from certify.finding import Severity
from certify.patterns import pattern
from certify.rules.hit import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.rules.subject import Subject
    from certify.site import Site

CODE = "SEC604"
NAME = "untrusted-base"
SEVERITY = Severity.ERROR

_LOCAL = pattern(r"(?:oci|oci-archive|dir|docker-archive|containers-storage):|localhost/")
_REGISTRY = pattern(r"(?:[^/]*[.:][^/]*|localhost)/")
_DOCKER_HUB = pattern(r"(?:index|registry-1|registry\.hub)?\.?docker\.(?:io|com)/")
_VERSION = pattern(r"(?:@|:[^/:@]*(?:@|$)).*")


def check(subject: Subject, site: Site) -> Iterator[Hit]:
    """Compare every image with the registries of the site."""
    for base in subject.bases if site.registries else ():
        reference = base.reference
        if reference is None or reference == "scratch" or _LOCAL.match(reference):
            continue
        name = full_name(reference)
        if not any(_is_of(name, one.rstrip("/")) for one in site.registries):
            yield Hit(route=base.route, message=f"the base {reference} is of {_origin(name)}, which {site.name} does not allow",
                      help="take one of: " + ", ".join(site.registries), shipped=base.shipped)


def full_name(reference: str) -> str:
    """The registry and the name of an image, without tag and digest, with what a short name leaves out."""
    name = _VERSION.sub("", reference.removeprefix("docker://"))
    hub = _DOCKER_HUB.match(name)
    if name.startswith("$") or (_REGISTRY.match(name) and not hub):
        return name
    rest = name[hub.end():] if hub else name
    return f"docker.io/{rest}" if "/" in rest or "$" in rest else f"docker.io/library/{rest}"


def _is_of(name: str, allowed: str) -> bool:
    """Whether a name is of a registry or a part of one; what only the build knows may be anything."""
    known, variable, _ = name.partition("$")
    if variable:
        return f"{allowed}/".startswith(known) or known.startswith(f"{allowed}/")
    return name == allowed or name.startswith(f"{allowed}/")


def _origin(name: str) -> str:
    return name.rpartition("/")[0]
