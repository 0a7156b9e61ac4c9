"""A big image, built and published: seconds of each stage, peak memory of each program, and whether progress moved.

    python tests/bench/big.py [--gigabytes 5] [--files 150000] [--folder FOLDER]

As root, on a machine with about six times the size free. Nothing of it stays.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

COMMAND = (sys.executable, "-c", "from certify.cli.main import entry; entry()")
RECIPE = """\
schema: 1
name: big
version: "1"
summary: five gigabytes in many files
license: MIT
access: public
base: {debian: bookworm}
packages: {apt: [python3-minimal]}
files: [{from: make.py, to: /opt/make.py}]
steps: [{name: make, run: "python3 /opt/make.py %d %d"}]
tests: [{name: there, run: test -d /opt/big/0}]
"""
# Incompressible, and the same each time: random bytes of a seed. The sizes differ: mksquashfs compares each file with all
# of the same size, which took 150,000 of one size beyond eight minutes.
MAKER = """\
import os, random, sys
files, size = int(sys.argv[1]), int(sys.argv[2])
chance = random.Random(1)
for number in range(files):
    folder = f"/opt/big/{number // 500}"
    if number % 500 == 0:
        os.makedirs(folder)
    with open(f"{folder}/{number}", "wb") as file:
        file.write(chance.randbytes(chance.randrange(2 * size)))
"""


def main() -> None:
    wanted = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    wanted.add_argument("--gigabytes", type=float, default=5.0)
    wanted.add_argument("--files", type=int, default=150_000)
    wanted.add_argument("--folder", type=Path, default=Path("out"))
    args = wanted.parse_args()
    args.folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=args.folder, prefix="big-") as name:
        folder = Path(name).absolute()
        folder.chmod(0o755)
        print(json.dumps(ship(folder, args.files, int(args.gigabytes * 1e9 / args.files)), indent=1))


def ship(folder: Path, files: int, size: int) -> dict[str, object]:
    recipe = folder / "recipes" / "big"
    recipe.mkdir(parents=True)
    (recipe / "recipe.yaml").write_text(RECIPE % (files, size))
    (recipe / "make.py").write_text(MAKER)
    env = {name: value for name, value in os.environ.items() if not name.startswith("CERTIFY_")}
    env |= {f"CERTIFY_{name.upper()}": str(folder / name) for name in ("cache", "out", "store", "key")}
    env |= {"CERTIFY_TRUST": str(folder / "key.pub")}
    subprocess.run([*COMMAND, "key", "generate", str(folder / "key")], env=env, check=True, stdout=subprocess.DEVNULL)
    with (folder / "said").open("w+") as said:
        begin = time.monotonic()
        process = subprocess.Popen([*COMMAND, "ship", str(recipe), "--format", "json"], env=env, stdout=subprocess.PIPE,
                                   stderr=said, text=True)
        peaks = watch(process)
        seconds, out = time.monotonic() - begin, process.communicate()[0]
        said.seek(0)
        lines = said.read().splitlines()
    if process.returncode:
        sys.exit("\n".join(lines[-20:]))
    [result] = json.loads(out)["results"]
    moved = [line for line in lines if re.search(r" read$| % of about ", line)]
    stages = {one["name"]: one["seconds"] for one in result["steps"]}
    return {"seconds": round(seconds, 1), "image": result["size"], "stages": stages, "peak_MB": peaks, "progress": moved}


def watch(process: subprocess.Popen[str]) -> dict[str, float]:
    """The peak memory of every program below a process, by its name."""
    peaks: dict[str, float] = defaultdict(float)
    while process.poll() is None:
        for pid in (process.pid, *below(process.pid)):
            name, peak = memory(pid)
            peaks[name] = max(peaks[name], peak)
        time.sleep(0.1)
    return dict(sorted(peaks.items(), key=lambda item: -item[1])[:12])


def below(pid: int) -> list[int]:
    try:
        own = [int(word) for path in Path(f"/proc/{pid}/task").glob("*/children") for word in path.read_text().split()]
    except OSError:
        return []
    return [*own, *(one for child in own for one in below(child))]


def memory(pid: int) -> tuple[str, float]:
    """What a program is, and its peak in MB."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
        peak = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return "", 0.0
    module = words[words.index("-m") + 1] if "-m" in words[:-1] else "make.py" if "/opt/make.py" in words else "certify"
    name = module if "python" in words[0] else Path(words[0]).name
    return name, round(int(peak[1]) / 1000, 1) if peak else 0.0


if __name__ == "__main__":
    main()
