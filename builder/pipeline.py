"""From a recipe to a folder with its image and its record: fetch first, then build offline."""

from __future__ import annotations

import json
import os
import sys
from collections import deque
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from builder import actions, base, buildah, digest, fetch, handover, key, process, wheels, workspace
from builder.errors import Error, Fault, StepFailed
from builder.plan import Plan
from builder.progress import Progress, Stage, human_size
from builder.record import FILE_NAME, Record

if TYPE_CHECKING:
    from builder.apt import Apt, Package
    from builder.recipe import Document, Recipe

IMAGE: Final = "image.squashfs"
LOG: Final = "build.log"
_TAIL: Final = 15       # lines of a failed step's output that are shown at once


def folder_of(recipe: Recipe, out: Path) -> Path:
    """Where the build of a recipe is handed over: ``<out>/<name>/<tag>``."""
    return out / recipe.name / recipe.tag


def up_to_date(recipe: Recipe, out: Path, cache: Path) -> Record | None:
    """The record of an earlier build of this key, if its image still lies in ``out``.

    The record is our own, from the cache: what lies beside an image may come with an untrusted repository.
    """
    image = folder_of(recipe, out) / IMAGE
    try:
        record = Record.read(workspace.prepare(cache) / "records", f"{key.of(recipe)}.json")
        same = not image.is_symlink() and image.is_file() and digest.of_file(image) == record.digest
    except (Error, OSError):
        return None
    return record if same else None


def build(document: Document, recipe: Recipe, *, out: Path, cache: Path, progress: Progress) -> Record:
    """Build a recipe into ``<out>/<name>/<tag>`` and return its record.

    Raises StepFailed if one of the recipe's steps fails, Fault if what it names cannot be had, Error if a tool or
    the machine fails. Whatever happens, nothing is left running or mounted.
    """
    if os.geteuid() != 0:
        raise Error("a build needs root", hint="run it as root in CI; certify lint needs none")
    process.require(*key.TOOLS, "unshare", "setpriv", "prlimit")
    cache = workspace.prepare(cache)
    folder = handover.prepare(folder_of(recipe, out), out, public=recipe.access.public)
    with workspace.workspace(cache) as work, handover.new_file(folder, LOG) as log:
        run = _Run(document, recipe, folder, work, log, progress)
        return run.build(cache)


class _Run:
    """One build on its way."""

    def __init__(self, document: Document, recipe: Recipe, folder: Path, work: Path, log: Any, progress: Progress) -> None:  # noqa: ANN401
        self.document, self.recipe, self.folder, self.work = document, recipe, folder, work
        self.log, self.progress = log, progress
        self.tail: deque[str] = deque(maxlen=_TAIL)
        self.tree = ""
        self.failed: dict[str, Any] | None = None

    def build(self, cache: Path) -> Record:
        started, first, inputs = datetime.now(UTC), len(self.progress.stages), key.of(self.recipe)
        apt, packages = self._resolve()
        tar = self._base(apt, packages, cache)
        wheel_folder = self._wheels(packages, cache)
        sources = self._sources(cache)
        plan = Plan(folder=str(self.work), cgroup=f"{workspace.CGROUP_PARENT}/{self.work.name}", env=self.recipe.environment,
                    image_json=key.config(self.recipe).to_json(), target=str(self.work / IMAGE),
                    actions=actions.of(self.recipe, self.work, tar, wheel_folder, sources))
        self._inside(plan)
        stages = self.progress.stages[first:]
        record = self._record(inputs, started, stages, packages, wheel_folder)
        if key.of(self.recipe) != inputs:
            raise Fault(f"{self.document.path}: the recipe's files changed while it was built", hint="build it again")
        handover.move(self.work / IMAGE, self.folder, IMAGE)
        record.write(self.folder, FILE_NAME)
        record.write(cache / "records", f"{inputs}.json")
        return record

    def _resolve(self) -> tuple[Apt, list[Package]]:
        with self.progress.stage("resolve") as notes:
            apt, packages = base.resolve(self.recipe, self.work / "apt")
            notes.append(f"{len(packages)} packages")
        return apt, packages

    def _base(self, apt: Apt, packages: list[Package], cache: Path) -> Path:
        with self.progress.stage("base") as notes:
            tar, cached = base.provide(apt, packages, cache, self.work, self._heard)
            notes.append(f"{self.recipe.base.suite}{', from the cache' if cached else ''}")
        return tar

    def _wheels(self, packages: list[Package], cache: Path) -> Path | None:
        if not self.recipe.wheels:
            return None
        with self.progress.stage("fetch wheels") as notes:
            folder = wheels.fetch(self.recipe, wheels.target(packages), cache, self.work)
            notes.append(human_size(sum(path.stat().st_size for path in folder.iterdir())))
        return folder

    def _sources(self, cache: Path) -> list[Path]:
        if not self.recipe.sources:
            return []
        with self.progress.stage("fetch sources"):
            return [fetch.source(one, cache / "sources", self.work, self._heard) for one in self.recipe.sources]

    def _inside(self, plan: Plan) -> None:
        path = self.work / "plan.json"
        plan.write(path)
        argv = (sys.executable, "-sP", "-m", "builder.inside", str(path))
        env = {**process.CLEAN, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(Path(__file__).parents[1])}
        code = process.stream(process.enclosed(argv), self._event, env=env, check=False, limit=-1)
        if self.failed is not None:
            self._fail(self.failed)
        if code or not self.tree:
            raise Error("the build ended without a word: " + " | ".join(self.tail), hint=f"see {self.folder / LOG}")

    def _event(self, line: str) -> None:
        try:
            event: Any = json.loads(line)
            kind = event["event"]
        except (ValueError, TypeError, KeyError, RecursionError):
            self._heard(line)
            return
        if kind == "line":
            self._heard(event["text"])
        elif kind == "started":
            self.tail.clear()
            self.log.write(f"==> {event['stage']}\n")
            self.progress.started(event["stage"])
        elif kind == "done":
            self.progress.done(Stage(event["stage"], event["seconds"]))
        elif kind == "packed":
            self.tree = event["tree"]
        else:
            self.failed = event

    def _heard(self, line: str) -> None:
        self.tail.append(line)
        self.log.write(line + "\n")
        self.log.flush()
        self.progress.line(line)

    def _fail(self, event: dict[str, Any]) -> None:
        if event["event"] == "error":
            error = Error(event["message"], hint=event["hint"])
            error.exit_code = event["code"]
            raise error
        span = self.document.span(tuple(event["route"]))
        raise StepFailed(event["stage"].removeprefix("step: "), event["code"], where=f"{self.document.path}:{span.line}",
                         tail="\n".join(self.tail), log=str(self.folder / LOG))

    def _record(self, inputs: str, started: datetime, stages: list[Stage], packages: list[Package],
                wheel_folder: Path | None) -> Record:
        image, recipe = self.work / IMAGE, self.recipe
        return Record(
            name=recipe.name, tag=recipe.tag, platform=key.platform(), key=inputs,
            recipe=self.document.sha256, digest=digest.of_file(image), size=image.stat().st_size,
            tree=self.tree, isolation=buildah.ISOLATION, tools=key.tools(),
            packages=[asdict(package) for package in packages],
            wheels=wheels.files(wheel_folder) if wheel_folder else [],
            sources=[{"url": one.url, "sha256": one.sha256} for one in recipe.sources],
            files=[{"from": one.source, "to": one.to, "sha256": digest.of_folder(recipe.folder / one.source)}
                   for one in recipe.files],
            started=started.isoformat(timespec="seconds"), seconds={stage.name: round(stage.seconds, 2) for stage in stages},
        )
