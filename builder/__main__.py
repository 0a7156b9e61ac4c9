"""``python -m builder build RECIPE``: the builder by itself, without policy, key or store."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from builder import pipeline, workspace
from builder.errors import Error, StepFailed
from builder.progress import Progress, Stage, human_size
from builder.recipe import load


class _Plain(Progress):
    def done(self, stage: Stage) -> None:
        super().done(stage)
        print(f"{stage.name:<24} {stage.seconds:7.1f} s  {stage.note}".rstrip(), file=sys.stderr)


def main() -> int:
    """Read the arguments, build, and print the folder with the result."""
    parser = argparse.ArgumentParser(prog="python -m builder", description="Build a recipe into a squashfs image.")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("build", help="build a recipe")
    command.add_argument("recipe", type=Path, help="a recipe's folder or file")
    command.add_argument("--out", type=Path, default=Path("out"))
    command.add_argument("--cache", type=Path, default=workspace.default_cache(os.environ))
    given = parser.parse_args()
    try:
        document, recipe = load(given.recipe)
        record = pipeline.build(document, recipe, out=given.out, cache=given.cache, progress=_Plain())
    except Error as error:
        tail = f"\n{error.tail}" if isinstance(error, StepFailed) else ""
        hint = f"\n  help: {error.hint}" if error.hint else ""
        print(f"error: {error.message}{tail}{hint}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    print(f"{pipeline.folder_of(recipe, given.out)}  sha256:{record.digest}  {human_size(record.size)}")
    return 0


sys.exit(main())
