"""A base image without a digest.

A tag is moved by whoever owns it: the same Containerfile gives another image tomorrow, and nobody can tell
which base was tested. A digest names the bytes; keep the tag beside it, for people. A suite of Debian comes
from a signed archive and is recorded package by package, so it needs none.

Bad::

    FROM docker.io/library/debian:12
    RUN make -C /src/tool install PREFIX=/opt/tool

Good::

    FROM docker.io/library/debian:12@sha256:0000000000000000000000000000000000000000000000000000000000000000
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

CODE = "PIN501"
NAME = "base-digest"
SEVERITY = Severity.ERROR

_DIGEST = pattern(r"@sha256:[0-9a-f]{64}$")
_HEX = pattern(r"[0-9a-f]*")
_LOCAL = pattern(r"(?:oci|oci-archive|dir|docker-archive|localhost)[:/]")


def check(subject: Subject, site: Site) -> Iterator[Hit]:  # noqa: ARG001
    """Look at the reference of every base that is an image."""
    for base in subject.bases:
        reference = base.reference
        if reference is None or reference == "scratch" or "$" in reference or _LOCAL.match(reference):
            continue
        if _DIGEST.search(reference) is None:
            yield Hit(route=base.route, message=f"the base {reference} {_lack(reference)}", help=_advice(reference),
                      shipped=base.shipped)


def _lack(reference: str) -> str:
    digest = reference.partition("@")[2]
    algorithm, _, digits = digest.partition(":")
    if not digest:
        return "has no digest"
    if algorithm != "sha256" or not _HEX.fullmatch(digits):
        return "has no digest that is a sha256 of 64 digits from 0-9a-f"
    return f"has {len(digits)} of the 64 digits of its digest" if len(digits) < 64 else f"has {len(digits)} digits, a digest 64"


def _advice(reference: str) -> str:
    name = reference.removeprefix("docker://").partition("@")[0]
    return f"name the bytes: {name}@sha256:<digest>; skopeo inspect --format '{{{{.Digest}}}}' docker://{name} tells it"
