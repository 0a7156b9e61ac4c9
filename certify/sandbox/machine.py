"""What of this machine enters a simulated site: read once, so that a plan depends on nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from certify.sandbox import module

if TYPE_CHECKING:
    from collections.abc import Mapping

    from certify.site import Site

TOPOLOGY: Final = "/sys/devices/system"     # processors and memory: without it hwloc, UCX and OpenMP guess
_FOLDERS: Final = ("/dev", "/sys", TOPOLOGY, "/tmp", "/var/tmp")  # noqa: S108
_FILES: Final = ("/etc/hosts", "/etc/resolv.conf")
SHARED: Final = ("/etc/hosts", "/etc/localtime", "/etc/machine-id", "/etc/resolv.conf")     # bound by some runtimes
_LIMIT: Final = 1 << 20                     # bytes of such a file; more is cut


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """The machine as a sandbox may show it.

    ``open`` says whether the runtime's way is taken, which shows the machine's network, devices, /tmp, /var/tmp and /sys; or
    none of it. ``folders`` are those that are there, of the site's mounts and of those that the runtime shows, with the files
    that it shows as they are; ``below_sys`` is what is mounted there, which Shifter leaves out. ``files`` are texts by path.
    """

    environment: Mapping[str, str]
    open: bool = False
    folders: frozenset[str] = frozenset()
    below_sys: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)


def read(site: Site, environment: Mapping[str, str], *, isolated: bool, brought: frozenset[str] = frozenset()) -> Machine:
    """Read this machine: with its file systems, devices and network, or ``isolated``, when only its processors are shown.

    ``brought`` are folders that modules show in isolation, too.
    """
    if isolated:
        return Machine(environment=environment, folders=brought | {path for path in (TOPOLOGY,) if Path(path).is_dir()})
    of_modules = (source for one in module.active(site) for source in (one.copied, *one.mounts.values()) if source)
    shown = site.runtime_owned if site.root == "shown" else ()
    sources = (site.mount_sources.get(path, path) for path in (*site.site_mounts, *shown))
    folders = frozenset(path for path in (*_FOLDERS, *sources, *of_modules) if Path(path).is_dir())
    told = environment.get(site.tmp_variable or "", "")
    if told.startswith("/") and Path(told).is_dir():
        folders |= {told}
    if site.root in ("shown", "completed"):
        folders |= {path for path in SHARED if Path(path).is_file()}
    return Machine(environment=environment, open=True, folders=folders, below_sys=_mounts_below("/sys"),
                   files={path: text for path in _FILES if (text := _text(Path(path))) is not None})


def _mounts_below(top: str) -> tuple[str, ...]:
    """The places below a folder where something is mounted, the uppermost only."""
    try:
        lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ()
    found: list[str] = []
    for path in sorted({line.split(" ")[4] for line in lines}):
        if path.startswith(top + "/") and "\\" not in path and not any(path.startswith(above + "/") for above in found):
            found.append(path)
    return tuple(found)


def _text(path: Path) -> str | None:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(_LIMIT)
    except OSError:
        return None
