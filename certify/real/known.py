"""The runtimes that images can really be run with here, by the names of their profiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from builder import process
from builder.errors import ToolMissing, UsageError
from certify.real import charliecloud

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """A runtime: its program, the package that brings it, and how it is asked.

    ``version`` gives what the program at a path says of itself; ``command`` what runs a program with variables in the image at
    a path, a squashfs or a folder; ``broken`` tells from what the runtime said that it cannot run anything on this machine.
    """

    name: str
    program: str
    package: str
    version: Callable[[str], str]
    command: Callable[[str, Path, Mapping[str, str], Sequence[str]], tuple[str, ...]]
    broken: Callable[[str], bool]

    @property
    def path(self) -> str:
        """Where its program is; raises ToolMissing."""
        found = process.which(self.program)
        if found is None:
            raise ToolMissing(self.program, self.package)
        return found

    @property
    def title(self) -> str:
        """Its name and version, for people; raises ToolMissing."""
        return f"{self.name} {self.version(self.path)} (real)"


RUNTIMES: Final[Mapping[str, Runtime]] = {
    "charliecloud": Runtime(name="charliecloud", program="ch-run", package="charliecloud-runtime", version=charliecloud.version,
                            command=charliecloud.command, broken=charliecloud.broken),
}


def need(name: str) -> Runtime:
    """The runtime of that name, which is installed. Raises UsageError for one that is not known, ToolMissing."""
    if name not in RUNTIMES:
        raise UsageError(f"{name}: how it is really run is not known here, only how it is simulated",
                         hint=f"known: {', '.join(sorted(RUNTIMES))}; without --real, the runtime is simulated")
    runtime = RUNTIMES[name]
    _ = runtime.path
    return runtime
