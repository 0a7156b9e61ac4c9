"""A module of the site: what it brings into every sandbox that it is active in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from certify.sandbox.environment import Changes

FOLDER: Final = "/opt/udiImage/modules"


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """Libraries of the site, and what it does to the environment.

    ``copied`` is a folder of this machine whose content stands at FOLDER/<name>, read-only; ``mounts`` are further folders
    of this machine by the path where they stand, as the site's mounts do.
    """

    name: str
    changes: Changes
    copied: str | None = None
    mounts: Mapping[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> str:
        """Where its content stands."""
        return f"{FOLDER}/{self.name}"
