"""From a recipe to a folder with its image and its record: fetch first, then build offline."""

from __future__ import annotations

import json
import os
import sys
from collections import deque
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from builder import buildah, cgroup, digest, disk, explain, handover, key, origins, process, render, tools, used, workspace
from builder.assembly import Assembly
from builder.errors import Error, Fault, StepFailed
from builder.layers import Layers
from builder.outside import Outside
from builder.plan import Chain, Plan
from builder.progress import Progress, Stage, share
from builder.pruning import Limits, prune
from builder.pulse import pulse
from builder.record import FILE_NAME, Record
from builder.supply import Supply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from builder.lock import Lock
    from builder.recipe import Document, Recipe
    from builder.supply import Materials

IMAGE: Final = "image.squashfs"
LOG: Final = "build.log"
CONTAINERFILE: Final = "Containerfile"
_TAIL: Final = 15       # lines of a failed step's output that are shown at once


def folder_of(recipe: Recipe, out: Path) -> Path:
    """Where the build of a recipe is handed over: ``<out>/<name>/<tag>``."""
    return out / recipe.name / recipe.tag


def up_to_date(recipe: Recipe, out: Path, cache: Path, outside: Outside | None = None) -> Record | None:
    """The record of an earlier build of this key, if its image still lies in ``out``.

    The record is our own, from the cache: what lies beside an image may come with an untrusted repository.
    """
    image = folder_of(recipe, out) / IMAGE
    try:
        records, name = workspace.prepare(cache) / "records", f"{key.of(recipe, outside)}.json"
        record = Record.read(records, name)
        used.touch(records / name)
        same = not image.is_symlink() and image.is_file() and digest.of_file(image) == record.digest
    except (Error, OSError):
        return None
    return record if same else None


def build(document: Document, recipe: Recipe, *, out: Path, cache: Path, progress: Progress, outside: Outside | None = None,
          terminal: int | None = None, repeat: Lock | None = None) -> Record:
    """Build a recipe into ``<out>/<name>/<tag>`` and return its record.

    What layers of an earlier build can be used is used. ``terminal`` is an open terminal, for a shell where a step fails.
    With ``repeat``, what an earlier build was made of, everything is made anew from that, on one processor: another
    result tells of something that the recipe leaves to chance.
    Raises StepFailed if one of the recipe's steps fails, Fault if what it names cannot be had, Error if a tool or
    the machine fails. Whatever happens, nothing is left running or mounted.
    """
    if os.geteuid() != 0:
        raise Error("a build needs root", hint="run it as root in CI; certify lint needs none")
    process.require(*tools.TOOLS, "unshare", "setpriv", "prlimit")
    cache = workspace.prepare(cache)
    folder = handover.prepare(folder_of(recipe, out), out, public=recipe.access.public)
    name = f"{recipe.name}:{recipe.tag}"
    layers = Layers(cache / "layers")
    prune(cache, Limits.of(os.environ))
    outside = outside or Outside()
    with outside.discreet(), \
            workspace.alone(cache, name, lambda: progress.line(f"another build of {name} is at work: waiting for it")), \
            workspace.workspace(cache) as work, layers.shared(), disk.blamed(work, folder), \
            handover.new_file(folder, LOG) as log:
        run = _Run(document, recipe, folder, work, log, progress, outside, terminal)
        return run.build(cache, layers) if repeat is None else run.repeat(cache, repeat)


class _Run:
    """One build on its way."""

    def __init__(self, document: Document, recipe: Recipe, folder: Path, work: Path, log: Any, progress: Progress,  # noqa: ANN401
                 outside: Outside, terminal: int | None) -> None:
        self.document, self.recipe, self.folder, self.work = document, recipe, folder, work
        self.log, self.progress, self.outside, self.terminal = log, progress, outside, terminal
        self.tail: deque[str] = deque(maxlen=_TAIL)
        self.tree = ""
        self.failed: dict[str, Any] | None = None
        self.documents: Mapping[str, Document] = {}
        self.runs = 0

    def build(self, cache: Path, layers: Layers) -> Record:
        record = self._make(cache, layers, None)
        record.write(cache / "records", f"{record.key}.json")
        for name in explain.names(self.recipe):
            record.write(cache / "records", name)
        return record

    def repeat(self, cache: Path, resolved: Lock) -> Record:
        """Make everything anew, in a layer store of its own; nothing of it is remembered."""
        own = self.work / "layers"
        own.mkdir()
        return self._make(cache, Layers(own), resolved)

    def _make(self, cache: Path, layers: Layers, resolved: Lock | None) -> Record:
        started, first, inputs = datetime.now(UTC), len(self.progress.stages), key.inputs(self.recipe, self.outside)
        supply = Supply(layers=layers, cache=cache, outside=self.outside, progress=self.progress,
                        heard=lambda line: self._heard(self.outside.concealed(line)))
        group = f"{cgroup.PARENT}/{self.work.name}"
        supply.materials.notes += filter(None, [cgroup.limit(group)])

        def make(chains: tuple[Chain, ...], target: str = "") -> None:
            self.runs += 1
            folder = self.work / f"run-{self.runs}"
            folder.mkdir()
            self._inside(Plan(folder=str(folder), store=str(layers.folder), chains=chains, target=target,
                              cgroup=f"{group}/{cgroup.STEPS}", terminal=self.terminal, processors=0 if resolved is None else 1))

        made = Assembly(supply, self.work, make, resolved)
        self.documents = made.documents
        chains = made.chains(self.recipe)
        make(chains, str(self.work / IMAGE))
        record = self._record(inputs, started, self.progress.stages[first:], supply.materials, chains[-1].env)
        if key.inputs(self.recipe, self.outside) != inputs:
            raise Fault(f"{self.document.path}: the recipe's files changed while it was built", hint="build it again")
        inherited = {name: draft.foundation.environment for name, draft in made.drafts.items()}
        with handover.new_file(self.folder, CONTAINERFILE) as file:
            file.write(render.containerfile(self.recipe, inherited))
        with handover.new_file(self.folder, origins.FILE_NAME) as file:
            origins.write(chains[-1], layers, file)
        handover.move(self.work / IMAGE, self.folder, IMAGE)
        record.write(self.folder, FILE_NAME)
        return record

    def _inside(self, plan: Plan) -> None:
        path = Path(plan.folder) / "plan.json"
        plan.write(path)
        argv = (sys.executable, "-sP", "-m", "builder.inside", str(path))
        env = {**process.CLEAN, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(Path(__file__).parents[1])}
        handed = () if plan.terminal is None else (plan.terminal,)
        code = process.stream(process.enclosed(argv), self._event, env=env, check=False, limit=-1, pass_fds=handed)
        if self.failed is not None:
            self._fail(self.failed)
        if code or (plan.target and not self.tree):
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
            self.log.flush()
            self.progress.started(event["stage"])
        elif kind == "done":
            self.progress.done(Stage(event["stage"], event["seconds"]))
        elif kind == "packed":
            self.tree = event["tree"]
        elif kind == "moved":
            self.progress.moved(event["text"])
        elif kind == "shell":
            self.progress.paused()
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
        document = self.documents.get(event["chain"][:event["chain"].rfind("/") + 1], self.document)
        line = document.span(tuple(event["route"])).line
        raise StepFailed(event["stage"].rpartition("step: ")[2], event["code"], where=f"{document.path}:{line}",
                         tail="\n".join(self.tail), log=str(self.folder / LOG))

    def _record(self, inputs: dict[str, object], started: datetime, stages: list[Stage], materials: Materials,
                environment: Mapping[str, str]) -> Record:
        image, recipe = self.work / IMAGE, self.recipe
        with pulse(lambda count: self.progress.moved(share(count, image.stat().st_size))):
            sha256 = digest.of_file(image)
        return Record(
            name=recipe.name, tag=recipe.tag, platform=key.platform(), key=digest.of_data(inputs), inputs=inputs,
            recipe=self.document.sha256, digest=sha256, size=image.stat().st_size,
            tree=self.tree, isolation=buildah.ISOLATION, tools=tools.versions(), environment=dict(environment),
            **materials.plain(),
            sources=[{"url": one.url, "sha256": one.sha256} for stage in recipe.all_stages for one in stage.sources],
            files=[{"from": one.source, "to": one.to, "sha256": digest.of_folder(recipe.folder / one.source)}
                   for stage in recipe.all_stages for one in stage.files],
            started=started.isoformat(timespec="seconds"), seconds={stage.name: round(stage.seconds, 2) for stage in stages},
        )
