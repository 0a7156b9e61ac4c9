"""Feed the linter broken recipes, Containerfiles and shell text: no traceback, no second, no 200 MB for a file.

``make fuzz`` runs it for a minute; ``python tests/fuzz/lint.py --seconds N --seed S`` for longer. It starts from the
repository's own recipes, fixtures and snippets, and cuts, doubles, swaps and splices them, byte by byte and token by token.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import resource
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from builder.errors import Error
from certify import site as sites
from certify.lint.judge import judge
from certify.lint.target import Kind

ROOT = Path(__file__).parents[2]
LIMIT_SECONDS = 1.0
BATCH_SECONDS = 10      # of one process
LIMIT_MEMORY = 200 << 20
HEAD = (b'schema: 1\nname: a\nversion: "1"\nsummary: a\nlicense: MIT\naccess: public\nbase: {debian: bookworm}\n'
        b"steps:\n  - run: |\n")
TOKENS = [b"\x00", b"\xff", b"\r\n", b"\xef\xbb\xbf", b"{{", b"}}", b"${", b"$(", b"`", b"<<EOF\n", b"\\\n", b"'", b'"',
          b"[", b"]", b"{", b"}", b"&a ", b"*a", b"!!python/object ", b"---\n", b"|\n", b">\n", b": ", b"- ", b"#",
          b"LD_LIBRARY_PATH=", b"export ",
          b"FROM ", b"RUN ", b"ENV ", b"ONBUILD ", b"COPY --from=", b"\xe2\x80\xae", b"\t", b" " * 300, b"(" * 300, b"a" * 5000]


def seeds() -> list[tuple[Kind, bytes]]:
    """What the mutations start from."""
    recipes = [path.read_bytes() for path in sorted((ROOT / "recipes").glob("*/recipe.yaml"))]
    containerfiles = [path.read_bytes() for path in sorted((ROOT / "tests/fixtures/containerfiles").glob("*.Containerfile"))]
    snippets = [path.read_bytes() for path in sorted((ROOT / "tests/corpus").rglob("*.sh"))]
    steps = [HEAD + b"".join(b"      " + line + b"\n" for line in text.splitlines()) for text in snippets]
    runs = [b"FROM a\nRUN <<EOF\n" + text + b"\nEOF\n" for text in snippets]
    return [*((Kind.RECIPE, text) for text in recipes + steps), *((Kind.CONTAINERFILE, text) for text in containerfiles + runs)]


def mutated(text: bytes, others: list[tuple[Kind, bytes]], dice: random.Random) -> bytes:
    """One to six changes of a text."""
    data = bytearray(text)
    for _ in range(dice.randint(1, 6)):
        at = dice.randint(0, len(data))
        end = min(len(data), at + dice.choice((1, 1, 2, 8, 64, 512)))
        part = data[at:end]
        data[at:end] = dice.choice((
            b"", part + part, dice.choice(TOKENS) + part, bytes(dice.randrange(256) for _ in range(3)),
            dice.choice(others)[1][: dice.randint(1, 400)], dice.choice(TOKENS) * dice.choice((2, 50, 1000))))
    return bytes(data[: 1 << 20])


def tried(kind: Kind, data: bytes, profile: sites.Site) -> float:
    """Lint one input; CPU seconds. What is not an Error of ours is raised."""
    begin = time.process_time()
    with contextlib.suppress(Error):
        judge(data, Path("fuzzed"), kind, profile)
    return time.process_time() - begin


def run(seconds: float, seed: int, most: int | None = None) -> Counter[str]:
    """Try inputs until the time is over; counts of what was tried. The first input that breaks a promise ends it."""
    dice, profile, start = random.Random(seed), sites.load(), seeds()
    counts: Counter[str] = Counter()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    deadline, slowest = time.monotonic() + seconds, 0.0
    while time.monotonic() < deadline and (most is None or sum(counts.values()) < most):
        kind, text = dice.choice(start)
        data = mutated(text, start, dice)
        try:
            spent = tried(kind, data, profile)
        except BaseException:
            Path("fuzz-failure").write_bytes(data)
            print(f"failed on fuzz-failure ({kind}, seed {seed}, input {sum(counts.values())})", file=sys.stderr)
            raise
        slowest = max(slowest, spent)
        if spent > LIMIT_SECONDS:
            Path("fuzz-failure").write_bytes(data)
            raise AssertionError(f"{spent:.2f} s for fuzz-failure ({len(data)} bytes, {kind}, seed {seed})")
        counts[kind.name.lower()] += 1
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    if grown > LIMIT_MEMORY:
        raise AssertionError(f"{grown >> 20} MB more after {sum(counts.values())} inputs")
    counts["slowest ms"] = round(slowest * 1000)
    counts["memory MB"] = grown >> 20
    return counts


def main() -> None:
    """Read the arguments, run, and tell how many inputs were tried."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    # A file is linted by a process that ends soon: what the parser's library keeps over thousands of files is not counted.
    batches = max(1, round(given.seconds / BATCH_SECONDS))
    with ProcessPoolExecutor(max_workers=1, max_tasks_per_child=1) as pool:
        found = list(pool.map(run, [given.seconds / batches] * batches, range(given.seed, given.seed + batches)))
    whole = Counter({name: (max if name in ("slowest ms", "memory MB") else sum)(one[name] for one in found)
                     for name in ("recipe", "containerfile", "slowest ms", "memory MB")})
    print(", ".join(f"{name}: {count}" for name, count in whole.items()))


if __name__ == "__main__":
    main()
