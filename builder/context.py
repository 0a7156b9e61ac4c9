"""A build context for plain ``buildah build``: the Containerfile of a recipe and every file that it names, fetched."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from builder import links, process, render, tools, workspace
from builder.assembly import Assembly
from builder.errors import Error, UsageError
from builder.flatten import flatten
from builder.layers import Layers
from builder.normalise import FIXED
from builder.parts import parts
from builder.supply import Supply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from builder.assembly import Draft
    from builder.outside import Outside
    from builder.parts import Part
    from builder.plan import Action, Chain
    from builder.progress import Progress
    from builder.recipe.model import Recipe


def write(recipe: Recipe, target: Path, *, cache: Path, progress: Progress, outside: Outside) -> None:
    """Write the context of a recipe into a new folder; its Containerfile comes last, when all it names is there.

    Everything is fetched and resolved as for a build, with its lock and by its hashes; nothing of the recipe runs.
    """
    if os.geteuid() != 0:
        raise Error("a build context needs root, as the tree that it starts from belongs to root",
                    hint="without --context the Containerfile alone is shown, and needs none")
    process.require(*tools.TOOLS, "unshare", "setpriv", "prlimit")
    cache = workspace.prepare(cache)
    target = _new_folder(target, public=recipe.access.public)
    layers = Layers(cache / "layers")
    with outside.discreet(), workspace.workspace(cache) as work, layers.shared():
        supply = Supply(layers=layers, cache=cache, outside=outside, progress=progress,
                        heard=lambda line: progress.line(outside.concealed(line)))
        made = Assembly(supply, work, lambda _: _need_no_tree(recipe))
        actions = _actions(made.drafts, made.chains(recipe))
        inherited = {name: draft.foundation.environment for name, draft in made.drafts.items()}
        with progress.stage("context"):
            _tools(target)
            bases = _Bases(layers, work)
            for part in parts(recipe, inherited):
                _part(part, made.drafts[part.chain], actions[part.chain], target, bases)
    (target / "Containerfile").write_text(render.containerfile(recipe, inherited), encoding="utf-8")


def _need_no_tree(recipe: Recipe) -> None:
    """Called where a recipe that others stand on is not built yet; raises Error if what they need depends on its tree."""
    for part in parts(recipe):
        if part.parent and (part.stage.apt or part.stage.dnf or part.stage.wheels):
            raise Error(f"{part.recipe.name}: which packages it needs can be told only when {part.parent.rstrip('/')} is built",
                        hint="build it first: certify build RECIPE")


def _actions(drafts: Mapping[str, Draft], chains: tuple[Chain, ...]) -> dict[str, list[Action]]:
    """What is done in every stage, made ready. A build leaves out what is in its store already; here that is wanted as well."""
    ready = {layer.key: layer.actions for chain in chains for layer in chain.layers if layer.actions}
    return {name: [action for link, layer in zip(draft.links, draft.keys, strict=True)
                   for action in (ready[layer] if layer in ready else link.ready())] for name, draft in drafts.items()}


class _Bases:
    """Writes the trees that stages start from; what several start from is there once, under several names."""

    def __init__(self, layers: Layers, work: Path) -> None:
        self.layers, self.work = layers, work
        self.written: dict[tuple[str, ...], Path] = {}

    def write(self, names: tuple[str, ...], tar: Path, times: str) -> None:
        if names in self.written:
            tar.hardlink_to(self.written[names])
            return
        flatten([self.layers.tree(name) for name in names], tar, self.work / f"flatten-{len(self.written)}", times)
        self.written[names] = tar


def _part(part: Part, draft: Draft, actions: list[Action], target: Path, bases: _Bases) -> None:
    folder = target / part.place
    folder.mkdir(parents=True, exist_ok=True)
    if part.parent is None:
        bases.write(draft.foundation.layers, folder / "base.tar", "kept" if links.adopts(part.stage) else "one")
    if draft.finish:
        (folder / "image.json").write_text(draft.finish.image_json, encoding="utf-8")
    made = {action.route: action for action in actions}
    for action in part.actions:
        found = made.get(action.route)
        if action.bind:
            _copy(Path(found.bind) if found and found.bind else None, target / action.bind)
        elif action.kind == "copy":
            assert found is not None
            _copy(Path(found.source), target / action.source)


def _copy(source: Path | None, to: Path) -> None:
    """Copy a file or a folder, which two actions may share; where there is nothing to install, an empty list says so."""
    if source is None:
        to.mkdir()
        (to / "wanted").touch()
    elif not source.is_dir():
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, to)
    elif not to.exists():
        shutil.copytree(source, to, symlinks=True)


def _tools(target: Path) -> None:
    folder = target / render.TOOLS
    for path, text in FIXED.items():
        (folder / path.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
        (folder / path.lstrip("/")).write_text(text, encoding="utf-8")
    shutil.copyfile(Path(__file__).with_name("compile_bytecode.py"), folder / "compile_bytecode.py")


def _new_folder(path: Path, *, public: bool) -> Path:
    """Make the folder of a context; raises UsageError where something is in the way."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_symlink() or not path.is_dir():
            path.mkdir()
        if any(path.iterdir()):
            raise UsageError(f"{path}: is not empty", hint="name a folder that is new or empty")
        path.chmod(0o755 if public else 0o700)
    except OSError as error:
        raise Error(f"{path}: {error.strerror}", hint="name another folder with --context") from error
    return path.absolute()
