"""The runtime of a site: one of its own choice, or another one of those whose profiles are built in.

A site's profile says what the place has (its mounts, libraries, limits, variables), and what its runtime does to an image.
Where a place has several runtimes, the built-in profile of the other one says what that does, and the site's what it has.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from builder.errors import UsageError
from certify import site as sites

if TYPE_CHECKING:
    from certify.site import Site

# What a place has, whatever runs its images. Its modules are its runtime's, as they say how that brings them.
_PLACE = ("name", "summary", "site_mounts", "mount_sources", "mount_flags", "validity_days", "registries", "plain_http",
          "layouts", "trees", "mirrors", "proxy", "certificates", "max_bytes", "max_files", "max_file_bytes", "host_libraries",
          "banned_libraries", "environment_append", "environment_prepend", "store_owner", "store_group")


def names() -> list[str]:
    """The runtimes that are known, by the names of their profiles."""
    return [name for name in sites.names() if sites.load(name).runtime == name]


def under(site: Site, runtime: str | None) -> Site:
    """The site with the runtime of that name, or with its own; raises UsageError for one that is not known."""
    if runtime is None or runtime == site.runtime:
        return site
    known = names()
    if runtime not in known:
        raise UsageError(f"{runtime}: no such runtime is known here", hint="known: " + ", ".join(known))
    other = sites.load(runtime)
    if site.name == site.runtime:       # it stands for no place, but for every site with its runtime
        return other
    own = sites.load(site.runtime).environment if site.runtime in known else {}
    places = {name: value for name, value in site.environment.items() if own.get(name) != value}
    return replace(other, **{name: getattr(site, name) for name in _PLACE}, environment={**places, **other.environment},
                   environment_unset=(*other.environment_unset, *(one for one in site.environment_unset
                                                                  if one not in other.environment_unset)))


def tested(site: Site) -> Site:
    """The site as tests run at it: where the runtime leaves out the image's variables, its options bring them.

    Those are the command lines that ``certify ship`` shows.
    """
    return site if site.image_environment else replace(site, image_environment=True)
