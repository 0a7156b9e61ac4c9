"""A module of the site: what it brings into every sandbox that it is active in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from certify.sandbox.environment import Changes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from certify.site import Site

FOLDER: Final = "/opt/udiImage/modules"


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """Libraries of the site, and what it does to the environment.

    ``copied`` is a folder of this machine whose content stands at FOLDER/<name>, read-only; ``mounts`` are further folders
    of this machine by the path where they stand, as the site's mounts do; those at ``read_only`` cannot be written.
    """

    name: str
    changes: Changes
    copied: str | None = None
    mounts: Mapping[str, str] = field(default_factory=dict)
    read_only: frozenset[str] = frozenset()

    @property
    def folder(self) -> str:
        """Where its content stands."""
        return f"{FOLDER}/{self.name}"

    @property
    def sources(self) -> Mapping[str, str]:
        """All folders of this machine that it shows, by the path where they stand."""
        return {**self.mounts, **({} if self.copied is None else {self.folder: self.copied})}


def active(site: Site) -> tuple[Module, ...]:
    """The modules that a user has who chooses none, in the site's order."""
    return tuple(named(name, site) for name in site.default_modules if name in site.modules)


def named(name: str, site: Site) -> Module:
    """The module of that name, which the site has."""
    plain = site.modules[name]
    changes = Changes(who=f"the site's module {name}", set=plain.get("environment", {}),
                      append=plain.get("environment_append", {}), prepend=plain.get("environment_prepend", {}),
                      unset=tuple(plain.get("environment_unset", ())))
    flags = plain.get("mount_flags", {})
    return Module(name=name, changes=changes, copied=plain.get("copy_path"), mounts=plain.get("mounts", {}),
                  read_only=frozenset(path for path, told in flags.items() if "ro" in told))
