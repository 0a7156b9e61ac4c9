"""The site profile: what a site's runtime does to an image, and how long its certificates last. Data, not code."""

from __future__ import annotations

import json
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from builder.errors import Error
from certify.bounded import text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from builder.outside import Outside
    from certify.host_libraries.model import HostLibrary

DEFAULT = "shifter"
MAX_BYTES = 4 << 20      # a profile has 10 KB
_BUILT_IN = Path(__file__).with_name("sites")

# Shifter is a setuid program, and the loader takes these from such a program's environment: ld.so(8), "secure-execution mode";
# observed with glibc 2.36. LD_BIND_NOW it leaves, which the site's own wrapper takes with the other LD_*.
STRIPPED = ("LD_*", "TMPDIR", "GCONV_PATH", "GETCONF_DIR", "GLIBC_TUNABLES", "HOSTALIASES", "LOCALDOMAIN", "LOCPATH",
            "MALLOC_TRACE", "MALLOC_CHECK_", "NIS_PATH", "NLSPATH", "RESOLV_HOST_CONF", "RES_OPTIONS", "TZDIR")


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
    the parts. ``mount_sources`` has the folder of the machine for those of ``site_mounts`` (and, where the root is shown as it
    is, of ``runtime_owned``) that are another one's path, ``mount_flags`` (ro, rec, slave, private) those that are no plain
    mount.
    ``modules`` are sets of all this that a user may choose, by name, as plain data in which every key is optional:
    ``copy_path`` (a folder whose content stands at /opt/udiImage/modules/<name>), ``mounts`` (the machine's folder by the
    path where it stands), ``mount_flags``, ``environment``, ``environment_append``, ``environment_prepend`` (texts by name),
    ``environment_unset`` and ``conflicts`` (lists of names). ``default_modules`` are those that a user has who chooses
    none; a module's variables come before the site's.

    What follows tells one runtime from another; the defaults are Shifter's. ``root`` is what becomes of the image's own
    root: rebuilt (/, /etc, /opt and /var are made anew from their entries), shown (as it is, read-only: what it has no place
    for is not mounted), completed (as it is, read-only, with the places that it lacks) or writable (the same, and what is
    written into it goes with the sandbox). ``owner`` is whose the image's files are, as a program sees it: root's, or the
    caller's, whom no permissions keep out then. ``user`` is who the program is: the caller, or root in a user namespace with
    ``capabilities``. ``accounts`` is who /etc/passwd and /etc/group know, where they are replaced: the caller alone, a few
    (root, nobody and the caller), or those of the image with the caller added. ``start`` is where a program starts: here
    (where the caller is, if that is there), top (/) or image (where the image says, or /). ``entrypoint`` says whether the
    image's is run without being asked for, ``devices`` whether /dev is the machine's or one of the sandbox's own,
    ``umask_kept`` whether the caller's umask counts, ``tmp_variable`` names the variable of the folder shown at /tmp.
    Of the host's variables those enter that match no pattern of ``environment_dropped``, or one of ``environment_kept``, with
    ``*`` and ``?`` as in a shell; the image's only with ``image_environment``. ``empty_variables`` says whether an empty value
    in an image counts. ``environment_default`` are variables that nothing else has set, ``path_completed`` folders at the end
    of a PATH that has them not.

    ``store_owner`` and ``store_group`` (names or numbers) are whose a new image store becomes: without them, of who makes it
    and of nobody else. The group reads private images and their .meta as well: it is the runtime's, where that is not root
    to the file system. ``stripe_count`` is over how many servers of a Lustre file system each image is spread: -1 is all of
    them, 0 leaves it to the file system.
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
    root: str = "rebuilt"
    owner: str = "root"
    user: str = "caller"
    capabilities: tuple[str, ...] = ()
    accounts: str = "caller"
    start: str = "here"
    entrypoint: bool = False
    devices: str = "machine"
    umask_kept: bool = False
    tmp_variable: str | None = None
    environment_dropped: tuple[str, ...] = STRIPPED
    environment_kept: tuple[str, ...] = ()
    environment_default: Mapping[str, str] = field(default_factory=dict)
    image_environment: bool = True
    empty_variables: bool = False
    path_completed: tuple[str, ...] = ()
    store_owner: str | int | None = None
    store_group: str | int | None = None
    stripe_count: int = 0

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
        text = text_of(path if path.suffix or "/" in name else built_in, MAX_BYTES)
    except ValueError as error:
        raise Error(f"site profile {name}: {error}", hint="start from the output of: certify site show") from error
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
    except (ValueError, TypeError, RecursionError) as error:
        raise Error(f"site profile {name}: not a JSON object: {error}") from error


def _cover(owners: tuple[str, ...], path: str) -> str | None:
    return next((owner for owner in owners if path == owner or path.startswith(owner + "/")), None)
