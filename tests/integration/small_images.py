"""Images of a few programs, made in a second, in a store of their own: what runs in them is what a test looks at."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from builder import key
from builder.recipe.model import Access
from certify import site as sites
from certify.signing import Signer, generate
from certify.store import Store
from certify.trust import Trust
from tests.world import World

PROGRAMS = ("bash", "cat", "chmod", "dd", "env", "head", "id", "kill", "ls", "mkdir", "perl", "ps", "pwd", "readlink", "rm",
            "setsid", "sleep", "stat", "tail", "timeout", "touch", "tr", "true", "wc")
COMMAND = (sys.executable, "-c", "from certify.cli.main import entry; entry()")


def tree(folder: Path) -> Path:
    """A root with the programs and their libraries, and nothing else."""
    for name in PROGRAMS:
        program = Path(shutil.which(name)).resolve()
        _put(program, folder / "usr/bin" / name)
        listed = subprocess.run(["ldd", program], capture_output=True, text=True).stdout.split()
        for library in [Path(word) for word in listed if word.startswith("/")]:
            _put(library.resolve(), folder / "usr" / str(library).lstrip("/").removeprefix("usr/"))
    (folder / "usr/bin/sh").symlink_to("bash")
    for name in ("bin", "lib", "lib64"):
        (folder / name).symlink_to(f"usr/{name}")
    for name in ("etc", "opt", "var", "run", "root"):
        (folder / name).mkdir()
    return folder


def _put(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        shutil.copy2(source, target)


@dataclass
class Images:
    """A store in a folder that everybody can pass, and the command line on it."""

    folder: Path

    def __post_init__(self):
        generate(self.folder / "key")
        self.world = World(
            folder=self.folder, store=Store.create(self.folder / "store"),
            signer=Signer.load(self.folder / "key"),
            trust=Trust.load(self.folder / "key.pub"), stranger=None, now=datetime.now(UTC))

    def publish(self, root: Path, name: str, access: Access | None = None, **config) -> None:
        """Pack a root as it stands and publish it; files belong to root."""
        values = {"environment": {"PATH": "/usr/bin:/bin"}, "entrypoint": (), "workdir": None, **config}
        made = replace(self.world.config(name=name, platform=key.platform()), **values)
        (root / ".certify").mkdir(exist_ok=True)
        (root / ".certify/image.json").write_text(made.to_json())
        packed = self.folder / f"{name}.packed"
        subprocess.run(["mksquashfs", root, packed, "-all-root", "-noappend", "-quiet", "-no-progress", "-no-xattrs",
                        "-comp", "lz4"], check=True)
        self.world.publish(packed.read_bytes(), config=made, access=access or Access(public=True))
        packed.unlink()

    def site(self, **changes) -> Path:
        """A site profile: the built-in one with changes."""
        path = self.folder / f"site-{len(list(self.folder.glob('site-*')))}.json"
        plain = json.loads((Path(sites.__file__).with_name("sites") / "shifter.json").read_text())
        path.write_text(json.dumps({**plain, **changes}))
        return path

    def argv(self, *words, user=0, groups=()):
        """The command line of ``certify run``, as a user with some further groups."""
        more = ("--groups", ",".join(map(str, groups))) if groups else ("--clear-groups",)
        return ("/usr/bin/setpriv", "--reuid", str(user), "--regid", str(user), *more, *COMMAND, "run", *map(str, words))

    def environment(self, **more):
        """What the command line needs, and what a test adds."""
        return {"PATH": os.environ["PATH"], "CERTIFY_STORE": str(self.folder / "store"),
                "CERTIFY_TRUST": str(self.folder / "key.pub"), **more}

    def __call__(self, *words, user=0, groups=(), cwd="/", check=None, **environment):
        done = subprocess.run(self.argv(*words, user=user, groups=groups), env=self.environment(**environment), cwd=cwd,
                              capture_output=True, text=True, stdin=subprocess.DEVNULL, errors="replace")
        if check is not None:
            assert done.returncode == check, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done
