"""Take out of a tree what would differ between two builds, and what must never be in an image.

Secrets that packages make while they install (host keys, the snake-oil key), names of the machine, logs,
caches and locks. Every entry was found by building twice and comparing.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from builder import process
from builder.errors import Fault

if TYPE_CHECKING:
    from pathlib import Path

    from builder.rootfs import Root

# The time of every file. Not 0: that day in /etc/shadow means "must change the password", and zip begins in 1980.
EPOCH: Final = 1_577_836_800    # 2020-01-01

MOUNTED: Final = "/certify"     # where the builder binds what a tool in the container needs

# The tables of what is done; finish.py says the same to a shell.
REMOVED: Final = (
    MOUNTED, "/.dockerenv", "/etc/.pwd.lock", "/etc/passwd-", "/etc/group-", "/etc/shadow-", "/etc/gshadow-", "/etc/subuid-",
    "/etc/subgid-", "/etc/apt/apt.conf.d/99mmdebstrap", "/etc/dpkg/dpkg.cfg.d/99mmdebstrap", "/var/lib/dbus/machine-id",
    "/var/cache/ldconfig/aux-cache", "/var/cache/apt/pkgcache.bin", "/var/cache/apt/srcpkgcache.bin", "/var/lib/dpkg/lock",
    "/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/triggers/Lock", "/etc/ssl/private/ssl-cert-snakeoil.key",
    "/etc/ssl/certs/ssl-cert-snakeoil.pem", "/var/lib/rpm/.rpm.lock", "/usr/lib/sysimage/rpm/.rpm.lock", "/root/.rpmdb/.rpm.lock",
    "/var/lib/systemd/random-seed",
)
MACHINE: Final = ("/dev", "/proc", "/sys")      # in a container the machine's own are there instead
CLEARED: Final = ("/tmp", "/var/tmp", *MACHINE, "/var/log", "/var/cache/apt/archives", "/var/lib/apt/lists",  # noqa: S108
                  "/var/cache/man", "/var/lib/dpkg/updates", "/var/cache/fontconfig", "/var/cache/dnf", "/var/cache/yum",
                  "/var/cache/libdnf5")
KEPT_IN_RUN: Final = ("lock",)
# sqlite's index of what is not yet in the database has a random salt; without the file no database is read on a read-only tree.
EMPTIED: Final = ("/etc/machine-id", "/var/lib/rpm/rpmdb.sqlite-shm", "/usr/lib/sysimage/rpm/rpmdb.sqlite-shm",
                  "/root/.rpmdb/rpmdb.sqlite-shm")
MATCHED: Final = (("/etc/ssh", "ssh_host_", ""), ("/var/cache/debconf", "", "-old"), ("/var/lib/dpkg", "", "-old"),
                  ("/var/lib/rpm", "__db.", ""), ("/var/lib/dnf", "history", ""))
HASH_LINKS: Final = ("/etc/ssl/certs", "ssl-cert-snakeoil.pem")     # would point nowhere once the certificate is gone
HISTORY: Final = (".cache", ".bash_history", ".python_history", ".wget-hsts", ".lesshst", ".viminfo")
KEYS: Final = (("/etc/ssh", "_key"), ("/etc/ssl/private", ".key"))
FIXED: Final = {"/etc/hostname": "localhost\n", "/etc/hosts": "127.0.0.1 localhost\n::1 localhost\n", "/etc/resolv.conf": ""}


def normalise(root: Root) -> None:
    """Bring a finished tree into its one form; raises Fault if a private key of the system remains."""
    for path in REMOVED:
        _remove(root, path)
    for path in CLEARED:
        _clear(root, path)
    _clear(root, "/run", keep=KEPT_IN_RUN)
    for path in EMPTIED:
        _truncate(root, path)
    for path, start, end in MATCHED:
        _matching(root, path, start, end)
    _dangling_hashes(root, *HASH_LINKS)
    _homes(root)
    _refuse_keys(root)
    root.folder.chmod(0o755)
    names(root)


def names(root: Root) -> None:
    """Write the files that would name this machine; to be called after the last program ran in the tree."""
    _remove(root, MOUNTED)
    _clear(root, "/run", keep=KEPT_IN_RUN)
    for path, text in FIXED.items():
        place = root.at(path)
        if place is not None and place.parent.is_dir():
            _remove(root, path)
            _write(place, text)


def place(root: Root, path: str, text: str) -> None:
    """Write one file of the builder's own, replacing whatever an image put in its way, parents included."""
    folder = "/" + path.strip("/").partition("/")[0]
    _remove(root, folder)
    target = root.folder / path.lstrip("/")
    target.parent.mkdir(parents=True)
    _write(target, text)


def _write(target: Path, text: str) -> None:
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        os.fchmod(handle, 0o644)
        file.write(text)


def _remove(root: Root, path: str) -> None:
    target = root.at(path)
    if target is not None and os.path.lexists(target):
        _delete(target)


def _delete(target: Path) -> None:
    if target.is_dir() and not target.is_symlink():
        # Not shutil: a hostile step can nest folders deeper than Python recurses.
        process.run(("rm", "-rf", "--one-file-system", "--", str(target)))
    else:
        target.unlink()


def _folder(root: Root, path: str) -> Path | None:
    target = root.at(path)
    return target if target is not None and target.is_dir() and not target.is_symlink() else None


def _clear(root: Root, path: str, keep: tuple[str, ...] = ()) -> None:
    folder = _folder(root, path)
    for entry in folder.iterdir() if folder else ():
        if entry.name not in keep:
            _delete(entry)


def _matching(root: Root, path: str, start: str, end: str) -> None:
    folder = _folder(root, path)
    for entry in folder.iterdir() if folder else ():
        if entry.name.startswith(start) and entry.name.endswith(end):
            _delete(entry)


def _truncate(root: Root, path: str) -> None:
    target = root.at(path)
    if target is not None and os.path.lexists(target):
        _delete(target)
        _write(target, "")


def _dangling_hashes(root: Root, path: str, target: str) -> None:
    folder = _folder(root, path)
    for entry in folder.iterdir() if folder else ():
        if entry.is_symlink() and str(entry.readlink()) == target:
            entry.unlink()


def _homes(root: Root) -> None:
    folders = ["/root", *(f"/home/{entry.name}" for entry in sorted((_folder(root, "/home") or root.folder / "-").glob("*")))]
    for folder in folders:
        for name in HISTORY:
            _remove(root, f"{folder}/{name}")


def _refuse_keys(root: Root) -> None:
    for path, end in KEYS:
        folder = _folder(root, path)
        left = [entry.name for entry in folder.iterdir() if entry.name.endswith(end)] if folder else []
        if left:
            raise Fault(f"{path}/{left[0]}: a private key of the system would be in the image",
                        hint="whoever can read the image could use it; make it where the image runs, or remove it in a step")
