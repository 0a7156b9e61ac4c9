"""Unpack a hostile tar into a new folder: whatever its names and links say, it writes nowhere else.

tar refuses names that climb and makes links that lead away only at the end. Were it ever deceived, it would find nothing:
it runs without network in a root of its own, in which only the target can be written.
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Final

from builder import process
from builder.errors import Error, Fault, ToolFailed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MAX_BYTES: Final = 64 << 30         # of a tar when unpacked, and of each file in it: a sparse one takes no space in the tar
_MAX_MEMORY: Final = 4 << 30        # a header may claim a name of any length
_RESERVE: Final = 1 << 30           # bytes of the disk that are left to others
_RECORD: Final = 10_240             # tar counts its progress in these
_EVERY: Final = 3_200               # records (32 MB) between two looks at the disk
_SPACE: Final = "free some space there, or set CERTIFY_CACHE to another disk"
_TOO_LARGE: Final = 128 + signal.SIGXFSZ     # how a program ends that writes more than prlimit lets it
_MARK: Final = "certify-read"

# What runs a tar as root needs of root's powers; without SYS_ADMIN it cannot even write the kernel's own attributes.
_POWERS: Final = ("CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "MKNOD")

# By the first bytes of the file, as all container tools do: media types are often wrong. The quickest first.
_DECOMPRESSORS: Final = ((b"\x1f\x8b", ("igzip", "pigz", "gzip")), (b"\x28\xb5\x2f\xfd", ("zstd",)),
                         (b"\xfd7zXZ\x00", ("xz",)))


def unpack(tar: Path, target: Path, what: str, on_line: Callable[[str], None]) -> None:
    """Unpack a tar (plain, gzip, zstd, xz) into the new folder ``target``, owners and modes as they are.

    No extended attributes come with it. Raises Fault if it is broken, climbs out of its folder or is too large.
    """
    argv = enclosed_tar(tar, target, decompressor(tar))
    process.require("bwrap", "prlimit", "tar")
    target.mkdir()
    target.chmod(0o755)
    try:
        process.stream(argv, _Watch(target, what, on_line))
    except ToolFailed as error:
        raise _explained(error, what) from error


def _explained(error: ToolFailed, what: str) -> Error:
    if error.tail.startswith("bwrap:"):
        return error
    if "No space left on device" in error.tail:
        return Error(f"{what}: the disk is full", hint=_SPACE)
    said = [line for line in error.tail.splitlines() if f"{_MARK} " not in line] or [f"tar ended with code {error.code}"]
    if error.code == _TOO_LARGE:
        said = [f"a file in it has more than {MAX_BYTES >> 30} GiB"]
    return Fault(f"{what}: cannot be unpacked: {chr(10).join(said)[-2000:]}",
                 hint="is it a whole tar whose names and links stay inside?")


def decompressor(tar: Path) -> str | None:
    """The program that a tar needs, None if it is plain; raises ToolMissing if there is none for it."""
    with tar.open("rb") as file:
        head = file.read(8)
    for magic, tools in _DECOMPRESSORS:
        if head.startswith(magic):
            found = next((tool for tool in tools if process.which(tool)), tools[-1])
            process.require(found)
            return found
    return None


def enclosed_tar(tar: Path, target: Path, decompress: str | None) -> tuple[str, ...]:
    """The argv that unpacks in a root of its own, with limits on memory and on the size of a file."""
    powers = tuple(word for power in _POWERS for word in ("--cap-add", f"CAP_{power}"))
    return ("bwrap", "--die-with-parent", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts",
            "--cap-drop", "ALL", *powers, "--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin",
            "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64", "--dev", "/dev",
            "--ro-bind", str(tar), "/archive", "--bind", str(target), "/tree", "--",
            # Folders that the archive does not list get their mode from the umask, which is the caller's.
            "sh", "-c", 'umask 022 && exec "$@"', "sh",
            "prlimit", f"--fsize={MAX_BYTES}", f"--as={_MAX_MEMORY}", "--", *tar_argv(decompress))


def tar_argv(decompress: str | None) -> tuple[str, ...]:
    """The argv of tar: everything of the file system but extended attributes, and a mark as it goes."""
    program = (f"--use-compress-program={decompress}",) if decompress else ()
    return ("tar", "--extract", "--file=/archive", "--directory=/tree", *program, "--numeric-owner", "--same-owner",
            "--preserve-permissions", "--delay-directory-restore", "--no-xattrs", "--no-acls", "--no-selinux",
            f"--checkpoint={_EVERY}", f"--checkpoint-action=echo={_MARK} %u")


class _Watch:
    """Hears what tar says: stops it when it has written too much, and hands on what is for people."""

    def __init__(self, target: Path, what: str, on_line: Callable[[str], None]) -> None:
        self.target, self.what, self.on_line = target, what, on_line

    def __call__(self, line: str) -> None:
        head, marked, count = line.partition(f"{_MARK} ")
        if not marked or head != "tar: ":
            self.on_line(line)
        elif count.isdecimal():
            self._look(int(count) * _RECORD)

    def _look(self, read: int) -> None:
        if read > MAX_BYTES:
            raise Fault(f"{self.what}: more than {MAX_BYTES >> 30} GiB when unpacked", hint="is this the right base?")
        disk = os.statvfs(self.target)
        if disk.f_bavail * disk.f_frsize < _RESERVE or (disk.f_files > 0 and disk.f_favail == 0):
            raise Error(f"{self.what}: the disk of {self.target} is full after {read >> 20} MiB",
                        hint=_SPACE)
