"""From a recipe to the plan of its build: what each stage stands on, the keys of its layers, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from builder import buildah, digest, family, key, links, lock, tools, wheels
from builder.bases.foundation import Foundation
from builder.locked import ImageLock, StageLock
from builder.normalise import EPOCH
from builder.plan import Chain, Finish, Layer
from builder.recipe.model import ArchiveBase, RecipeBase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from builder.apt import Package
    from builder.links import Link
    from builder.lock import Lock
    from builder.recipe import Document
    from builder.recipe.model import Copy, Recipe, Stage
    from builder.supply import Supply

_FORMAT: Final = 1          # raise it when a layer of the same inputs becomes another
_FINISH_FORMAT: Final = 1   # the same for the last layer


@dataclass(slots=True, kw_only=True)
class Draft:
    """A stage on its way to a chain: the keys of its links are known, nothing of them is done."""

    name: str
    recipe: Recipe
    foundation: Foundation
    env: Mapping[str, str]
    links: list[Link]
    keys: list[str]
    finish: Finish | None
    wheels: tuple[tuple[str, str], ...]

    @property
    def top(self) -> str:
        """The key of the whole chain."""
        return self.finish.key if self.finish else [*self.foundation.layers, *self.keys][-1]


class Assembly:
    """Makes the plan of one build in its workspace.

    ``make`` makes the layers of chains at once: those of a parent have to be there before its child can be planned.
    ``resolved`` is what an earlier build was made of, in the place of locks.
    """

    def __init__(self, supply: Supply, work: Path, make: Callable[[tuple[Chain, ...]], None],
                 resolved: Lock | None = None) -> None:
        self.supply, self.work, self.layers, self.resolved, self.make = supply, work, supply.layers, resolved, make
        self.drafts: dict[str, Draft] = {}
        self.locks: dict[str, ImageLock | None] = {}
        self.documents: dict[str, Document] = {}    # of parents, by the prefix of their chains
        self.count = 0

    def chains(self, recipe: Recipe) -> tuple[Chain, ...]:
        """The chains that have to be made or used for a recipe's image, which is the last of them."""
        return self._chains(self._image(recipe, ""))

    def _chains(self, last: Draft) -> tuple[Chain, ...]:
        needed = self._needed(last)
        return tuple(self._chain(draft) for name, draft in self.drafts.items() if name in needed)

    def _image(self, recipe: Recipe, prefix: str) -> Draft:
        self.locks[prefix] = lock.fitting(recipe) if self.resolved is None else self.resolved.of(recipe)
        made: list[StageLock] = []
        for stage in recipe.all_stages:
            draft, packages = self._draft(recipe, stage, prefix)
            self.drafts[draft.name] = draft
            made.append(StageLock(name=stage.name, inputs=lock.inputs(recipe, stage), sources=lock.sources(stage),
                                  packages=tuple(sorted(package for package in packages if package.sha256)), wheels=draft.wheels))
        self.supply.materials.resolved[lock.key(recipe)] = ImageLock(stages=tuple(made))
        return self.drafts[prefix]

    def _draft(self, recipe: Recipe, stage: Stage, prefix: str) -> tuple[Draft, list[Package]]:
        self.count += 1
        work = self.work / f"stage-{self.count}"
        work.mkdir()
        label = _label(f"{prefix}{stage.name}")
        foundation, added, packages = self._ground(recipe, stage, prefix, work)
        env = stage.environment_upon(foundation.environment)
        wheel_folder = self.supply.wheels(recipe, stage, packages, self.locks[prefix], work, label)
        found = [*links.of_bytecode(stage), *added, *self._links(recipe, stage, prefix, work, wheel_folder)]
        if stage.name:      # what a stage compiles is compiled again where it is taken to
            found = [replace(link, bytecode="none") for link in found]
        start: object = ["chain", _FORMAT, key.finishing(), EPOCH, list(foundation.layers), env, dict(buildah.FIXED),
                         buildah.HOSTNAME, buildah.ISOLATION, tools.versions(("buildah", "runc"))]
        keys: list[str] = []
        for link in found:
            keys.append(digest.of_data([keys[-1] if keys else start, link.inputs, link.bytecode]))
        finish = None if stage.name else _finish(recipe, foundation, keys[-1] if keys else start)
        return Draft(name=f"{prefix}{stage.name}", recipe=recipe, foundation=foundation, env=env, links=found, keys=keys,
                     finish=finish, wheels=wheels.chosen(wheel_folder) if wheel_folder else ()), packages

    def _ground(self, recipe: Recipe, stage: Stage, prefix: str, work: Path) -> tuple[Foundation, list[Link], list[Package]]:
        """What a stage stands on, the layer of packages upon it, and all packages that are then there."""
        base, label = stage.base, _label(f"{prefix}{stage.name}")
        if isinstance(base, ArchiveBase):
            foundation, packages = self.supply.archive(recipe, stage, base, self.locks[prefix], work, label)
            return foundation, [], packages
        if isinstance(base, RecipeBase):
            foundation = self._parent(recipe, base, prefix)
        else:
            foundation = self.supply.base(recipe, base, work, label)
        return foundation, *self.supply.upon(stage, foundation, self.locks[prefix], work, label)

    def _parent(self, recipe: Recipe, base: RecipeBase, prefix: str) -> Foundation:
        name = f"{prefix}{base.recipe}/"
        if name not in self.drafts:
            self.documents[name], above = family.parent(recipe, base)
            self._image(above, name)
        parent = self.drafts[name]
        assert parent.finish is not None
        layers = (*parent.foundation.layers, *parent.keys, parent.finish.key)
        if not all(self.layers.has(one) for one in layers):
            self.make(self._chains(parent))
        return Foundation(layers=layers, environment={**parent.foundation.environment, **parent.recipe.env})

    def _links(self, recipe: Recipe, stage: Stage, prefix: str, work: Path, wheel_folder: Path | None) -> Iterator[Link]:
        if wheel_folder is not None:
            yield from links.of_wheels(stage, wheels.files(wheel_folder), wheel_folder)
        self.supply.note_use(stage.sources)
        yield from links.of_sources(stage, work, lambda source: self.supply.source(source, work))
        yield from links.of_files(stage, recipe.folder, work)
        yield from links.of_copies(stage, lambda copy: self._origin(copy, prefix))
        yield from links.of_steps(stage)

    def _origin(self, copy: Copy, prefix: str) -> tuple[str, str]:
        draft = self.drafts[f"{prefix}{copy.stage}"]
        return draft.name, draft.top

    def _needed(self, last: Draft) -> set[str]:
        """The chains whose trees are looked at: the image's, and those that its missing layers take from."""
        needed, pending = set[str](), [last]
        while pending:
            draft = pending.pop()
            needed.add(draft.name)
            missing = self._missing(draft)
            for link, name in zip(draft.links, draft.keys, strict=True):
                if name in missing and link.label == "copy":
                    pending += [self.drafts[action.chain] for action in link.ready()]
            pending += [one for one in self.drafts.values()
                        if one.finish and one.finish.key in draft.foundation.layers and one.name not in needed]
        return needed

    def _missing(self, draft: Draft) -> set[str]:
        """The layers that have to be made: all from the first that is not there."""
        first = next((index for index, name in enumerate(draft.keys) if not self.layers.has(name)), len(draft.keys))
        return set(draft.keys[first:])

    def _chain(self, draft: Draft) -> Chain:
        missing, label = self._missing(draft), _label(draft.name)
        made = tuple(Layer(key=name, label=f"{label}{link.label}", bytecode=link.bytecode,
                           actions=link.ready() if name in missing else None)
                     for link, name in zip(draft.links, draft.keys, strict=True))
        made_of = Chain(name=draft.name, below=draft.foundation.layers, layers=made, env=draft.env, finish=draft.finish)
        for name in made_of.keys:
            self.layers.touch(name)
        return made_of


def _finish(recipe: Recipe, foundation: Foundation, before: object) -> Finish:
    text = key.config(recipe, foundation.environment).to_json()
    return Finish(key=digest.of_data(["finish", _FINISH_FORMAT, key.finishing(), EPOCH, before, text]), image_json=text)


def _label(chain: str) -> str:
    """What stands before the labels of a chain's work."""
    return f"{chain.rstrip('/')}: " if chain else ""
