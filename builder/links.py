"""What a recipe asks to be done to the tree, in order: base, wheels, sources, files, steps."""

from __future__ import annotations

import shutil
import stat
from typing import TYPE_CHECKING

from builder import sources, wheels
from builder.normalise import MOUNTED
from builder.plan import Action

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from builder.recipe.model import File, Recipe


def of(recipe: Recipe, work: Path, tar: Path, wheel_folder: Path | None, fetched: Sequence[Path]) -> tuple[Action, ...]:
    """The actions of a recipe. Its files are first copied into the workspace: what is hashed is what is used."""
    return (
        Action(kind="unpack", stage="unpack base", source=str(tar)),
        *_wheels(recipe, wheel_folder),
        *_sources(recipe, work, fetched),
        *_files(recipe, work),
        *_steps(recipe),
    )


def shell(text: str) -> tuple[str, ...]:
    """The command that runs shell text: it stops at the first error, also within a pipe."""
    return ("/bin/bash", "-e", "-o", "pipefail", "-c", text)


def _wheels(recipe: Recipe, folder: Path | None) -> Iterator[Action]:
    if recipe.wheels and folder:
        for command in wheels.install(recipe.wheels.venv, MOUNTED):
            yield Action(kind="run", stage="install wheels", route=("packages", "pip"), command=command, bind=str(folder))


def _sources(recipe: Recipe, work: Path, fetched: Sequence[Path]) -> Iterator[Action]:
    for index, (source, archive) in enumerate(zip(recipe.sources, fetched, strict=True)):
        route, folder = ("sources", index), work / f"source-{index}"
        if source.to:
            yield Action(kind="copy", stage="sources", route=route, source=str(archive), to=source.to, mode="0644")
        elif source.unpack:
            folder.mkdir()
            leading = sources.convert(archive, folder / "source.tar", source.url)
            text = (f'mkdir -p -- "$1" && tar --extract --no-same-owner --no-same-permissions --strip-components={leading} '
                    f'--file {MOUNTED}/source.tar --directory "$1"')
            command = (*shell(text), "unpack", source.unpack)
            yield Action(kind="run", stage="sources", route=route, command=command, bind=str(folder))


def _files(recipe: Recipe, work: Path) -> Iterator[Action]:
    for index, file in enumerate(recipe.files):
        copy = work / f"file-{index}"
        _snapshot(recipe.folder / file.source, copy, file)
        yield Action(kind="copy", stage="files", route=("files", index), source=str(copy), to=file.to)


def _steps(recipe: Recipe) -> Iterator[Action]:
    for index, step in enumerate(recipe.steps):
        yield Action(kind="run", stage=f"step: {step.name}", route=("steps", index), command=shell(step.run), env=dict(step.env))


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
