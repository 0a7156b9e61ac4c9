"""What people try on a store that is not theirs, each as the user who tries it; and how it is told whether they got in."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import json
import os
import subprocess
import sys
import tempfile
import traceback
from dataclasses import dataclass
from pathlib import Path

from certify.store import oci, tags
from certify.store.entering import read_certificate

_REFUSED = (errno.EACCES, errno.EPERM, errno.ENOENT, errno.ESRCH, errno.ENOTDIR)
_SET_DUMPABLE, _PIDFD_OPEN, _PIDFD_GETFD, _PTRACE_ATTACH, _READV = 4, 434, 438, 16, 310
_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class User:
    """Somebody of the machine: a number, a primary group of the same number, and further groups."""

    name: str
    uid: int
    groups: tuple[int, ...] = ()

    def become(self):
        """Be this user from now on; what the kernel closes to programs that were root is opened to them as it is in a login."""
        os.setgroups(self.groups)
        os.setresgid(self.uid, self.uid, self.uid)
        os.setresuid(self.uid, self.uid, self.uid)
        _LIBC.prctl(_SET_DUMPABLE, 1, 0, 0, 0)

    def tries(self, function, *arguments):
        """Whether the user gets in: what the function gives, unless the kernel refuses it. Anything else is an error."""
        [got] = self.tries_each(function, [arguments])
        return got

    def tries_each(self, function, many):
        """The same for one after the other of many arguments, in one process."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            _child(self, function, many, writing)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            said = json.loads(pipe.read() or "[]")
        os.waitpid(child, 0)
        assert len(said) == len(many), f"{self.name}: the process ended early"
        assert {"yes", "no"}.issuperset(said), f"{self.name}: {[one for one in said if one not in ('yes', 'no')]}"
        return [one == "yes" for one in said]


def _child(user, function, many, writing):
    try:
        os.umask(0o022)
        user.become()
        said = [_tried(function, arguments) for arguments in many]
        with os.fdopen(writing, "w") as pipe:
            json.dump(said, pipe)
    finally:
        os._exit(0)


def _tried(function, arguments):
    try:
        return "yes" if function(*arguments) else "no"
    except OSError as error:
        return "no" if error.errno in _REFUSED else traceback.format_exc()
    except BaseException:  # noqa: BLE001  (a child that must not come back into pytest)
        return traceback.format_exc()


def command(home, environment, *words):
    """What a command line says, run in this very process: the exit code and all that is printed."""
    with tempfile.TemporaryFile("w+", dir=home) as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", closefd=False)
        os.environ.clear()
        os.environ.update(environment)
        sys.argv = ["certify", *map(str, words)]
        from certify.cli import main

        code = main._code()
        sys.stdout.flush()
        sys.stderr.flush()
        file.seek(0)
        return code, file.read()


def files_of(store, name):
    """All files of an image, as its owner finds them."""
    record = tags.read(store, name, "latest", None)
    [(platform, image)] = record.images.items()
    manifest = oci.read_index(store, record.index)[platform]["digest"].removeprefix("sha256:")
    config = read_certificate(store, image.digest).config
    certs = sorted(store.certs(image.digest).iterdir())
    return image.digest, [
        store.image(image.digest), store.blob(image.digest), store.access(image.digest), *certs,
        *(store.tag(name, tag) for tag in ("1.0-1", "1.0", "latest")), *map(store.blob, (record.index, manifest, config))]


# Ways to read a file: each gives whether it was read.

def opened(path, _home):
    """Open it by its path."""
    return _read(os.open(path, os.O_RDONLY))


def opened_at(path, _home):
    """Open it below folders that were opened before it."""
    fd = os.open("/", os.O_RDONLY)
    for part in path.parent.parts[1:]:
        fd = os.open(part, os.O_PATH | os.O_DIRECTORY, dir_fd=fd)
    return _read(os.open(path.name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=fd))


def opened_again(path, _home):
    """Open it without any right, as O_PATH does, and open that once more."""
    return _read(os.open(f"/proc/self/fd/{os.open(path, os.O_PATH)}", os.O_RDONLY))


def through_a_link(path, home):
    """Lead to it from a folder of one's own."""
    link = Path(tempfile.mkdtemp(dir=home)) / "link"
    link.symlink_to(path)
    return _read(os.open(link, os.O_RDONLY))


def through_a_second_name(path, home):
    """Give it a second name in a folder of one's own, on the same file system, and open that."""
    link = Path(tempfile.mkdtemp(dir=home)) / "name"
    link.hardlink_to(path)
    return _read(os.open(link, os.O_RDONLY))


def as_root_of_a_namespace(path, _home):
    """Be root in a user namespace of one's own."""
    done = subprocess.run(["unshare", "--user", "--map-root-user", "cat", path], capture_output=True, cwd="/")
    return done.returncode == 0 and bool(done.stdout)


def _read(fd):
    return bool(os.pread(fd, 1, 0))


# Ways to change something: each gives whether it was changed.

def written(path):
    """Write into a file."""
    return os.write(os.open(path, os.O_WRONLY), b"x") == 1


def cut(path):
    """Cut a file off."""
    os.truncate(path, 0)
    return True


def removed(path):
    """Remove a file."""
    path.unlink()
    return True


def renamed(path):
    """Give a file another name."""
    path.rename(path.with_name("renamed"))
    return True


def opened_to_all(path):
    """Open a file to everybody."""
    path.chmod(0o777)
    return True


def acl_dropped(path):
    """Take the ACL away."""
    os.removexattr(path, "system.posix_acl_access")
    return True


def dated(path):
    """Give it another time: a cache may be keyed by it."""
    os.utime(path, (0, 0))
    return True


def made(folder):
    """Make a file in a folder."""
    return written_new(folder / "new")


def link_made(folder):
    """Make a link in a folder."""
    (folder / "link").symlink_to("/etc/passwd")
    return True


def folder_made(folder):
    """Make a folder in a folder."""
    (folder / "folder").mkdir()
    return True


def written_new(path):
    """Make a file."""
    path.write_bytes(b"x")
    return True


def locked(store):
    """Hold the store's lock, so that nobody can publish."""
    fcntl.flock(os.open(store / "tmp" / "lock", os.O_RDONLY), fcntl.LOCK_EX | fcntl.LOCK_NB)
    return True


# Ways into a program that another user runs.

def files_listed(pid, _fd):
    """List its open files."""
    return any(Path(f"/proc/{pid}/fd").iterdir())


def file_opened(pid, fd):
    """Open one of its files once more."""
    return _read(os.open(f"/proc/{pid}/fd/{fd}", os.O_RDONLY))


def file_taken(pid, fd):
    """Take one of its open files."""
    handle = _call(_PIDFD_OPEN, pid, 0)
    return _read(_call(_PIDFD_GETFD, handle, fd, 0))


def root_entered(pid, _fd):
    """Look into the image through its root folder."""
    return any(Path(f"/proc/{pid}/root/").iterdir())


def memory_read(pid, _fd):
    """Read its memory."""
    return bool(Path(f"/proc/{pid}/maps").read_bytes()) and os.open(f"/proc/{pid}/mem", os.O_RDONLY) >= 0


def environment_read(pid, _fd):
    """Read its environment."""
    return bool(Path(f"/proc/{pid}/environ").read_bytes())


def traced(pid, _fd):
    """Be its debugger."""
    _LIBC.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    return _checked(_LIBC.ptrace(_PTRACE_ATTACH, pid, None, None)) == 0


def stopped(pid, _fd):
    """Ask whether it could be sent a signal."""
    os.kill(pid, 0)
    return True


def _call(number, *arguments):
    return _checked(_LIBC.syscall(number, *arguments))


def _checked(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
