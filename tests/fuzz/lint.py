"""Feed the linter broken recipes, shell text and Containerfiles: no traceback, no second, no 200 MB for a file.

``make fuzz`` runs it for a minute; ``python tests/fuzz/lint.py --seconds N --seed S`` for longer. It starts from the
repository's own recipes, fixtures and snippets and the rules' examples, and changes them byte by byte, line by line, in size,
in encoding, and by the grammar of their language. What breaks a promise is made small and kept in out/fuzz; it ends with how
many inputs were tried, and with the slowest and the largest of them.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import random
import re
import subprocess
import sys
import tempfile
import textwrap
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))       # as a script it finds its own folder only

from builder.errors import Error  # noqa: E402
from certify import site as sites  # noqa: E402
from certify.fix import mend  # noqa: E402
from certify.lint.judge import judge  # noqa: E402
from certify.lint.outcome import Outcome, Sources  # noqa: E402
from certify.lint.target import Kind  # noqa: E402
from certify.report.formats import Form, render  # noqa: E402
from certify.rules import registry  # noqa: E402
from tests.fuzz import grammar, mutations, small  # noqa: E402

LIMIT_SECONDS = 1.0
LIMIT_MEMORY = 200 << 20
BATCH_SECONDS = 10          # of one process: a linter ends soon, and what a library keeps over thousands of files is not counted
WORST = ("slowest ms", "most MB")
PATIENCE = 60               # seconds after which an input has hung
HEAD = (b'schema: 1\nname: a\nversion: "1"\nsummary: a\nlicense: MIT\naccess: public\nbase: {debian: bookworm}\n'
        b"tests: [{run: a}]\n")
_EXAMPLE = re.compile(r"^(?:Bad|Good)(?:, [^\n]+)?::\n\n((?:    .*\n|\n)+)", re.MULTILINE)     # as tests/rules has them
LANGUAGES = ("recipe", "shell", "Containerfile")
OF_ANY = (mutations.of_bytes, mutations.of_lines, mutations.of_size, mutations.of_encoding)
BY_GRAMMAR = {"recipe": mutations.of_recipe, "shell": mutations.of_shell, "Containerfile": mutations.of_containerfile}


class Input(NamedTuple):
    """What is judged, with the content of the file beside it."""

    kind: Kind
    data: bytes
    beside: bytes = b""


def seeds() -> dict[str, list[bytes]]:
    """What the changes start from, by language."""
    examples = [textwrap.dedent(one) for module in registry.pages().values() for one in _EXAMPLE.findall(module.__doc__ or "")]
    containers = [one.encode() for one in examples if one.lstrip().startswith(("FROM", "ARG"))]
    recipes = [*(ROOT / "recipes").glob("*/recipe.yaml"), *(ROOT / "tests").rglob("recipe.yaml")]
    containerfiles = (ROOT / "tests/fixtures/containerfiles").glob("*.Containerfile")
    return {"recipe": [HEAD, *(path.read_bytes() for path in sorted(recipes)),
                       HEAD + b'vars: {a: "1"}\nmatrix: {b: [x, "2"]}\nstages: {c: {steps: [{run: "echo {{ a }}{{ b }}"}]}}\n',
                       *(_completed(one.encode()) for one in examples if one.encode() not in containers)],
            "shell": [path.read_bytes() for path in sorted((ROOT / "tests/corpus").rglob("*.sh"))],
            "Containerfile": [*(path.read_bytes() for path in sorted(containerfiles)), *containers]}


def _completed(text: bytes) -> bytes:
    """An example with the keys that every recipe has."""
    missing = (line for line in HEAD.splitlines(keepends=True) if b"\n" + line.partition(b":")[0] + b":" not in b"\n" + text)
    return b"".join(missing) + text


def wrapped(text: bytes, dice: random.Random) -> Input:
    """Shell text where the linter meets it: in a step, a RUN, a file that is copied, or a file beside the recipe."""
    step = b"".join(b"      " + line + b"\n" for line in text.splitlines())
    return dice.choice((
        Input(Kind.RECIPE, HEAD + b"steps:\n  - run: |\n" + step),
        Input(Kind.CONTAINERFILE, b"FROM a\nRUN <<EOF_\n" + text + b"\nEOF_\n"),
        Input(Kind.CONTAINERFILE, b"FROM a\nRUN " + text.replace(b"\n", b" \\\n") + b"\n"),
        Input(Kind.CONTAINERFILE, b"FROM a\nCOPY <<'EOF_' /etc/profile.d/x.sh\n" + text + b"\nEOF_\n"),
        Input(Kind.RECIPE, HEAD + b"files: [{from: x, to: /etc/profile.d/x.sh}]\n", text)))


def made(language: str, start: dict[str, list[bytes]], dice: random.Random) -> tuple[str, Input]:
    """An input, and the name of the change that made it."""
    others = start[dice.choice(LANGUAGES)]
    change = dice.choice((*OF_ANY, BY_GRAMMAR[language], BY_GRAMMAR[language]))
    text = dice.choice(start[language]) if dice.random() < 0.9 else grammar.script(dice).encode("utf-8", "replace")
    data = change(text, others, dice)[: mutations.MOST]
    if language == "shell":
        return change.__name__, wrapped(data, dice)
    return change.__name__, Input(Kind.RECIPE if language == "recipe" else Kind.CONTAINERFILE, data)


def tried(given: Input, profile: sites.Site, folder: Path, form: Form) -> float:
    """Lint one input, mend it, and write a report; CPU seconds. What is not an Error of ours is raised."""
    path = folder / ("recipe.yaml" if given.kind is Kind.RECIPE else "Containerfile")
    (folder / "x").write_bytes(given.beside)
    begin = time.process_time()
    try:
        found = judge(given.data, path, given.kind, profile).findings
    except Error:
        return time.process_time() - begin
    sources = Sources({str(path): given.data.decode("utf-8-sig", "replace")})
    render(form, Outcome(findings=found, marks=["0"] * len(found), sources=sources, files=[str(path)]))
    spent = time.process_time() - begin
    if len(given.data) < 20_000:        # each round of mending judges again
        mend(given.data, str(path), lambda data: judge(data, path, given.kind, profile))
    return spent


def broken(given: Input, profile: sites.Site, folder: Path, form: Form) -> str:
    """Which promise an input breaks; nothing for none. What is slow is tried twice, as the machine has other work."""
    before = now()
    try:
        if tried(given, profile, folder, form) > LIMIT_SECONDS and (spent := tried(given, profile, folder, form)) > LIMIT_SECONDS:
            return f"slow: {spent:.2f} s"
    except Exception as error:  # noqa: BLE001  that is what we are here for
        return f"raised: {type(error).__name__}: {str(error)[:200]}"
    return "large" if peak() - before > LIMIT_MEMORY else ""


def now() -> int:
    """The memory that this process has (bytes); from here on the most is counted anew, see proc(5), clear_refs."""
    Path("/proc/self/clear_refs").write_text("5")
    return peak()


def peak() -> int:
    """The most memory that this process has had since then (bytes)."""
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) * 1024


def run(seconds: float, seed: int, most: int | None = None, keep: Path | None = None,
        told: Callable[[str], None] = print) -> Counter[str]:
    """Try inputs until the time is over; counts of what was tried. What breaks a promise is made small, kept and told."""
    dice, profile, start, counts = random.Random(seed), sites.load(), seeds(), Counter[str]()
    deadline = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as name:
        while time.monotonic() < deadline and (most is None or counts["inputs"] < most):
            language, form = dice.choice(LANGUAGES), dice.choice(list(Form))
            change, given = made(language, start, dice)
            if keep is not None:        # for what ends the whole process
                (keep / f"last-{seed}").write_bytes(given.data)
                (keep / f"last-{seed}.beside").write_bytes(given.beside)
            faulthandler.dump_traceback_later(PATIENCE, exit=True)
            memory, begin = now(), time.process_time()
            reason = broken(given, profile, Path(name), form)
            counts[WORST[0]] = max(counts[WORST[0]], round((time.process_time() - begin) * 1000))
            counts[WORST[1]] = max(counts[WORST[1]], (peak() - memory) >> 20)
            if reason:
                faulthandler.cancel_dump_traceback_later()
                number = counts["inputs"]
                kept = small.smaller(given, lambda one, why=reason, form=form: _same(why, broken(one, profile, Path(name), form)))
                counts["broken"] += 1
                told(f"{reason} ({language}, {change}, seed {seed}, input {number}): "
                     f"{small.saved(kept, keep or Path(), f'{seed}-{number}')}")
            counts.update(("inputs", language, change))
    faulthandler.cancel_dump_traceback_later()
    return counts


def _same(one: str, other: str) -> bool:
    return one.split(":")[:2 if one.startswith("raised") else 1] == other.split(":")[:2 if one.startswith("raised") else 1]


def batch(seconds: float, seed: int, keep: Path) -> Counter[str]:
    """One process's share; what ends the process itself (a crash in C, an input that hangs) is told, and its input kept."""
    argv = [sys.executable, __file__, "--seconds", str(seconds), "--seed", str(seed), "--counts"]
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=False)
    *told, counts = done.stdout.splitlines() or [""]
    print("".join(f"{line}\n" for line in told), end="", flush=True)
    if done.returncode == 0:
        return Counter(json.loads(counts))
    print(f"ended with {done.returncode} (seed {seed}): {keep / f'last-{seed}'}", flush=True)
    return Counter(broken=1)


def main() -> int:
    """Read the arguments, run, and tell how many inputs were tried."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--counts", action="store_true", help="run here, and print the counts as JSON")
    given = parser.parse_args()
    keep = ROOT / "out/fuzz"
    keep.mkdir(parents=True, exist_ok=True)
    if given.counts:
        print(json.dumps(run(given.seconds, given.seed, keep=keep)))
        for name in (f"last-{given.seed}", f"last-{given.seed}.beside"):
            (keep / name).unlink(missing_ok=True)
        return 0
    batches = max(1, round(given.seconds / BATCH_SECONDS))
    found = [batch(given.seconds / batches, seed, keep) for seed in range(given.seed, given.seed + batches)]
    whole = Counter[str]()
    for one in found:
        whole += Counter({name: count for name, count in one.items() if name not in WORST})
    worst = {name: max(one[name] for one in found) for name in WORST}
    print(", ".join(f"{name}: {count:,}" for name, count in [*whole.most_common(), *worst.items()]))
    return 1 if whole["broken"] else 0


if __name__ == "__main__":
    sys.exit(main())
