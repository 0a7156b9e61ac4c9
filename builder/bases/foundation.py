"""What every kind of base comes to: layers in the cache, and what the base says of itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Foundation:
    """What a stage stands on.

    ``layers`` are keys of the layer store, the lowest first. ``environment`` is what the base brings with it, without
    what must not be inherited; ``notes`` tell people what of the base was left out, and why. ``materials`` are the things
    it was made of, each with ``uri`` and ``sha256``, for the record.
    """

    layers: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    materials: tuple[Mapping[str, str], ...] = ()
