"""How quick ``certify lint`` is, side by side with its neighbours, in one run: ratios, not seconds, are what counts.

``make bench`` runs it and writes tests/bench/lint.md and lint.json.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent
ROUNDS = 15
MANY = 500

STEP = """\
  - name: build tool {number}
    run: |
      cd /src/tool-{number}
      ./configure --prefix=/opt/tool-{number} --enable-shared
      make -j4
      make install
      ldconfig
    env: {{CFLAGS: "-O2 -g"}}
"""


def recipe(steps: int) -> str:
    """A clean recipe of about eight lines a step."""
    head = ('schema: 1\nname: bench\nversion: "1.0"\nsummary: A recipe to measure with\nlicense: MIT\naccess: public\n'
            "base: {debian: bookworm}\npackages:\n  apt: [gcc, make]\nsteps:\n")
    body = "".join(STEP.format(number=number) for number in range(steps))
    return head + body + "tests:\n  - {name: runs, run: tool-0 | grep tool}\n"


def containerfile(runs: int) -> str:
    """A Containerfile of the same work."""
    text = "RUN cd /src/tool-{0} && ./configure --prefix=/opt/tool-{0} && make -j4 && make install && ldconfig\n"
    return f"FROM debian@sha256:{'0' * 64}\nENV PATH=/opt/bin:/usr/bin:/bin\n" + "".join(text.format(n) for n in range(runs))


def spent(argv: list[str], folder: Path) -> float:
    """CPU seconds, user and system, of a command and its children."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}     # as users have it
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(argv, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
                   env={**env, "NO_COLOR": "1"})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def medians(commands: dict[str, list[str]], folder: Path, rounds: int) -> dict[str, float]:
    """The median of each command; the commands take turns, so that a busy moment meets all of them."""
    for argv in commands.values():
        spent(argv, folder)         # the first call writes byte code, once and for all
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, argv in commands.items():
            times[name].append(spent(argv, folder))
    return {name: statistics.median(values) for name, values in times.items()}


def version(tool: str) -> str:
    """What a tool says of its version."""
    done = subprocess.run([str(BIN / tool), "--version"], capture_output=True, text=True, check=False)
    lines = (done.stdout or done.stderr).strip().splitlines()
    return next((line for line in lines if any(letter.isdigit() for letter in line)), "")


def main() -> None:
    """Measure, print a table, and write it down."""
    with tempfile.TemporaryDirectory() as top:
        folder = Path(top)
        results = measure(folder)
    results["tools"] = {tool: version(tool) for tool in ("certify", "yamllint", "check-jsonschema", "hadolint", "shellcheck")}
    results["machine"] = f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores"
    (HERE / "lint.json").write_text(json.dumps(results, indent=2) + "\n")
    text = table(results)
    (HERE / "lint.md").write_text(text)
    print(text)


def measure(folder: Path) -> dict[str, object]:
    """All figures."""
    (folder / "recipe.yaml").write_text(recipe(24))
    (folder / "Containerfile").write_text(containerfile(24))
    (folder / "schema.json").write_bytes(subprocess.run([BIN / "certify", "schema"], capture_output=True, check=True).stdout)
    (folder / "script.sh").write_text("#!/bin/bash\n" + "".join(STEP.format(number=n) for n in range(24)))
    one = medians({
        "python -c pass": [sys.executable, "-c", "pass"],
        "certify lint recipe.yaml": [str(BIN / "certify"), "lint", "recipe.yaml"],
        "yamllint": [str(BIN / "yamllint"), "recipe.yaml"],
        "check-jsonschema": [str(BIN / "check-jsonschema"), "--schemafile", "schema.json", "recipe.yaml"],
        "certify lint Containerfile": [str(BIN / "certify"), "lint", "Containerfile"],
        "hadolint": [str(BIN / "hadolint"), "Containerfile"],
        "shellcheck": [str(BIN / "shellcheck"), "script.sh"],
    }, folder, ROUNDS)
    return {"one file, CPU seconds": one, "many files, files a CPU second": many(folder)}


def many(folder: Path) -> dict[str, float]:
    """Files a CPU second, over many files at once: what else the machine does counts little."""
    for number in range(MANY):
        place = folder / "many" / f"r{number}"
        place.mkdir(parents=True)
        (place / "recipe.yaml").write_text(recipe(6 + number % 5))
        (place / "Containerfile").write_text(containerfile(6 + number % 5))
    recipes = [str(path) for path in sorted((folder / "many").glob("*/recipe.yaml"))]
    containerfiles = [str(path) for path in sorted((folder / "many").glob("*/Containerfile"))]
    commands = {"certify lint, recipes": [str(BIN / "certify"), "lint", *recipes],
                "certify lint, Containerfiles": [str(BIN / "certify"), "lint", *containerfiles],
                "hadolint, Containerfiles": [str(BIN / "hadolint"), *containerfiles],
                "yamllint, recipes": [str(BIN / "yamllint"), *recipes]}
    rates = {}
    for name, argv in commands.items():
        rates[name] = MANY / spent(argv, folder)
    return rates


def table(results: dict[str, object]) -> str:
    """The figures as markdown."""
    one, rates = results["one file, CPU seconds"], results["many files, files a CPU second"]
    assert isinstance(one, dict)
    assert isinstance(rates, dict)
    assert isinstance(results["tools"], dict)
    base = one["python -c pass"]
    lines = ["| one file of 200 lines | CPU s | times `python -c pass` |", "|---|---|---|"]
    lines += [f"| {name} | {seconds:.3f} | {seconds / base:.1f} |" for name, seconds in one.items()]
    lines += ["", f"| {MANY} files | files a CPU second |", "|---|---|"]
    lines += [f"| {name} | {rate:.0f} |" for name, rate in rates.items()]
    tools = "; ".join(f"{tool}: {said}" for tool, said in results["tools"].items())
    return "\n".join([*lines, "", f"{results['machine']}. {tools}."]) + "\n"


if __name__ == "__main__":
    main()
