"""A working container: buildah's commands as argv, and what is done with them.

Every build has a storage root of its own. The storage driver is vfs: a container from scratch is then one plain
folder, and over that the layers of a build are mounted, so that nothing is ever committed or copied.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from builder import cgroup, process
from builder.normalise import EPOCH, MOUNTED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from builder.lines import Sieve

CONTAINER: Final = "build"
HOSTNAME: Final = "certify"
ISOLATION: Final = "runc"       # part of the content key and of the record

# What every program in the container sees, over the recipe's own variables.
FIXED: Final[Mapping[str, str]] = {
    "DEBIAN_FRONTEND": "noninteractive", "HOME": "/root", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0",
    "SOURCE_DATE_EPOCH": str(EPOCH), "TZ": "UTC",
}


@dataclass(frozen=True, slots=True)
class Buildah:
    """The buildah of one build, whose storage lies in ``folder``; ``cgroup`` is its control group."""

    folder: Path
    cgroup: str

    def _argv(self, *words: str) -> tuple[str, ...]:
        root, runroot = self.folder / "storage", self.folder / "runroot"
        return ("buildah", "--root", str(root), "--runroot", str(runroot), "--storage-driver", "vfs", *words)

    def from_scratch(self) -> tuple[str, ...]:
        """The argv that makes the empty working container."""
        return self._argv("from", "--name", CONTAINER, "--http-proxy=false", "--isolation", "oci",
                          "--cgroup-parent", self.cgroup, "scratch")

    def mount(self) -> tuple[str, ...]:
        """The argv that prints the folder where the container's tree stands."""
        return self._argv("mount", CONTAINER)

    def run(self, command: Sequence[str], env: Mapping[str, str], bind: Path | None = None) -> tuple[str, ...]:
        """The argv that runs a command in the container: runc, namespaces of its own, no network, nothing of the host.

        ``bind`` is a folder of the builder's that the command sees, read-only, at ``/certify``.
        """
        variables = [part for name, value in sorted(env.items()) for part in ("--env", f"{name}={value}")]
        volume = ("--volume", f"{bind}:{MOUNTED}:ro") if bind else ()
        return self._argv("run", "--isolation", "oci", "--runtime", "runc", "--network", "none", "--hostname", HOSTNAME,
                          "--no-hosts", *volume, *variables, CONTAINER, "--", *command)

    def copy(self, source: Path, to: str, mode: str | None) -> tuple[str, ...]:
        """The argv that copies a file or the content of a folder into the tree, links resolved inside it.

        The source is a path of the builder's own, as buildah takes it for a pattern and follows its links.
        """
        chmod = ("--chmod", mode) if mode else ()
        return self._argv("copy", "--quiet", "--chown", "0:0", *chmod, CONTAINER, str(source), to)

    def shell(self, env: Mapping[str, str]) -> tuple[str, ...]:
        """The argv of a shell in the container, on a terminal."""
        variables = [part for name, value in sorted(env.items()) for part in ("--env", f"{name}={value}")]
        return self._argv("run", "--terminal", "--isolation", "oci", "--runtime", "runc", "--network", "none",
                          "--hostname", HOSTNAME, "--no-hosts", *variables, CONTAINER, "--", "/bin/sh")


class Container:
    """A working container that exists; programs run in it one after another."""

    def __init__(self, buildah: Buildah, on_line: Callable[[str], None], sieve: Sieve | None = None) -> None:
        self._buildah, self._on_line, self._sieve = buildah, on_line, sieve
        temporary = buildah.folder / "tmp"
        temporary.mkdir()
        self._tools = {**process.CLEAN, "TMPDIR": str(temporary)}
        process.run(buildah.from_scratch(), env=self._tools)
        self.tree = Path(process.run(buildah.mount(), env=self._tools).stdout.strip())

    def run(self, command: Sequence[str], *, env: Mapping[str, str], bind: Path | None = None) -> int:
        """Run a command in the container and give back its exit code; its output goes line by line to the listener."""
        argv = self._buildah.run(command, {**env, **FIXED}, bind)
        with cgroup.watched(cgroup.limited(self._buildah.cgroup), self._on_line):
            code = process.stream(argv, self._heard, env=self._tools, check=False, sieve=self._sieve)
        if code and (short := cgroup.was_short(cgroup.limited(self._buildah.cgroup))):
            self._on_line(short)
        return code

    def copy(self, source: Path, to: str, mode: str | None = None) -> None:
        """Copy a file, or the content of a folder, to a path in the tree."""
        process.run(self._buildah.copy(source, to, mode), env=self._tools)

    def shell(self, env: Mapping[str, str], terminal: int) -> int:
        """Open a shell on a terminal and wait for its end."""
        return process.attached(self._buildah.shell({**env, **FIXED}), env=self._tools, terminal=terminal)

    def _heard(self, line: str) -> None:
        if not line.startswith("Error: while running runtime: exit status"):     # buildah's echo of the exit code
            self._on_line(line)
