"""The site profile: what a site's runtime does to an image, and how long its certificates last. Data, not code."""

from __future__ import annotations

import json
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from builder.errors import Error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from builder.outside import Outside
    from certify.host_libraries.model import HostLibrary

DEFAULT = "shifter"
_BUILT_IN = Path(__file__).with_name("sites")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What stands over an image at a site. Paths are absolute and compared by component.

    ``runtime_owned`` paths are the runtime's own, ``replaced_files`` are written anew at each start,
    ``site_mounts`` are file systems of the site. ``first_level_names`` is the pattern of names that survive
    directly in /, /etc, /opt and /var; ``etc_file_limit`` (bytes) the size from which files there are dropped.
    Base images come from ``registries`` only, or from anywhere if there are none; those in ``plain_http`` speak no TLS.
    ``layouts`` and ``trees`` give names to OCI layouts and trees of files that recipes may stand on, ``mirrors`` gives
    distributions another address; ``proxy`` and ``certificates`` (a file of CAs) are for what builds fetch.
    ``max_bytes`` and ``max_files`` are what an unpacked image may have, ``max_file_bytes`` what one of its files may.
    ``host_libraries`` describes the libraries that the runtimes bring into images, by name, as plain data: see ``libraries``.
    ``banned_libraries`` are the names of libraries that no program may need, with ``*`` and ``?`` as in a shell.
    The site's variables are set (``environment``), appended, prepended and unset, in this order; a colon stands between
    the parts. ``mount_sources`` has the folder of the machine for those of ``site_mounts`` that are another one's path,
    ``mount_flags`` (ro, rec, slave, private) those that are no plain mount.
    ``modules`` are sets of all this that a user may choose, by name, as plain data in which every key is optional:
    ``copy_path`` (a folder whose content stands at /opt/udiImage/modules/<name>), ``mounts`` (the machine's folder by the
    path where it stands), ``mount_flags``, ``environment``, ``environment_append``, ``environment_prepend`` (texts by name),
    ``environment_unset`` and ``conflicts`` (lists of names). ``default_modules`` are those that a user has who chooses
    none; a module's variables come before the site's.
    """

    name: str
    summary: str
    runtime: str
    runtime_owned: tuple[str, ...]
    replaced_files: tuple[str, ...]
    site_mounts: tuple[str, ...]
    first_level_names: str
    etc_file_limit: int
    environment: Mapping[str, str]
    validity_days: int
    registries: tuple[str, ...] = ()
    plain_http: tuple[str, ...] = ()
    layouts: Mapping[str, str] = field(default_factory=dict)
    trees: Mapping[str, str] = field(default_factory=dict)
    mirrors: Mapping[str, str] = field(default_factory=dict)
    proxy: str | None = None
    certificates: str | None = None
    max_bytes: int = 20_000_000_000
    max_files: int = 500_000
    max_file_bytes: int = 5_000_000_000
    host_libraries: Mapping[str, Any] = field(default_factory=dict)
    banned_libraries: tuple[str, ...] = ()
    environment_append: Mapping[str, str] = field(default_factory=dict)
    environment_prepend: Mapping[str, str] = field(default_factory=dict)
    environment_unset: tuple[str, ...] = ()
    mount_sources: Mapping[str, str] = field(default_factory=dict)
    mount_flags: Mapping[str, Any] = field(default_factory=dict)
    modules: Mapping[str, Any] = field(default_factory=dict)
    default_modules: tuple[str, ...] = ()

    @property
    def libraries(self) -> Mapping[str, HostLibrary]:
        """The site's own libraries by name; raises Error for a description that is wrong."""
        from certify.host_libraries.decode import decode  # lint needs none

        return decode(self.host_libraries, self.name, self.runtime)

    @property
    def outside(self) -> Outside:
        """What recipes may name outside their folders here, as the builder takes it."""
        from builder.outside import Outside  # lint needs none

        return Outside(registries=self.registries, plain_http=self.plain_http, mirrors=self.mirrors, proxy=self.proxy,
                       layouts={name: Path(path) for name, path in self.layouts.items()},
                       trees={name: Path(path) for name, path in self.trees.items()},
                       certificates=Path(self.certificates) if self.certificates else None)

    def owner_of(self, path: str) -> str | None:
        """The runtime-owned path that ``path`` is or lies below."""
        return _cover(self.runtime_owned, path)

    def mount_over(self, path: str) -> str | None:
        """The site mount that ``path`` is or lies below."""
        return _cover(self.site_mounts, path)


def load(name: str = DEFAULT) -> Site:
    """The built-in profile of that name, or the profile in the file of that path; raises Error."""
    path = Path(name)
    built_in = _BUILT_IN / f"{name}.json"
    try:
        text = path.read_text(encoding="utf-8") if path.suffix or "/" in name else built_in.read_text(encoding="utf-8")
    except OSError as error:
        raise Error(f"site profile {name}: {error.strerror}", hint="built in: " + ", ".join(names())) from error
    decoded = _decode(text, name)
    if decoded.host_libraries and path.suffix:      # what is built in is known to be right
        _ = decoded.libraries
    return decoded


def from_plain(values: dict[str, Any]) -> Site:
    """A profile from plain data, as ``dataclasses.asdict`` or a JSON file give it."""
    plain: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
    return Site(**plain)


def names() -> list[str]:
    """The names of the built-in profiles, the usual one first."""
    found = [entry.stem for entry in _BUILT_IN.glob("*.json") if not entry.stem.endswith(".schema")]
    return sorted(found, key=lambda name: (name != DEFAULT, name))


def _decode(text: str, name: str) -> Site:
    try:
        values: Any = json.loads(text)
        known = {one.name for one in fields(Site)}
        optional = {one.name for one in fields(Site) if one.default is not MISSING or one.default_factory is not MISSING}
        wrong = (set(values) ^ known) - optional
        if wrong:
            raise Error(f"site profile {name}: keys missing or unknown: {', '.join(sorted(wrong))}",
                        hint="start from the output of: certify site show")
        return from_plain(values)
    except (ValueError, TypeError) as error:
        raise Error(f"site profile {name}: not a JSON object: {error}") from error


def _cover(owners: tuple[str, ...], path: str) -> str | None:
    return next((owner for owner in owners if path == owner or path.startswith(owner + "/")), None)
