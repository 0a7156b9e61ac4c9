"""What the tests of unlucky builds share: caches of their own, and what is left in one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
DEBS = REPOSITORY / "out" / "test-cache" / "debs"       # by their hash, so any cache can have them
HIERARCHIES = Path("/sys/fs/cgroup")
PYTHON = "packages: {apt: [python3-minimal]}\n"


@dataclass
class Place:
    """A command line with a cache of its own."""

    certify: object
    cache: Path
    more: tuple = ()

    @property
    def env(self):
        return {"CERTIFY_CACHE": str(self.cache), **dict(self.more)}

    def __call__(self, *args, check=None):
        return self.certify(*args, check=check, env=self.env)

    def start(self, *args, prefix=()):
        command = [sys.executable, "-c", "from certify.cli.main import entry; entry()"]
        return subprocess.Popen([*prefix, *command, *map(str, args)], env={**self.certify.env, **self.env},
                                cwd=self.certify.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, start_new_session=True)

    def with_env(self, **more):
        return replace(self, more=tuple(more.items()))

    def out(self, name):
        return self.certify.folder / "out" / name / "1-1"

    def left(self):
        """What runs, is mounted or lies there of this cache's builds, once the dying are dead."""
        end = time.monotonic() + 10
        while (found := self._left()) and time.monotonic() < end:
            time.sleep(0.1)
        return found

    def _left(self):
        mounts = [line for line in Path("/proc/self/mounts").read_text().splitlines() if f"{self.cache}/" in line]
        return mounts + processes(str(self.cache)) + [str(pid) for group in self.groups() for pid in members(group)]

    def groups(self):
        """The control groups of its workspaces."""
        names = {path.name.partition(".")[0] for path in (self.cache / "work").glob("*")}
        return [group for group in HIERARCHIES.glob("**/certify/*") if group.name in names and group.is_dir()]

    def clean(self):
        """Whether no workspace, no control group and no half-made layer is left."""
        work = [path.name for path in (self.cache / "work").iterdir() if not path.name.endswith(".name")]
        return work + [path.name for path in (self.cache / "layers").glob(".*.*")]

    def layers(self):
        return {path.parent.name for path in (self.cache / "layers").glob("[!.]*/tree")}

    def forget(self):
        """Drop all layers but those of bases, and what was built."""
        for path in (self.cache / "layers").glob("[!.]*"):
            if (path / "upon").read_text():
                subprocess.run(["rm", "-rf", path], check=True)
        for path in (self.cache / "records").glob("*"):
            path.unlink()
        shutil.rmtree(self.certify.folder / "out", ignore_errors=True)


def new_cache(folder):
    """A cache that has Debian's packages already, where an earlier run fetched them."""
    (folder / "debs").mkdir(parents=True, mode=0o700)
    folder.chmod(0o700)
    for deb in DEBS.glob("*"):
        os.link(deb, folder / "debs" / deb.name)
    return folder


def processes(word):
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            said = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if word in said and "pytest" not in said:
            found.append(said[:200])
    return found


def members(group):
    pids = []
    for path in group.glob("**/cgroup.procs"):
        try:
            pids += path.read_text().split()
        except OSError:
            continue
    return pids


def wait_for(log, text, process=None, seconds=120):
    """Wait until a log says something, looking often."""
    end = time.monotonic() + seconds
    while True:
        try:
            if re.search(text, log.read_text(), re.MULTILINE):
                return True
        except OSError:
            pass
        if process is not None and process.poll() is not None:
            return False
        assert time.monotonic() < end, f"the log never said {text!r}"
        time.sleep(0.002)


def stages(done):
    """The stages that a build went through, by its lines on stderr."""
    return [match[1].strip() for match in re.finditer(r"^\S+ +(.*?) +[0-9.]+ s(?:  .*)?$", done.stderr, re.MULTILINE)]


@pytest.fixture(scope="module")
def shared(make_certify):
    """A place whose cache has the base with and without Python."""
    (REPOSITORY / "out").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=REPOSITORY / "out", prefix="unlucky-") as folder:
        made = Place(make_certify(), new_cache(Path(folder) / "cache"))
        made("build", made.certify.recipe("warm", PYTHON), check=0)
        yield made


@pytest.fixture
def place(shared):
    yield shared
    assert shared.left() == []
    assert shared.clean() == []
