"""The real thing: root, buildah, runc, mksquashfs, bubblewrap. What is missing is a failure, not a skip."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
CACHE = REPOSITORY / "out" / "test-cache"       # downloads and bases are shared by runs; nothing else is
TOOLS = ("buildah", "runc", "mmdebstrap", "mksquashfs", "bwrap", "squashfuse_ll", "ch-run", "setfacl", "openssl")

MACHINE = re.compile(r"PIP_|.*SSL|(?i:.*_proxy$)")      # mirrors, proxies and certificates are the machine's
OURS = (b"buildah", b"runc", b"mksquashfs", b"squashfuse", b"bwrap")


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.integration)


@pytest.fixture(scope="session", autouse=True)
def everything_is_here():
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    assert os.geteuid() == 0, "these tests build images: run them as root"
    assert not missing, f"missing: {missing}; run .ci/install test"
    if Path("/dev/fuse").exists():
        before = Path("/dev/fuse").stat().st_mode & 0o777
        Path("/dev/fuse").chmod(0o666)      # as it is on ordinary systems; ordinary users are part of these tests
        yield
        Path("/dev/fuse").chmod(before)
    else:
        pytest.fail("/dev/fuse is missing")


@dataclass
class Certify:
    """The command line, as a user has it, with a key, a trust and a store of its own."""

    folder: Path

    @property
    def env(self):
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), "CERTIFY_CACHE": str(CACHE),
                "CERTIFY_OUT": str(self.folder / "out"), "CERTIFY_STORE": str(self.folder / "store"),
                "CERTIFY_KEY": str(self.folder / "key"), "CERTIFY_TRUST": str(self.folder / "key.pub"),
                **{name: value for name, value in os.environ.items() if MACHINE.match(name)}}

    def __call__(self, *args, user=None, check=None, env=None):
        prefix = ("/usr/bin/setpriv", "--reuid", str(user), "--regid", str(user), "--clear-groups") if user else ()
        done = subprocess.run([*prefix, *COMMAND, *map(str, args)], env={**self.env, **(env or {})}, cwd=self.folder,
                              capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if check is not None:
            assert done.returncode == check, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def json(self, *args):
        return json.loads(self(*args, "--format", "json", check=0).stdout)["results"]

    def start(self, *args):
        return subprocess.Popen([*COMMAND, *map(str, args)], env=self.env, cwd=self.folder, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL, start_new_session=True)

    def recipe(self, name, text, files=None):
        """Write a recipe with the required keys around the given text."""
        folder = self.folder / "recipes" / name
        folder.mkdir(parents=True, exist_ok=True)
        head = "" if "\nversion:" in f"\n{text}" else 'version: "1"\n'
        access = "" if "access:" in text else "access: public\n"
        (folder / "recipe.yaml").write_text(
            f"schema: 1\nname: {name}\n{head}summary: a test\nlicense: MIT\n{access}base: {{debian: bookworm}}\n{text}")
        for path, content in (files or {}).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(content)
        return folder


COMMAND = (sys.executable, "-c", "from certify.cli.main import entry; entry()")


@pytest.fixture(scope="session")
def make_certify():
    # Not pytest's own folders: those are closed to others, and ordinary users must reach a store.
    with tempfile.TemporaryDirectory(prefix="certify-test-", ignore_cleanup_errors=True) as top:
        Path(top).chmod(0o755)

        def make():
            folder = Path(tempfile.mkdtemp(dir=top))
            folder.chmod(0o755)
            made = Certify(folder)
            made("key", "generate", folder / "key", check=0)
            return made

        yield make


@pytest.fixture
def certify(make_certify):
    return make_certify()


@pytest.fixture(scope="session")
def hello(make_certify):
    """A command line whose store holds recipes/hello."""
    made = make_certify()
    made("ship", REPOSITORY / "recipes" / "hello", check=0)
    return made


@pytest.fixture(scope="session", autouse=True)
def orphans_come_to_us():
    """What loses its parent becomes our child: so that what a test leaves behind is told from what others run here."""
    set_child_subreaper = 36       # linux/prctl.h
    assert ctypes.CDLL(None).prctl(set_child_subreaper, 1, 0, 0, 0) == 0


def descendants():
    """The processes below us, whoever their parents were."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parents[int(entry.name)] = int((entry / "stat").read_text(errors="replace").rpartition(")")[2].split()[1])
    found, pending = set(), [os.getpid()]
    while pending:
        one = pending.pop()
        below = [pid for pid, parent in parents.items() if parent == one]
        found.update(below)
        pending += below
    return found


def mounts_and_processes():
    """What a build must not leave behind: mounts, processes, workspaces, control groups, loop devices."""
    processes = []
    for pid in descendants():
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if any(name in words[0] for name in OURS) or b"builder.inside" in words:
            processes.append(b" ".join(words).decode(errors="replace")[:200])
    table = Path("/proc/self/mounts").read_text().splitlines()
    mounts = [line for line in table if str(CACHE) in line or "squashfuse" in line]
    return {"mounts": mounts, "processes": processes}


@pytest.fixture
def leftovers():
    return mounts_and_processes


@pytest.fixture
def workspaces():
    """What a test leaves of workspaces and control groups; those of builds that others killed, or are at, are not its own."""
    def groups():
        return {path for path in Path("/sys/fs/cgroup").glob("**/certify/*") if path.is_dir()}
    before = groups()

    def look():
        folders = sorted(path.name for path in (CACHE / "work").glob("*"))
        found = {"folders": folders, "cgroups": sorted(groups() - before)}
        busy = {path.stem for path in (CACHE / "work").glob("*.lock") if _held(path)} | _at_work()
        return {kind: [one for one in left if Path(one).name.removesuffix(".lock") not in busy] for kind, left in found.items()}

    def find():
        deadline = time.monotonic() + 5     # a build of another test may have ended while we looked
        while any((left := look()).values()) and time.monotonic() < deadline:
            time.sleep(0.1)
        return left
    return find


def _at_work():
    """The workspaces that processes are in: other tests build at the same time, some of them with caches of their own."""
    names = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):      # it has ended
            names.update(re.findall(rb"/work/([0-9a-f]{12})/", path.read_bytes()))
    return {name.decode() for name in names}


def _held(lock):
    """Whether a build that is at work holds a lock."""
    try:
        with lock.open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def read(image, path):
    """A file of a squashfs, or None."""
    done = subprocess.run(["unsquashfs", "-cat", str(image), path.lstrip("/")], capture_output=True)
    return done.stdout.decode() if done.returncode == 0 else None


@pytest.fixture
def read_file():
    return read
