"""What an examination costs: all checks over the image of recipes/astro-python, against ``scanelf -R`` over the same tree.

``make bench`` runs it, as root, and writes tests/bench/check.md and check.json. Both sides read the same squashfs through
FUSE with nothing in the page cache, and again when all is there. The goals: at most twice the time of scanelf, which only looks
for the libraries that ELF files need, and less than a tenth of the build.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
RECIPE = HERE.parents[1] / "recipes/astro-python"
CERTIFY = Path(sys.executable).parent / "certify"
RUNS = 5


def run(*argv: object, cwd: Path | None = None, env: dict[str, str] | None = None) -> tuple[float, str]:
    """Run a program to its good end: its seconds, and its standard output."""
    begin = time.monotonic()
    done = subprocess.run([str(word) for word in argv], cwd=cwd, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{argv}: exit code {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return time.monotonic() - begin, done.stdout


@contextmanager
def mounted(image: Path, folder: Path) -> Iterator[Path]:
    """A squashfs at a folder, by FUSE, as an examination mounts it."""
    folder.mkdir(exist_ok=True)
    run("squashfuse_ll", image, folder)
    try:
        yield folder
    finally:
        run("umount", folder)


def forget(image: Path) -> None:
    """Drop a file from the page cache."""
    with image.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def scanned(image: Path, top: Path) -> float:
    """The seconds of scanelf, with what mounting costs, as ours mounts, too."""
    begin = time.monotonic()
    with mounted(image, top / "tree") as tree:
        run("scanelf", "-qRF", "%n %F", tree)
    return time.monotonic() - begin


def measure(top: Path) -> dict[str, float]:
    """The best of some runs of each, alternately."""
    env = {**os.environ, "CERTIFY_CACHE": str(top / "cache"), "CERTIFY_OUT": str(top / "out")}
    build, _ = run(CERTIFY, "build", RECIPE, env=env)
    image = next((top / "out").glob("*/*/image.squashfs"))
    seconds: dict[str, list[float]] = {}
    for _ in range(RUNS):
        for cold in (True, False):
            word = "cold" if cold else "warm"
            for name, one in (("check", lambda: run(CERTIFY, "check", image, cwd=top)[0]),
                              ("scanelf", lambda: scanned(image, top))):
                if cold:
                    forget(image)
                seconds.setdefault(f"{name}, {word}", []).append(one())
    return {"build": build, **{name: min(all_of) for name, all_of in seconds.items()}}


def main() -> None:
    """Measure, print a table, and write it down."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR", "/var/tmp")) as top:
        found = measure(Path(top))
    version = run("scanelf", "--version")[1].partition("\n")[0]
    (HERE / "check.json").write_text(json.dumps({"seconds": found, "scanelf": version}, indent=2) + "\n")
    rows = [f"| certify check, {word} | {found[f'check, {word}']:.2f} | scanelf -R, {word} | {found[f'scanelf, {word}']:.2f} "
            f"| {found[f'check, {word}'] / found[f'scanelf, {word}']:.2f} |" for word in ("cold", "warm")]
    rows.append(f"| certify check, cold | {found['check, cold']:.2f} | certify build | {found['build']:.1f} "
                f"| {found['check, cold'] / found['build']:.2f} |")
    text = "\n".join(["| ours | s | against | s | ratio |", "|---|---|---|---|---|", *rows, "",
                      f"{os.cpu_count()} cores, Python {platform.python_version()}, {version}.\n"])
    (HERE / "check.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
