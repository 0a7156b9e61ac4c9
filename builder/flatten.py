"""Layers as one tar: what an image's tools can unpack where no layer store is.

``python -m builder.flatten TIMES TAR WORK LAYER...`` shows the layers, the lowest first, as one tree, in mount namespaces of
its own.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from builder import overlay, process
from builder.errors import Error
from builder.normalise import EPOCH, MACHINE

if TYPE_CHECKING:
    from collections.abc import Sequence


def flatten(layers: Sequence[Path], target: Path, work: Path, times: str) -> None:
    """Write layers as a tar; ``work`` is a new folder, ``times`` as in ``tar``."""
    work.mkdir()
    argv = (sys.executable, "-sP", "-m", "builder.flatten", times, str(target), str(work), *map(str, layers))
    env = {**process.CLEAN, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(Path(__file__).parents[1])}
    process.run(process.enclosed(argv), env=env)


def tar(tree: Path, target: Path, times: str) -> tuple[str, ...]:
    """The argv that writes a tree as a tar, the same for the same tree.

    ``times`` is ``one`` where they tell when the tree was made, or ``kept`` where an image or a tree brought them: by them
    its bytecode is known to be good.

    What the machine shows in a container is left out. Hard links become files, as in a build they are broken too:
    an overlay copies the one that is changed.
    """
    clamped = (f"--mtime=@{EPOCH}", "--clamp-mtime") if times == "one" else ()
    left_out = (f"--exclude=.{path}" for path in (*(f"{folder}/*" for folder in MACHINE), "/run/.containerenv"))
    return ("tar", "--create", "--file", str(target), "--sort=name", *clamped, "--numeric-owner", "--hard-dereference",
            "--format=gnu", "--anchored", *left_out, "--directory", str(tree), ".")


def main(times: str, target: str, work: str, *layers: str) -> int:
    """Mount and pack; the exit code is 0, or an error's own."""
    tree = Path(work) / "tree"
    tree.mkdir()
    try:
        with overlay.mounted([Path(layer) for layer in layers], tree, Path(work) / "mount"):
            process.run(tar(tree, Path(target), times))
    except Error as error:
        sys.stderr.write(f"{error.message}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
