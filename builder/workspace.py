"""Where builds work: a folder for each, locked while its build lives and swept when it is dead.

<cache>/work/<id>/  and <id>.lock      one build
<cache>/locks/<name>:<tag>             held by the build that makes this image
<cache>/layers                         what builds on one level of trust share: trees, by their inputs (see layers.py)
<cache>/debs, images, rpms, sources, wheels    the same for what was fetched, by digest
<cache>/records                        what was built here, by content key
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import stat
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from builder import cgroup, process, running
from builder.errors import Error, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_PAUSE = 0.2        # seconds between two looks at a lock that another build holds
_LAYERS, _DOWNLOADS = "60", "40"        # GB


def default_cache(env: Mapping[str, str]) -> Path:
    """The cache folder: CERTIFY_CACHE, else the system's for root and the user's own for others."""
    if named := env.get("CERTIFY_CACHE"):
        return Path(named)
    if os.geteuid() == 0:
        return Path("/var/cache/certify")
    return Path(env.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "certify"


def cache_limit(env: Mapping[str, str]) -> int:
    """How many bytes of layers are kept: CERTIFY_CACHE_LIMIT, in GB; raises UsageError where that is no number."""
    return gigabytes(env.get("CERTIFY_CACHE_LIMIT") or _LAYERS, "CERTIFY_CACHE_LIMIT")


def downloads_limit(env: Mapping[str, str]) -> int:
    """How many bytes are kept of what was fetched: CERTIFY_CACHE_DOWNLOADS, in GB; raises UsageError."""
    return gigabytes(env.get("CERTIFY_CACHE_DOWNLOADS") or _DOWNLOADS, "CERTIFY_CACHE_DOWNLOADS")


def gigabytes(said: str, name: str) -> int:
    """The bytes of a number of GB as people write it; raises UsageError, which names where it was written."""
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", said) is None:
        raise UsageError(f"{name} is {said!r}, which is no number of GB", hint=f"such as {name}=100")
    return int(float(said) * 1e9)


def prepare(cache: Path) -> Path:
    """Make the cache folder; refuses one that others own or may write, as they could plant what we build from."""
    cache = cache.absolute()
    _refuse_odd(cache)
    try:
        cache.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in ("work", "locks", "layers", "debs", "images", "sources", "wheels", "records"):
            (cache / name).mkdir(exist_ok=True, mode=0o700)
    except OSError as error:
        raise Error(f"cache {cache}: {error.strerror}", hint="set CERTIFY_CACHE to a folder of your own") from error
    _refuse_foreign(cache)
    return cache


def existing(cache: Path) -> Path | None:
    """The cache folder, if builds have made one there; raises Error as ``prepare`` does, and for a folder that is no cache."""
    cache = cache.absolute()
    if not cache.exists():
        return None
    if not (cache / "layers").is_dir():
        raise Error(f"cache {cache}: no build has made this folder", hint="which folder does CERTIFY_CACHE name for builds?")
    _refuse_foreign(cache)
    return cache


def _refuse_odd(cache: Path) -> None:
    if not re.fullmatch(r"[A-Za-z0-9._+@=~,/-]+", str(cache)):      # apt and buildah split at others
        raise Error(f"cache {cache}: its path holds a space or another letter that tools do not take",
                    hint="set CERTIFY_CACHE to a folder with a plain name")


def _refuse_foreign(cache: Path) -> None:
    try:
        status = cache.stat()
    except OSError as error:
        raise Error(f"cache {cache}: {error.strerror}", hint="set CERTIFY_CACHE to a folder of your own") from error
    if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o022:
        raise Error(f"cache {cache}: owned or writable by others", hint="set CERTIFY_CACHE to a folder of your own")


@contextmanager
def workspace(cache: Path) -> Iterator[Path]:
    """A folder for one build; gone afterwards, and if this process is killed, at the next build."""
    sweep(cache)
    name = secrets.token_hex(6)
    folder, lock = cache / "work" / name, cache / "work" / f"{name}.lock"
    handle = _new_lock(lock)
    try:
        folder.mkdir(mode=0o700)
        yield folder
    finally:
        remove(folder)
        lock.unlink(missing_ok=True)
        os.close(handle)


@contextmanager
def alone(cache: Path, name: str, waiting: Callable[[], None]) -> Iterator[None]:
    """Let only one build at a time make the image of a name; calls ``waiting`` if another is at it."""
    handle = os.open(cache / "locks" / name, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        if not _locked(handle):
            waiting()
            while not _locked(handle):
                running.heed()      # a lock that is waited for in a thread does not hear Ctrl-C
                time.sleep(_PAUSE)
        yield
    finally:
        os.close(handle)


def _new_lock(path: Path) -> int:
    """Make a lock's file that is held from the first moment: another build's sweep sees it under its name only then."""
    part = path.with_suffix(".new")
    handle = os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX)
    part.rename(path)
    return handle


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


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
    cgroup.remove(folder.name)      # what still runs there could write while the rest is deleted
    process.run(("rm", "-rf", "--one-file-system", "--", str(folder)))
