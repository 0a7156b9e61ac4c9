"""What a recipe may name outside its own folder, and by which ways it is fetched: the caller's policy decides."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """The machine and the site, as a build may see them. Nothing of it enters an image.

    ``registries`` are the hosts (``host[:port]``, with a path to narrow them) that images may come from; empty
    allows every registry. ``plain_http`` are those among them that speak no TLS. ``layouts`` and ``trees`` give names
    to OCI layouts and to trees of files on this machine; ``mirrors`` gives a distribution (``debian``,
    ``debian-security``, ``ubuntu``) another address than the machine's. ``certificates`` is a file of CAs to trust.
    """

    registries: tuple[str, ...] = ()
    plain_http: tuple[str, ...] = ()
    layouts: Mapping[str, Path] = field(default_factory=dict)
    trees: Mapping[str, Path] = field(default_factory=dict)
    mirrors: Mapping[str, str] = field(default_factory=dict)
    proxy: str | None = None
    certificates: Path | None = None
