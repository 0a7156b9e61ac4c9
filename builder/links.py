"""What a stage asks to be done, as layers: wheels, sources, files, what it takes from other stages, steps.

A link says what decides its layer (its inputs, which make its key) without doing any of it; only where the layer is
not in the store its actions are made ready, which may fetch, copy and convert.
"""

from __future__ import annotations

import shutil
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from builder import digest, sources, wheels
from builder.normalise import MOUNTED
from builder.plan import Action
from builder.recipe.model import ImageBase, RecipeBase, TreeBase
from builder.script import shell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from builder.recipe.model import Copy, File, Source, Stage, Step

_MOST_STEPS: Final = 60     # layers of steps in a stage; more steps share them, as an overlay takes only so many


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A layer to be. ``inputs`` is plain data; ``ready`` gives the actions and does what they need beforehand."""

    label: str
    inputs: object
    ready: Callable[[], tuple[Action, ...]]
    bytecode: str = "changed"


def of_bytecode(stage: Stage) -> Iterator[Link]:
    """The bytecode of what an image stands on: made anew, but where a base brought it, the same in each build on it."""
    if not stage.name and not isinstance(stage.base, RecipeBase):
        yield Link(label="bytecode", inputs=["bytecode"], ready=tuple, bytecode="adopt" if adopts(stage) else "all")


def adopts(stage: Stage) -> bool:
    """Whether an image keeps the bytecode that its base brings."""
    return not stage.name and isinstance(stage.base, ImageBase | TreeBase)


def of_wheels(stage: Stage, pinned: object, folder: Path) -> Iterator[Link]:
    """The venv of a stage. ``pinned`` are the wheels that go into it, as plain data; ``folder`` holds them."""
    if stage.wheels:
        commands = wheels.install(stage.wheels.venv, MOUNTED)
        actions = tuple(Action(kind="run", route=(*stage.route, "packages", "pip"), command=command, bind=str(folder))
                        for command in commands)
        yield Link(label="install wheels", inputs=["wheels", pinned, commands], ready=lambda: actions)


def of_sources(stage: Stage, work: Path, fetch: Callable[[Source], Path]) -> Iterator[Link]:
    """The sources of a stage, all in one layer; ``fetch`` brings the file of each."""
    if stage.sources:
        yield Link(label="sources", inputs=["sources", [[one.sha256, one.unpack, one.to] for one in stage.sources]],
                   ready=lambda: tuple(_source(stage, index, fetch(source), work) for index, source in enumerate(stage.sources)))


def of_files(stage: Stage, folder: Path, work: Path) -> Iterator[Link]:
    """The files of a stage, all in one layer. They are copied into the workspace: what is hashed there is what is used."""
    if not stage.files:
        return
    copies = work / f"files{'-' if stage.name else ''}{stage.name}"
    copies.mkdir(parents=True)
    for index, file in enumerate(stage.files):
        _snapshot(folder / file.source, copies / str(index), file)
    actions = tuple(Action(kind="copy", route=(*stage.route, "files", index), source=str(copies / str(index)), to=file.to)
                    for index, file in enumerate(stage.files))
    inputs = [[file.to, file.mode, digest.of_folder(copies / str(index))] for index, file in enumerate(stage.files)]
    yield Link(label="files", inputs=["files", inputs], ready=lambda: actions)


def of_copies(stage: Stage, chain: Callable[[Copy], tuple[str, str]]) -> Iterator[Link]:
    """What a stage takes from earlier ones, in one layer; ``chain`` gives name and key of the chain that a copy is from."""
    if stage.copies:
        found = [(*chain(one), one) for one in stage.copies]
        actions = tuple(Action(kind="take", route=(*stage.route, "copy", index), chain=name, source=one.path, to=one.to)
                        for index, (name, _, one) in enumerate(found))
        yield Link(label="copy", inputs=["copy", [[key, one.path, one.to] for _, key, one in found]], ready=lambda: actions)


def of_steps(stage: Stage) -> Iterator[Link]:
    """The steps of a stage, a layer each."""
    size = -(-len(stage.steps) // _MOST_STEPS) or 1
    for first in range(0, len(stage.steps), size):
        yield _steps(stage, first, stage.steps[first:first + size])


def unpack(stage: Stage, index: int, folder: Path) -> Action:
    """The action for a source in a folder: a tar, and a file that says how many leading folders of it are dropped."""
    text = (f'mkdir -p -- "$1" && tar --extract --no-same-owner --no-same-permissions '
            f'--strip-components="$(cat {MOUNTED}/leading)" --file {MOUNTED}/source.tar --directory "$1"')
    return Action(kind="run", route=(*stage.route, "sources", index), bind=str(folder),
                  command=(*shell(text), "unpack", str(stage.sources[index].unpack)))


def _steps(stage: Stage, first: int, steps: Sequence[Step]) -> Link:
    label = f"step: {steps[0].name}" + (f" ... {steps[-1].name}" if len(steps) > 1 else "")
    actions = tuple(Action(kind="run", route=(*stage.route, "steps", index), command=shell(step.run), env=dict(step.env))
                    for index, step in enumerate(steps, first))
    return Link(label=label, inputs=["steps", [[step.run, dict(step.env)] for step in steps]], ready=lambda: actions)


def _source(stage: Stage, index: int, archive: Path, work: Path) -> Action:
    source, route = stage.sources[index], (*stage.route, "sources", index)
    if source.to:
        return Action(kind="copy", route=route, source=str(archive), to=source.to, mode="0644")
    folder = work / f"source-{stage.name}-{index}"
    folder.mkdir()
    leading = sources.convert(archive, folder / "source.tar", source.url)
    (folder / "leading").write_text(f"{leading}\n")
    return unpack(stage, index, folder)


def _snapshot(source: Path, target: Path, file: File) -> None:
    """Copy a recipe's file or folder, with modes that do not depend on a checkout's umask."""
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True)
        for path in [target, *target.rglob("*")]:
            if not path.is_symlink():
                path.chmod(_mode(path, file))
    else:
        shutil.copyfile(source, target)
        target.chmod(_mode(source, file))


def _mode(path: Path, file: File) -> int:
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        return 0o755
    if file.mode:
        return int(file.mode, 8)
    return 0o755 if status.st_mode & 0o100 else 0o644
