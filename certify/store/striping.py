"""Spreading images over the servers of a Lustre file system: thousands of nodes read one file at once.

How a file is striped is settled when it is made, so ``lfs`` makes it, empty, and it is filled afterwards. Where that cannot
be done the image is stored all the same, as the file system does it by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from builder import process

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_SECONDS: Final = 60        # for a single file; a file system that hangs longer hangs for the copy, too


def argv(count: int, path: Path) -> tuple[str, ...]:
    """Give the command that makes an empty file of so many stripes; -1 is one on every server."""
    return ("lfs", "setstripe", "-c", str(count), str(path))


class Striping:
    """Makes empty files with ``count`` stripes, as long as that works; why it does not is told once, by ``tell``."""

    def __init__(self, count: int, tell: Callable[[str], None]) -> None:
        self._count, self._tell, self._works = count, tell, True

    def __call__(self, path: Path) -> None:
        """Make the file of that path, which is not there; or leave it to the caller."""
        if not self._works:
            return
        if process.which("lfs") is None:
            self._give_up("lfs is not installed here (package lustre-client-utils)")
            return
        done = process.run(argv(self._count, path), check=False, timeout=_SECONDS)
        if done.code:
            said = (done.stderr or done.stdout).strip().splitlines() or [f"exit code {done.code}"]
            path.unlink(missing_ok=True)
            self._give_up(said[-1][:300])

    def _give_up(self, why: str) -> None:
        self._works = False
        self._tell(f"images are stored without the {self._count} stripes of the site's profile: {why}"
                   if self._count > 0 else f"images are stored without stripes on all servers: {why}")
