"""Where builds work: a folder for each, locked while its build lives and swept when it is dead.

<cache>/work/<id>/  and <id>.lock      one build
<cache>/debs, bases, sources, wheels   what builds on one level of trust share, by digest
<cache>/records                        what was built here, by content key
"""

from __future__ import annotations

import fcntl
import os
import secrets
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from builder import process
from builder.errors import Error

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CGROUP_PARENT = "/certify"
_CGROUPS = Path("/sys/fs/cgroup")


def default_cache(env: Mapping[str, str]) -> Path:
    """The cache folder: CERTIFY_CACHE, else the system's for root and the user's own for others."""
    if named := env.get("CERTIFY_CACHE"):
        return Path(named)
    if os.geteuid() == 0:
        return Path("/var/cache/certify")
    return Path(env.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "certify"


def prepare(cache: Path) -> Path:
    """Make the cache folder; refuses one that others own or may write, as they could plant what we build from."""
    cache = cache.absolute()
    try:
        cache.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in ("work", "debs", "bases", "sources", "wheels", "records"):
            (cache / name).mkdir(exist_ok=True, mode=0o700)
        status = cache.stat()
    except OSError as error:
        raise Error(f"cache {cache}: {error.strerror}", hint="set CERTIFY_CACHE to a folder of your own") from error
    if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o022:
        raise Error(f"cache {cache}: owned or writable by others", hint="set CERTIFY_CACHE to a folder of your own")
    return cache


@contextmanager
def workspace(cache: Path) -> Iterator[Path]:
    """A folder for one build; gone afterwards, and if this process is killed, at the next build."""
    sweep(cache)
    name = secrets.token_hex(6)
    folder, lock = cache / "work" / name, cache / "work" / f"{name}.lock"
    handle = os.open(lock, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        folder.mkdir(mode=0o700)
        yield folder
    finally:
        remove(folder)
        lock.unlink(missing_ok=True)
        os.close(handle)


def sweep(cache: Path) -> int:
    """Remove what killed builds left behind; a build that lives holds its lock. Returns how many were removed."""
    swept = 0
    for lock in sorted((cache / "work").glob("*.lock")):
        with suppress(FileNotFoundError, BlockingIOError):
            handle = os.open(lock, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                remove(lock.with_suffix(""))
                lock.unlink(missing_ok=True)
                swept += 1
            finally:
                os.close(handle)
    return swept


def remove(folder: Path) -> None:
    """Delete a build's folder and its control groups. Its mounts went with its mount namespace."""
    # Not shutil: a hostile step can nest folders deeper than Python recurses.
    process.run(("rm", "-rf", "--one-file-system", "--", str(folder)))
    _remove_cgroups(folder.name)


def _remove_cgroups(name: str) -> None:
    roots = [_CGROUPS, *_CGROUPS.glob("*/")] if _CGROUPS.is_dir() else []
    for root in roots:
        top = root / CGROUP_PARENT.lstrip("/") / name
        if top.is_dir():
            groups = [Path(path) for path, _, _ in os.walk(top, topdown=False)]
            for group in groups:
                with suppress(OSError):     # a process that is still dying; the next sweep has another build's name
                    group.rmdir()
