"""Small images with libraries, and what the machine's own loader says about them."""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from builder.image import ImageConfig
from builder.rootfs import Root
from certify.checks.tree import ImageTree
from certify.linking.loader import Injected, Loader
from tests.elf.elf_maker import LOADER

CONFIG = ImageConfig(name="tool", version="1", revision=1, platform="linux/amd64", environment={})
MULTI = "/usr/lib/x86_64-linux-gnu"
ENTER = """import json, os, sys
os.chroot(sys.argv[1])
os.chdir("/")
os.execve(sys.argv[2], sys.argv[2:], json.loads(os.environ["ASK"]))"""
LINE = re.compile(r"\t(?:(?P<name>.*?) => )?(?P<path>.*?)(?: \(0x[0-9a-f]+\))?$")


def agrees(image, path="/prog", library_path=()):
    """Our answer, once it is the real loader's."""
    mine = image.pairs(path, library_path=tuple(library_path))
    assert mine == image.ask(path, library_path)
    return dict(mine)


def how(image, name, **injected):
    """Where the program's library of that name is found, and how."""
    step = image.load(**injected).by_soname(name)
    return step.found, step.how


def entered(top, path, env):
    """Run a program with a folder as its root; an ordinary user needs a namespace for it."""
    def enter():
        os.chroot(top)
        os.chdir("/")

    if os.geteuid() == 0:
        return subprocess.run([path], env=env, preexec_fn=enter, capture_output=True, text=True)
    argv = ["unshare", "--user", "--map-root-user", sys.executable, "-c", ENTER, top, path]
    return subprocess.run(argv, env={"ASK": json.dumps(env), "PATH": os.environ["PATH"]}, capture_output=True, text=True)


class Image:
    """A root to put files into, with the machine's loader; ``ask`` and ``load`` answer the same question."""

    def __init__(self, top):
        self.top = top
        top.mkdir()

    def add(self, path, data=b"", mode=0o755):
        place = self.top / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        place.write_bytes(data if isinstance(data, bytes) else data.encode())
        place.chmod(mode)

    def link(self, path, target):
        place = self.top / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(target)

    def with_loader(self):
        (self.top / "lib64").mkdir()
        shutil.copy(os.path.realpath(LOADER), self.top / LOADER.lstrip("/"))
        return self

    def ldconfig(self, *folders, form="new"):
        (self.top / "etc").mkdir(exist_ok=True)
        (self.top / "etc/ld.so.conf").write_text("".join(f"{folder}\n" for folder in folders))
        subprocess.run(["/sbin/ldconfig", "-r", self.top, "-X", "-c", form], check=True, capture_output=True)

    def tree(self):
        return ImageTree(Root(self.top), CONFIG)

    def load(self, path="/prog", **injected):
        return Loader(self.tree(), Injected(**injected)).load(path)

    def pairs(self, path="/prog", **injected):
        """What our loader loads: pairs of name and path, each file once, as the real one tells them."""
        tree = self.tree()
        seen, found = {tree.resolve(path)}, []
        for step in Loader(tree, Injected(**injected)).load(path).steps:
            real = step.found and (tree.resolve(step.found) or step.found)
            if step.found is None or (step.how != "already loaded" and real not in seen):
                found.append((step.needed, step.found))
            seen.add(real)
        return list(dict.fromkeys(found))

    def ask(self, path="/prog", library_path=()):
        """What the real loader would load."""
        origin = (self.tree().resolve(path) or path).rpartition("/")[0] or "/"      # the loader asks /proc, which is not there
        env = {"LD_TRACE_LOADED_OBJECTS": "1", "LD_ORIGIN_PATH": origin, "LD_LIBRARY_PATH": ":".join(library_path)}
        said = entered(self.top, path, {name: value for name, value in env.items() if value})
        assert said.returncode == 0, said.stderr
        found = []
        for line in said.stdout.splitlines():
            name, target = LINE.fullmatch(line).group("name", "path")
            if target not in (LOADER, "linux-vdso.so.1", "statically linked"):
                found.append((name or target, None if target == "not found" else target))
        return list(dict.fromkeys(found))


def real_loader():
    return Path(LOADER).exists() and Path("/sbin/ldconfig").exists()


@pytest.fixture
def image(tmp_path):
    if not real_loader():
        assert "CI" not in os.environ, "CI must have the real loader"
        pytest.skip("the machine has no glibc loader for x86_64")
    return Image(tmp_path / "image").with_loader()


@pytest.fixture
def bare(tmp_path):
    """An image without a loader."""
    return Image(tmp_path / "bare")


class Machine(ImageTree):
    """Parts of the running machine, which take no second to list."""

    @functools.cached_property
    def entries(self):
        found = {}
        for top in ("/lib", "/lib64", "/usr", "/usr/lib", "/etc", "/usr/bin", "/usr/lib64"):
            if os.path.lexists(top):
                found[top] = os.lstat(top)
        for top in ("/etc", "/usr/bin", "/usr/lib64", "/usr/lib", MULTI):
            found |= {one.path: one.stat(follow_symlinks=False) for one in os.scandir(top)}
        for inner in [path for path, status in found.items() if path.startswith("/usr/lib/") and stat.S_ISDIR(status.st_mode)]:
            found |= {one.path: one.stat(follow_symlinks=False) for one in os.scandir(inner)}
        return found


@pytest.fixture(scope="session")
def machine():
    return Machine(Root(Path("/")), CONFIG)
