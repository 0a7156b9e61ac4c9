"""certify build --explain: what changed since the last build, and from where it would be built again."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from certify.cli import output

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from builder.explain import Explanation
    from builder.outside import Outside
    from builder.recipe import Recipe


def show(paths: Sequence[Path], out: Path, outside: Outside, *, as_json: bool) -> None:
    """Print the explanation of each recipe; raises RecipeError or Fault for one that cannot be read."""
    from builder import explain, pipeline, workspace
    from builder.recipe import load_all

    cache, results = workspace.default_cache(os.environ), []
    for path in paths:
        for recipe in load_all(path)[1]:
            found = explain.why(recipe, cache, outside)
            current = not found.changes and pipeline.up_to_date(recipe, out, cache, outside) is not None
            results.append(_plain(recipe, found, current=current))
            if not as_json:
                _print(results[-1])
    if as_json:
        output.as_json(results)


def _plain(recipe: Recipe, found: Explanation, *, current: bool) -> dict[str, Any]:
    status = "up to date" if current else "would be built again"
    lost = "no earlier build is known here" if found.last is None else "its image is not in the out folder"
    reason = "" if current or found.changes else lost
    return {"name": recipe.name, "tag": recipe.tag, "status": status, "reason": reason, "from": found.start,
            "last": found.last and {"tag": found.last.tag, "key": found.last.key, "started": found.last.started},
            "changes": [{"place": one.place, "before": one.before, "now": one.now} for one in found.changes]}


def _print(result: dict[str, Any]) -> None:
    print(f"{result['name']}:{result['tag']}  {result['status']}" + (f": {result['reason']}" if result["reason"] else ""))
    for one in result["changes"]:
        print(f"  {one['place']:<16} {one['before']}\n  {'':<13} -> {one['now']}")
    if result["changes"] and result["from"]:
        print(f"  made again from: {result['from']}")
