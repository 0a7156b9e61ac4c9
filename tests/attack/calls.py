"""The system calls of a process and its children that change files, each told before it is made.

The kernel's own seccomp notifications: a filter that is inherited by every child (setfacl, too) holds each such call until
the one who listens lets it go on, has it fail, or kills who made it. Nothing of the program has to be known or replaced.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import struct
from dataclasses import dataclass
from pathlib import Path

# Numbers of x86_64, arch/x86/entry/syscalls/syscall_64.tbl. Of each call: where its paths are, as pairs of the argument with
# the folder's descriptor (None: the working folder) and that with the name; or the argument with a descriptor.
PATHS = {
    "open": (2, [(None, 0)]), "creat": (85, [(None, 0)]), "openat": (257, [(0, 1)]), "openat2": (437, [(0, 1)]),
    "truncate": (76, [(None, 0)]), "rename": (82, [(None, 0), (None, 1)]), "renameat": (264, [(0, 1), (2, 3)]),
    "renameat2": (316, [(0, 1), (2, 3)]), "mkdir": (83, [(None, 0)]), "mkdirat": (258, [(0, 1)]), "rmdir": (84, [(None, 0)]),
    "link": (86, [(None, 0), (None, 1)]), "linkat": (265, [(0, 1), (2, 3)]), "unlink": (87, [(None, 0)]),
    "unlinkat": (263, [(0, 1)]), "symlink": (88, [(None, 1)]), "symlinkat": (266, [(1, 2)]), "chmod": (90, [(None, 0)]),
    "fchmodat": (268, [(0, 1)]), "fchmodat2": (452, [(0, 1)]), "chown": (92, [(None, 0)]), "lchown": (94, [(None, 0)]),
    "fchownat": (260, [(0, 1)]), "mknod": (133, [(None, 0)]), "mknodat": (259, [(0, 1)]), "utime": (132, [(None, 0)]),
    "utimes": (235, [(None, 0)]), "utimensat": (280, [(0, 1)]), "setxattr": (188, [(None, 0)]), "lsetxattr": (189, [(None, 0)]),
    "removexattr": (197, [(None, 0)]), "lremovexattr": (198, [(None, 0)]), "setxattrat": (463, [(0, 1)]),
    "removexattrat": (466, [(0, 1)]),
}
DESCRIPTORS = {
    "write": (1, 0), "pwrite64": (18, 0), "writev": (20, 0), "pwritev": (296, 0), "pwritev2": (328, 0), "ftruncate": (77, 0),
    "fallocate": (285, 0), "sendfile": (40, 0), "splice": (275, 2), "copy_file_range": (326, 2), "fchmod": (91, 0),
    "fchown": (93, 0), "fsetxattr": (190, 0), "fremovexattr": (199, 0), "fsync": (74, 0), "fdatasync": (75, 0),
    "sync_file_range": (277, 0), "syncfs": (306, 0), "sync": (162, 0), "io_uring_enter": (426, 0),
}
NUMBERS = {number: name for name, (number, _) in (PATHS | DESCRIPTORS).items()}
FLAGS = {"open": 1, "openat": 2}                    # the argument that says whether opening makes or empties a file
MAKES = os.O_CREAT | os.O_TRUNC | 0o20000000        # O_TMPFILE
FILLS = ("open", "creat", "openat", "openat2", "write", "pwrite64", "writev", "pwritev", "pwritev2", "ftruncate", "fallocate",
         "sendfile", "splice", "copy_file_range", "mkdir", "mkdirat", "link", "linkat", "symlink", "symlinkat", "rename",
         "renameat", "renameat2", "setxattr", "lsetxattr", "fsetxattr", "fsync", "fdatasync")      # what a full disk refuses
SYNCS = ("fsync", "fdatasync")

_AT_FDCWD = -100
_X86_64 = 0xC000003E
_LOAD, _EQUAL, _ANY, _RETURN = 0x20, 0x15, 0x45, 0x06
_NOTIFY, _ALLOW = 0x7FC00000, 0x7FFF0000
_SECCOMP, _SET_FILTER, _NEW_LISTENER = 317, 1, 1 << 3
_RECEIVE, _SEND = 0xC0502100, 0xC0182101
_NOTIFICATION = struct.Struct("=QIIiIQ6Q")
_CONTINUE = 1


@dataclass(frozen=True)
class Call:
    """A call that is about to be made: by whom, its name, and the paths that it is about.

    ``about`` is the descriptor among its arguments, where it has one.
    """

    pid: int
    name: str
    paths: tuple[str, ...]
    about: int | None = None

    @property
    def source(self):
        """Where the file of its descriptor is open to the one who listens."""
        return f"/proc/{self.pid}/fd/{self.about}"


def _program():
    """Notify of the calls above, let all others pass."""
    code = [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, _X86_64), (_RETURN, 0, 0, _ALLOW), (_LOAD, 0, 0, 0)]
    for name, argument in FLAGS.items():
        number = PATHS[name][0]
        code += [(_EQUAL, 0, 4, number), (_LOAD, 0, 0, 16 + 8 * argument), (_ANY, 0, 1, MAKES), (_RETURN, 0, 0, _NOTIFY),
                 (_RETURN, 0, 0, _ALLOW)]
    for number, name in NUMBERS.items():
        if name not in FLAGS:
            code += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _NOTIFY)]
    return [*code, (_RETURN, 0, 0, _ALLOW)]


def install():
    """Hold the calling process's calls from now on; give the descriptor of the one who shall listen. Needs root."""
    program = _program()
    filters = b"".join(struct.pack("=HBBI", *one) for one in program)
    buffer = ctypes.create_string_buffer(filters)
    head = struct.pack("=H6xQ", len(program), ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.syscall(_SECCOMP, _SET_FILTER, _NEW_LISTENER, head)
    if fd < 0:
        raise OSError(ctypes.get_errno(), "seccomp")
    return fd


def receive(listener):
    """Wait for the next call; give its id and the call. Raises OSError if who made it is gone."""
    data = bytearray(_NOTIFICATION.size)
    fcntl.ioctl(listener, _RECEIVE, data)
    number, pid, _, call, _, _, *arguments = _NOTIFICATION.unpack(data)
    return number, _decode(pid, NUMBERS[call], arguments)


def answer(listener, number, error=0):
    """Let a held call go on, or have it fail with an errno."""
    response = struct.pack("=QqiI", number, 0, -error, 0 if error else _CONTINUE)
    fcntl.ioctl(listener, _SEND, bytearray(response))


def _decode(pid, name, arguments):
    if name in DESCRIPTORS:
        about = arguments[DESCRIPTORS[name][1]] & 0xFFFFFFFF
        return Call(pid, name, (_opened(pid, about),), about)
    return Call(pid, name, tuple(_path(pid, None if at is None else arguments[at], arguments[argument])
                                 for at, argument in PATHS[name][1]))


def _opened(pid, fd):
    try:
        return str(Path(f"/proc/{pid}/fd/{fd}").readlink())
    except OSError:
        return ""


def _path(pid, folder, address):
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        memory.seek(address)
        try:
            name = memory.read(4096)
        except OSError:             # the next page is not there
            memory.seek(address)
            name = memory.read(4096 - address % 4096)
    name = os.fsdecode(name.split(b"\0")[0])
    if name.startswith("/proc/self/"):
        return _opened(pid, name.removeprefix("/proc/self/fd/")) if name.startswith("/proc/self/fd/") else name
    if folder is None or ctypes.c_int(folder & 0xFFFFFFFF).value == _AT_FDCWD:
        return str(Path(f"/proc/{pid}/cwd").readlink() / name)
    return str(Path(_opened(pid, folder & 0xFFFFFFFF)) / name)
