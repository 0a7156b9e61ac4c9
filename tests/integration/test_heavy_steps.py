"""Steps that print, take, leave or make very much: they end, the machine goes on, and nothing stays."""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path

import pytest
from luck import HIERARCHIES, PYTHON, place, shared, wait_for

__all__ = ["place", "shared"]


@pytest.mark.long
def test_a_step_that_prints_a_gigabyte_is_heard_to_its_end(place):
    run = "(yes | head -c 1000000000) || true; echo the end; exit 5"
    recipe = place.certify.recipe("loud", PYTHON + f"steps: [{{name: loud, run: '{run}'}}]\n")
    begin, process, peak = time.monotonic(), place.start("build", recipe), 0
    while process.poll() is None:
        peak = max(peak, *(memory(pid) for pid in (process.pid, *children(process.pid))))
        time.sleep(0.1)
    _, said = process.communicate()
    assert process.returncode == 1
    assert "the end" in said
    log = (place.out("loud") / "build.log").read_text()
    assert len(log) < 18 << 20
    assert re.search(r"\[\.\.\. (999|1\.0) .B of output left out \.\.\.\]", log), log[-300:]
    assert peak < 150 << 10, f"{peak} kB"
    assert time.monotonic() - begin < 90


def memory(pid):
    """The peak memory of a process, in kB; 0 if it is gone."""
    try:
        return int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1])
    except (OSError, TypeError):
        return 0


def children(pid):
    """All below a process."""
    try:
        own = [int(word) for path in Path(f"/proc/{pid}/task").glob("*/children") for word in path.read_text().split()]
    except OSError:
        return []
    return [*own, *(one for child in own for one in children(child))]


@pytest.mark.long
def test_a_step_that_takes_all_memory_is_killed_alone(place):
    """Its group has a limit below the machine's; here it is lowered, as the machine is not ours alone."""
    hog = "python3 -c 'import time; time.sleep(4); print(len(bytes([1]) * (600 << 20)))'"
    text = f"steps:\n  - run: echo before\n  - name: hog\n    run: |\n      echo started\n      {hog}\n"
    recipe = place.certify.recipe("hog", PYTHON + text)
    process = place.start("build", recipe)
    wait_for(place.out("hog") / "build.log", "^started$", process)
    [group] = [one for one in place.groups() if HIERARCHIES / "memory" in one.parents or (one / "memory.max").exists()]
    [limit] = [path for path in (group / "memory.limit_in_bytes", group / "memory.max") if path.exists()]
    assert int(limit.read_text()) < os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit.write_text(str(200 << 20))
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "step 'hog' failed" in said
    assert "no memory was left" in said


@pytest.mark.long
@pytest.mark.parametrize("run", [
    "truncate -s 8T /opt/sparse; exit 9",
    "python3 -c 'import os; os.chdir(\"/opt\")\nfor i in range(100000):\n    os.mkdir(\"d\"); os.chdir(\"d\")'; exit 9",
    "mkdir /opt/d; cd /opt/d; for i in $(seq 1 20000); do : > $i; done; exit 9"], ids=["sparse", "deep", "many"])
def test_what_a_failing_step_leaves_is_cleaned_up(place, run):
    lines = "\n".join(f"      {line}" for line in run.splitlines())
    recipe = place.certify.recipe("litter", PYTHON + f"steps:\n  - name: litter\n    run: |\n{lines}\n")
    done = place("build", recipe, check=1)
    assert "failed with exit code 9" in done.stderr


# --- big, scaled down (tests/bench/big.py has it in full)


MAKER = '''
import os, random
chance = random.Random(1)
for folder in range(100):
    os.makedirs(f"/opt/big/{folder}")
    for file in range(200):
        with open(f"/opt/big/{folder}/{file}", "wb") as target:
            target.write(chance.randbytes(15000))
'''


@pytest.mark.long
def test_a_big_image_moves_and_takes_little_memory(place):
    text = ("files: [{from: make.py, to: /opt/make.py}]\nsteps: [{name: make, run: python3 /opt/make.py}]\n"
            "tests: [{run: 'true'}]\n")
    recipe = place.certify.recipe("big", PYTHON + text, {"make.py": MAKER})
    process, peak = place.start("ship", recipe, "--format", "json"), 0
    while process.poll() is None:
        peak = max(peak, *(memory(pid) for pid in (process.pid, *children(process.pid)) if "mksquashfs" not in name(pid)))
        time.sleep(0.1)
    out, said = process.communicate()
    assert process.returncode == 0, said
    assert json.loads(out)["results"][0]["size"] > 290_000_000
    assert peak < 200 << 10, f"{peak} kB"


def name(pid):
    try:
        return Path(f"/proc/{pid}/comm").read_text()
    except OSError:
        return ""
